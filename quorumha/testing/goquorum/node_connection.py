"""L{NodeConnection}: one connection at a node: requests one after the other, or a WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from quorumha.testing.goquorum.node_socket import FORBIDDEN, NodeSocket, refused_origin, wants_socket
from quorumha.testing.http.message_reader import BadMessage, Message, Reader
from quorumha.testing.http.plays import Do
from quorumha.testing.http.scripted_connection import ScriptedConnection

if TYPE_CHECKING:
    from quorumha.testing.goquorum.node_port import NodePort


class NodeConnection(ScriptedConnection):
    """One connection of a L{NodePort<quorumha.testing.goquorum.node_port.NodePort>}.

    @ivar socket: what it has become, if that was asked for.
    """

    def __init__(self, port: NodePort) -> None:
        super().__init__(port)
        self.socket: NodeSocket | None = None
        self._port = port
        self._head = b""

    def connectionMade(self) -> None:
        super().connectionMade()
        if self._port.paused:
            self.perform(Do.STOP_READING)

    def dataReceived(self, data: bytes) -> None:
        if self.socket is not None:
            self.socket.received(data)
            return
        data, self._head = self._head + data, b""
        if self.idle and data[:4] == b"GET "[: len(data)]:
            if b"\r\n\r\n" not in data:
                self._head = data
                return
            head = _head_of(data)
            if head is not None and wants_socket(head):
                self._upgrade(head, data)
                return
        super().dataReceived(data)

    def _upgrade(self, head: Message, data: bytes) -> None:
        port = self._port
        assert self.transport is not None
        wire = ITCPTransport(self.transport)
        if port.keep:
            port.requests.append(head)
        if refused_origin(port.node, head):
            wire.write(FORBIDDEN)
            wire.loseConnection()
            return
        self.socket = NodeSocket(port.node, head, port.psi_of(head), wire)
        port.sockets.append(self.socket)
        self.socket.received(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        if self.socket is not None:
            self.socket.ended()
            self._port.sockets.remove(self.socket)
        super().connectionLost(reason)


def _head_of(data: bytes) -> Message | None:
    heads: list[Message] = []
    try:
        Reader(heads.append, lambda _: None).feed(data[: data.index(b"\r\n\r\n") + 4])
    except BadMessage:
        return None
    return heads[0]
