"""Nodes of GoQuorum that cost little, for what one answer to everything does not do.

C{python -m bench.rpc_nodes PORT...}: one process, a node at each port.  A transaction is known to the others
a while after it was acknowledged, as measured between real nodes (p50 0.7 ms, p95 7 ms).  WebSockets take
C{eth_subscribe}; C{POST /head} tells each of the next head, in frames of 1,024 bytes as nodes write them, and
is answered with how many they are.
"""

from __future__ import annotations

import contextlib
import random
import select
import socket
import sys
import time
from base64 import b64encode
from hashlib import sha1
from pathlib import Path

from bench.processes import Child, free_ports
from bench.rpc_answers import Chain, told

#: Bytes of a fragment of a message on a WebSocket.
FRAGMENT = 1024

_MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class RpcNodes:
    """Starts them; the process is not counted as the proxy's."""

    def __init__(self, directory: Path, count: int = 2) -> None:
        self.ports = free_ports(count)
        command = [sys.executable, "-m", "bench.rpc_nodes", *map(str, self.ports)]
        self.child = Child(command, directory / "nodes.log")
        for port in self.ports:
            self.child.wait_listening(("127.0.0.1", port))


def frames(message: bytes) -> bytes:
    """A message of a WebSocket, from a server, in its fragments (RFC 6455, 5.2)."""
    made = []
    for start in range(0, len(message), FRAGMENT):
        piece = message[start : start + FRAGMENT]
        first = (0x80 if start + FRAGMENT >= len(message) else 0) | (0 if start else 1)
        size = bytes([len(piece)]) if len(piece) < 126 else b"\x7e" + len(piece).to_bytes(2, "big")
        made.append(bytes([first]) + size + piece)
    return b"".join(made)


def frame_in(data: bytes) -> tuple[int, bytes, bytes] | None:
    """The first frame of what a client wrote: its opcode, its payload, and what follows; None: there is none.

    Messages of 64 KiB are none of a bench.
    """
    if len(data) < 6:
        return None
    size, start = data[1] & 0x7F, 2
    if size == 126:
        size, start = int.from_bytes(data[2:4], "big"), 4
    end = start + 4 + size
    if len(data) < end:
        return None
    mask = (data[start : start + 4] * (size // 4 + 1))[:size]
    plain = int.from_bytes(data[start + 4 : end], "big") ^ int.from_bytes(mask, "big")
    return data[0] & 0x0F, plain.to_bytes(size, "big"), data[end:]


class _Connection:
    """One connection to one node."""

    def __init__(self, nodes: _Nodes, node: int, taken: socket.socket) -> None:
        self._nodes = nodes
        self._node = node
        self.taken = taken
        self._data = b""
        self.upgraded = False
        self.subscription = ""

    def received(self, data: bytes) -> None:
        """Answer what is there whole."""
        self._data += data
        while self._step():
            pass

    def _step(self) -> bool:
        if self.upgraded:
            return self._frame()
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(b":") for line in self._data[:end].split(b"\r\n"))
        }
        key = head.get(b"sec-websocket-key")
        size = int(head.get(b"content-length", 0))
        if len(self._data) < end + 4 + size:
            return False
        target, body = self._data[:32].split(b" ")[1], self._data[end + 4 : end + 4 + size]
        self._data = self._data[end + 4 + size :]
        if key is not None:
            self.upgraded = True
            accept = b64encode(sha1(key + _MAGIC).digest())
            self.taken.sendall(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: %b\r\n\r\n" % accept
            )
            return True
        if target == b"/head":
            body = b"%d" % self._nodes.tell_head()
        else:
            body = self._nodes.chain.respond(self._node, body, time.monotonic())
        self.taken.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )
        return True

    def _frame(self) -> bool:
        found = frame_in(self._data)
        if found is None:
            return False
        opcode, payload, self._data = found
        if opcode == 9:
            self.taken.sendall(bytes([0x8A, len(payload)]) + payload)
        elif opcode == 1:
            self.taken.sendall(frames(self._nodes.chain.respond(self._node, payload, 0.0)))
            if b"eth_subscribe" in payload:
                self._nodes.subscribed[self.taken.fileno()] = self
                self.subscription = self._nodes.chain.subscription
        return True


class _Nodes:
    """All of them, on one epoll loop."""

    def __init__(self, ports: list[int]) -> None:
        self.chain = Chain(random.Random(11))
        self.subscribed: dict[int, _Connection] = {}
        self._poll = select.epoll()
        self._listening = {}
        for node, port in enumerate(ports):
            listening = socket.create_server(("127.0.0.1", port), backlog=4096)
            self._listening[listening.fileno()] = (node, listening)
            self._poll.register(listening, select.EPOLLIN)
        self._live: dict[int, _Connection] = {}

    def tell_head(self) -> int:
        """Tell all who subscribed of the next head, each by the id of its own subscription."""
        head = self.chain.next_head()
        for one in self.subscribed.values():
            with contextlib.suppress(OSError):
                one.taken.sendall(frames(told(one.subscription, head)))
        return len(self.subscribed)

    def serve(self) -> None:
        """Until the process ends."""
        while True:
            for number, _ in self._poll.poll():
                if number in self._listening:
                    self._accept(*self._listening[number])
                    continue
                try:
                    data = self._live[number].taken.recv(65536)
                    if data:
                        self._live[number].received(data)
                        continue
                except OSError:
                    pass
                self.subscribed.pop(number, None)
                self._live.pop(number).taken.close()

    def _accept(self, node: int, listening: socket.socket) -> None:
        taken, _ = listening.accept()
        taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._live[taken.fileno()] = _Connection(self, node, taken)
        self._poll.register(taken, select.EPOLLIN)


if __name__ == "__main__":
    _Nodes([int(port) for port in sys.argv[1:]]).serve()
