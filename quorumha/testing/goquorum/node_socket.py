"""L{NodeSocket}: one WebSocket at a node, as rpc/websocket.go of GoQuorum 24.4.1 has it.

Text and binary are taken alike.  Broken JSON ends the stream without a close frame.  A message goes out in
frames of 1,024 bytes, and one of more than 2,076 in a frame that holds all of it and an empty last one: so
gorilla/websocket uses its buffer (C{messageWriter.Write} in its conn.go).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from attrs import evolve
from twisted.internet.interfaces import IDelayedCall
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Request,
    TextMessage,
)
from wsproto.utilities import RemoteProtocolError

from quorumha.testing.goquorum.node_subscriptions import NodeSubscriptions
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.rpc_visit import RpcVisit
from quorumha.testing.http.message_reader import Message

if TYPE_CHECKING:
    from quorumha.testing.goquorum.simulated_node import SimulatedNode

#: Bytes that a message may have.
MESSAGE_LIMIT = 15 * 1024 * 1024
#: Bytes of one frame; more than the second are written at once.
FRAME, AT_ONCE = 1024, 2 * (1024 + 14)
#: Seconds without writing after which the node pings; it does not wait for the pong.
PING_AFTER = 60.0


class Wire(Protocol):
    """The connection."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def loseConnection(self) -> None:
        """End it, after what was written."""


def frames_of(text: str) -> list[str]:
    """A message as its frames carry it."""
    if len(text) > AT_ONCE:
        return [text, ""]
    return [text[at : at + FRAME] for at in range(0, len(text), FRAME)] or [""]


class NodeSocket:
    """One WebSocket, from its handshake on.

    @ivar open: its handshake was good, and it has not ended.
    """

    def __init__(self, node: SimulatedNode, request: Message, psi: str, wire: Wire) -> None:
        """
        @param request: the handshake; its fields count for every call.
        """
        self.open = False
        self._node = node
        self._request = request
        self._wire = wire
        self._socket = WSConnection(ConnectionType.SERVER)
        self._message = bytearray()
        self._waiting: list[bytes] = []
        self._ping: IDelayedCall | None = None
        self._subscriptions = NodeSubscriptions(node, self.send)
        authorization = (request.get(b"authorization") or b"").decode("latin-1")
        self._visit = RpcVisit(node, psi, authorization, self._subscriptions)

    def received(self, data: bytes) -> None:
        """Take bytes, those of the handshake first."""
        try:
            self._socket.receive_data(data)
            for event in self._socket.events():
                self._take(event)
        except RemoteProtocolError as error:
            self._close(1002, str(error))

    def _take(self, event: Event) -> None:
        if isinstance(event, Request):
            self._write(AcceptConnection())
            self.open = True
        elif isinstance(event, TextMessage | BytesMessage):
            self._part(event.data, event.message_finished)
        elif isinstance(event, Ping):
            self._write(event.response())
        elif isinstance(event, CloseConnection):
            if self._socket.state is ConnectionState.REMOTE_CLOSING:
                self._write(event.response())
                self.end()
            else:
                self._close(event.code, event.reason or "")

    def _part(self, data: str | bytes | bytearray, last: bool) -> None:
        self._message += data.encode() if isinstance(data, str) else data
        if len(self._message) > MESSAGE_LIMIT:
            self._close(1009, "")
        elif last:
            message, self._message = self._message, bytearray()
            self._work(bytes(message))

    # Calls, with the node's faults.

    def _work(self, message: bytes) -> None:
        asked, faults = self._as_request(message), self._node.faults
        if faults.hangs(asked):
            self._waiting.append(message)
        elif delay := faults.delay(asked):
            self._node.clock.callLater(delay, self._respond, message, self._node.life)
        else:
            self._respond(message, self._node.life)

    def wake(self) -> None:
        """Faults have changed: what waits may go on."""
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            self._work(message)

    def _as_request(self, message: bytes) -> Message:
        return evolve(self._request, body=message, complete=True)

    def _respond(self, message: bytes, life: int) -> None:
        node = self._node
        if not node.alive or node.life != life:
            return
        asked = self._as_request(message)
        dead = node.faults.dies_before(asked)
        try:
            said = b"" if dead else self._visit.response(message)
        except RpcError:
            # The codec cannot read on: the stream ends, as it is.
            self.end()
            return
        if dead or node.faults.dies_after(asked):
            node.faults.on_death()
        elif said:
            self.send(said)

    def send(self, said: bytes) -> None:
        """Write a message, if anybody is there."""
        if not self.open:
            return
        frames = frames_of(said.decode())
        for index, text in enumerate(frames):
            self._write(TextMessage(data=text, message_finished=index == len(frames) - 1))

    def _write(self, event: Event) -> None:
        self._wire.write(self._socket.send(event))
        if self._ping is not None and self._ping.active():
            self._ping.reset(PING_AFTER)
        else:
            self._ping = self._node.clock.callLater(PING_AFTER, self._silent)

    def _silent(self) -> None:
        if self.open:
            self._write(Ping())

    # The end.

    def _close(self, code: int, reason: str) -> None:
        if self._socket.state is ConnectionState.OPEN:
            self._write(CloseConnection(code=code, reason=reason))
        self.end()

    def end(self) -> None:
        """End the stream, without a close frame."""
        self.ended()
        self._wire.loseConnection()

    def ended(self) -> None:
        """The connection is gone: so are its subscriptions."""
        self.open = False
        self._waiting.clear()
        self._subscriptions.end()
        if self._ping is not None and self._ping.active():
            self._ping.cancel()


def wants_socket(head: Message) -> bool:
    """Whether a request asks to upgrade (C{isWebsocket} in node/rpcstack.go)."""
    upgrade, connection = (b",".join(head.all(name)).lower() for name in (b"upgrade", b"connection"))
    return b"websocket" in upgrade and b"upgrade" in connection


def refused_origin(node: SimulatedNode, head: Message) -> bool:
    """Whether its C{Origin} may not open one."""
    origin = (head.get(b"origin") or b"").decode("latin-1").lower()
    allowed = {one.lower() for one in node.origins} or {"http://localhost"}
    return bool(origin) and "*" not in allowed and origin not in allowed


#: What is said to such a one.
FORBIDDEN = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain; charset=utf-8\r\nSec-Websocket-Version: 13\r\n"
    b"X-Content-Type-Options: nosniff\r\nContent-Length: 10\r\n\r\nForbidden\n"
)
