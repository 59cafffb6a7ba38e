"""C{ServedSockets}: WebSockets of a C{goquorum-rpc} listener before simulated nodes, in memory."""

from __future__ import annotations

from typing import Any

from quorumha.testing.goquorum.node_port import on_calls
from quorumha.testing.socket_recorder import SocketRecorder
from tests.goquorum.served_rpc import ServedRpc


class ServedSockets(ServedRpc):
    """Clients of a listener with members a1, a2, ..."""

    def open(self, *fields: bytes, target: str = "/", source: str = "127.0.0.1") -> SocketRecorder:
        """A client whose handshake is over."""
        client = SocketRecorder.connect(
            self.proxy.net, self.proxy.place_of(""), target, *fields, source=source
        )
        self.proxy.net.run()
        return client

    def hang(self, *methods: str) -> None:
        """Let the nodes answer no calls of these; or all again."""
        for node in self.proxy.quorums.values():
            if methods:
                node.faults.only = on_calls(*methods)
            node.faults.hang = bool(methods)

    def said(self, client: SocketRecorder, within: float = 0.0) -> list[Any]:
        """What a client got, once it is quiet, or after so many seconds."""
        self.proxy.net.run()
        if within:
            self.proxy.net.advance(within)
        return client.values
