"""L{SocketRecorder}: a WebSocket client that keeps what it gets."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.protocol import Factory
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)

from quorumha.testing.http.recording import Recorder
from quorumha.testing.net.memory import MemoryTopology


class SocketRecorder(Recorder):
    """A client; what it sends before the handshake is done waits.

    @ivar messages: whole ones, in order.
    @ivar frames: the sizes of the frames of each message.
    @ivar status: of the handshake; 101 once it is open.
    @ivar closed: the code of the close frame that came; None: none did.
    @ivar close_reason: the text in it.
    @ivar pings: how many came; each is answered if L{responds}.
    @ivar responds: whether pings are.
    """

    def __init__(self, target: str = "/", fields: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        """
        @param fields: of the handshake, beside its own.
        """
        super().__init__()
        self.messages: list[str] = []
        self.frames: list[list[int]] = []
        self.status = 0
        self.closed: int | None = None
        self.close_reason = ""
        self.pings = self.pongs = 0
        self.responds = True
        self.socket = WSConnection(ConnectionType.CLIENT)
        self._handshake = Request(host="node", target=target, extra_headers=list(fields))
        self._message, self._sizes = bytearray(), [0]
        self._waiting: list[Event] = []

    @classmethod
    def connect(
        cls, net: MemoryTopology, place: str, target: str = "/", *fields: bytes, source: str = "127.0.0.1"
    ) -> SocketRecorder:
        """One that asks a place for a WebSocket; nothing has moved yet.

        @param fields: field lines of the handshake.
        """
        pairs = tuple((name, value.strip()) for name, _, value in (line.partition(b":") for line in fields))
        recorder = cls(target, pairs)
        connecting = net.client_endpoint(place, source).connect(Factory.forProtocol(lambda: recorder))
        connecting.addErrback(recorder.refused)
        return recorder

    @property
    def values(self) -> list[Any]:
        """Its messages as JSON."""
        return [json.loads(message) for message in self.messages]

    def connectionMade(self) -> None:
        super().connectionMade()
        self.write(self.socket.send(self._handshake))

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        self.socket.receive_data(data)
        for event in self.socket.events():
            self._take(event)

    def _take(self, event: Event) -> None:
        if isinstance(event, AcceptConnection):
            self.status = 101
            waiting, self._waiting = self._waiting, []
            for one in waiting:
                self.event(one)
        elif isinstance(event, RejectConnection):
            self.status = event.status_code
        elif isinstance(event, TextMessage | BytesMessage):
            self._part(event)
        elif isinstance(event, Ping):
            self.pings += 1
            if self.responds:
                self.event(event.response())
        elif isinstance(event, Pong):
            self.pongs += 1
        elif isinstance(event, CloseConnection):
            if self.socket.state is ConnectionState.REMOTE_CLOSING:
                self.event(event.response())
            self.closed, self.close_reason = event.code, event.reason or ""

    def _part(self, event: TextMessage | BytesMessage) -> None:
        data = event.data.encode() if isinstance(event.data, str) else bytes(event.data)
        self._message += data
        self._sizes[-1] += len(data)
        if event.message_finished:
            self.messages.append(self._message.decode())
            self.frames.append(self._sizes)
            self._message, self._sizes = bytearray(), [0]
        elif event.frame_finished:
            self._sizes.append(0)

    def event(self, event: Event) -> None:
        """Send an event of wsproto, now or when the handshake is done; nothing after the end."""
        if self.closed is not None or self.reason is not None:
            return
        if self.status != 101:
            self._waiting.append(event)
        else:
            self.write(self.socket.send(event))

    def send(self, *texts: str) -> None:
        """Send messages."""
        for text in texts:
            self.event(TextMessage(data=text))

    def call(self, method: str, *params: Any, id: Any = 1) -> None:
        """Send a call."""
        self.send(json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}))
