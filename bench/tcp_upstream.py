"""A TCP upstream for the relay: echoes; pours bytes when the first line asks for it.

C{python -m bench.tcp_upstream PORT}.  A connection that begins with C{POUR n\\n} gets
n bytes and then the end; any other gets back what it sends.
"""

from __future__ import annotations

import select
import socket
import sys

_PIECE = bytes(262144)


def _serve(port: int) -> None:
    listening = socket.create_server(("127.0.0.1", port), backlog=4096)
    listening.setblocking(False)
    poll = select.epoll()
    poll.register(listening, select.EPOLLIN)
    connections: dict[int, socket.socket] = {}
    left: dict[int, int] = {}

    def forget(number: int) -> None:
        left.pop(number, None)
        connections.pop(number).close()

    def pour(number: int) -> None:
        try:
            left[number] -= connections[number].send(_PIECE[: left[number]])
        except BlockingIOError:
            return
        if left[number] <= 0:
            forget(number)

    while True:
        for number, _ in poll.poll():
            if number == listening.fileno():
                try:
                    taken, _ = listening.accept()
                except OSError:
                    continue
                taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                taken.setblocking(False)
                connections[taken.fileno()] = taken
                poll.register(taken, select.EPOLLIN)
                continue
            try:
                if number in left:
                    pour(number)
                    continue
                data = connections[number].recv(65536)
                if not data:
                    forget(number)
                elif data.startswith(b"POUR "):
                    left[number] = int(data[5:].split(b"\n")[0])
                    poll.modify(number, select.EPOLLOUT)
                else:
                    connections[number].send(data)
            except BlockingIOError:
                continue
            except OSError:
                forget(number)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
