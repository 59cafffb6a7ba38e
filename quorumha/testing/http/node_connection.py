"""L{NodeProtocol}: one connection to a simulated node, and what the node's faults make of it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IDelayedCall, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from quorumha.testing.http.faults import DATABASE_PATIENCE
from quorumha.testing.http.message_reader import BadMessage, Message, Reader

if TYPE_CHECKING:
    from quorumha.testing.http.node import NodeFactory


class NodeProtocol(Protocol):
    """One connection to a node.

    What it has read it works on to the end, whether or not the client still waits.
    """

    def __init__(self, port: NodeFactory) -> None:
        self._port = port
        self._reader = Reader(self._began, self._ended)
        self._waiting: deque[Message] = deque()
        self._delayed: IDelayedCall | None = None
        self._for_database: IDelayedCall | None = None
        self._gone = False

    def connectionMade(self) -> None:
        self._port.connections.append(self)
        if self._port.faults.refuse:
            self.abort()

    def abort(self) -> None:
        """Break off."""
        if not self._gone:
            assert self.transport is not None
            ITCPTransport(self.transport).abortConnection()

    def dataReceived(self, data: bytes) -> None:
        try:
            self._reader.feed(data)
        except BadMessage:
            assert self.transport is not None
            self.transport.write(
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._gone = True
        self._port.connections.remove(self)

    def _began(self, request: Message) -> None:
        if self._port.keep:
            self._port.requests.append(request)
        if (request.get(b"expect") or b"").lower() == b"100-continue":
            assert self.transport is not None
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _ended(self, request: Message) -> None:
        self._waiting.append(request)
        if self not in self._port.busy:
            self._port.busy.append(self)
        self.go_on()

    def go_on(self) -> None:
        """Work on what waits, as far as the faults let it."""
        faults = self._port.faults
        while self._waiting and self._delayed is None and not faults.hangs(self._waiting[0]):
            if self._waits_for_database():
                break
            delay = faults.delay(self._waiting[0])
            if delay:
                self._delayed = self._port.clock.callLater(delay, self._after_lag)
            else:
                self._response()
        if not self._waiting and self in self._port.busy:
            self._port.busy.remove(self)

    def _waits_for_database(self) -> bool:
        waits, waiting = self._port.faults.waits_for_database(self._waiting[0]), self._for_database
        if waits and waiting is None:
            self._for_database = self._port.clock.callLater(DATABASE_PATIENCE, self._without_database)
        elif not waits and waiting is not None:
            self._for_database = None
            waiting.cancel()
        return waits

    def _without_database(self) -> None:
        self._for_database = None
        self._response()
        self.go_on()

    def _after_lag(self) -> None:
        self._delayed = None
        if not self._port.faults.hangs(self._waiting[0]):
            self._response()
        self.go_on()

    def _response(self) -> None:
        request, faults = self._waiting.popleft(), self._port.faults
        dead = faults.dies_before(request)
        said = b"" if dead else self._port.answer(request)
        if dead or faults.dies_after(request):
            self.abort()
            self._port.killed()
            faults.on_death()
        elif not self._gone:
            assert self.transport is not None
            self.transport.write(said)
            if not request.keeps_alive:
                self._waiting.clear()
                self.transport.loseConnection()

    def forget(self) -> None:
        """Drop what was read and not worked on."""
        self._waiting.clear()
        for delayed in (self._delayed, self._for_database):
            if delayed is not None:
                delayed.cancel()
        self._delayed = self._for_database = None
        if self in self._port.busy:
            self._port.busy.remove(self)
