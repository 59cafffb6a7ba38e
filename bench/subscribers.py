"""L{Subscribers}: WebSockets that have subscribed to heads, and count those that they are told of."""

from __future__ import annotations

import select
import socket
import time

from bench.rpc_answers import HEAD_ENDING

_HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: bench\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
_SUBSCRIBE = b'{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["newHeads"]}'
#: Its frame, masked with zeros.
_FRAME = bytes([0x81, 0x80 | len(_SUBSCRIBE)]) + bytes(4) + _SUBSCRIBE
#: What answers it ends so: the id of the subscription is a node's, or the proxy's.
_SUBSCRIBED = b'"}\n'

#: Seconds that no head takes.
_LATE = 30.0


class Subscribers:
    """See the module.

    @param port: of the proxy.
    @param node: the port of a node, which tells of a head when it is asked to.
    """

    def __init__(self, port: int, node: int, count: int) -> None:
        self._poll = select.epoll()
        #: The last bytes of each that may be the beginning of an end.
        self._ends: dict[int, bytes] = {}
        self._live: dict[int, socket.socket] = {}
        self._node = socket.create_connection(("127.0.0.1", node), timeout=_LATE)
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", port), timeout=_LATE)
            self._live[client.fileno()] = client
            self._ends[client.fileno()] = b""
            client.sendall(_HANDSHAKE)
            _read_until(client, b"\r\n\r\n")
            client.sendall(_FRAME)
            _read_until(client, _SUBSCRIBED)
            self._poll.register(client, select.EPOLLIN)

    def run(self, heads: int) -> int:
        """Have so many heads told, one after the other.

        @return: how many of these did not come, of all subscribers.
        """
        missed = 0
        for _ in range(heads):
            self._node.sendall(b"POST /head HTTP/1.1\r\nHost: bench\r\nContent-Length: 0\r\n\r\n")
            _read_until(self._node, b"\r\n\r\n")
            missed += self._wait()
        return missed

    def _wait(self) -> int:
        left = len(self._live)
        end = time.monotonic() + _LATE
        while left and time.monotonic() < end:
            for number, _ in self._poll.poll(1):
                data = self._ends[number] + self._live[number].recv(65536)
                left -= data.count(HEAD_ENDING)
                self._ends[number] = data[1 - len(HEAD_ENDING) :]
        return left

    def close(self) -> None:
        """End them all."""
        for client in (*self._live.values(), self._node):
            client.close()
        self._live.clear()
        self._poll.close()


def _read_until(client: socket.socket, ending: bytes) -> None:
    got = b""
    while ending not in got:
        piece = client.recv(65536)
        if not piece:
            raise OSError(f"the connection ended after {got!r}")
        got += piece
