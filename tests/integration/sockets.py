"""Real sockets on loopback, in this process, for tests that need what only a kernel does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.error import ConnectionClosed
from twisted.internet.interfaces import IHalfCloseableProtocol, IStreamClientEndpoint, IStreamServerEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from bench.processes import LATE

#: The reactor of this process, untyped: it is whatever the tests run on.
REACTOR: Any = reactor


class Caller(Protocol):
    """Keeps what it gets, and says when something has happened.

    @ivar received: bytes so far.
    @ivar reason: why it ended; None while it lives.
    @ivar read_ended: the other side will send no more.
    """

    transport: Any = None

    def __init__(self) -> None:
        self.received = bytearray()
        self.reason: Failure | None = None
        self.read_ended = False
        self._waiting: list[tuple[Callable[[], object], Deferred[None]]] = []

    @property
    def how_it_ended(self) -> str | None:
        return None if self.reason is None else type(self.reason.value).__name__

    def until(self, happened: Callable[[], object]) -> Deferred[None]:
        """Fires when C{happened} has become true."""
        waiting: Deferred[None] = Deferred()
        self._waiting.append((happened, waiting))
        self._look()
        return waiting

    def until_got(self, data: bytes) -> Deferred[None]:
        """Fires when these bytes, and all before them, are there."""
        return self.until(lambda: self.received.endswith(data))

    def until_lost(self) -> Deferred[None]:
        """Fires when the connection is gone."""
        return self.until(lambda: self.reason)

    def _look(self) -> None:
        waiting, self._waiting = self._waiting, []
        for happened, deferred in waiting:
            if happened():
                deferred.callback(None)
            else:
                self._waiting.append((happened, deferred))

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        self._look()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        assert reason.check(ConnectionClosed) or reason.value is not None
        self.reason = reason
        self._look()

    def noted(self) -> None:
        """Something changed from outside."""
        self._look()


@implementer(IHalfCloseableProtocol)
class HalfCloser(Caller):
    """Lives on when the other side has ended its writing."""

    def readConnectionLost(self) -> None:
        self.read_ended = True
        self._look()

    def writeConnectionLost(self) -> None:
        """Nothing to note."""


class Taker(Factory):
    """Keeps those who connect.

    @ivar taken: one protocol for each connection.
    """

    noisy = False

    def __init__(self, protocol: type[Caller] = HalfCloser) -> None:
        self.protocol = protocol
        self.taken: list[Caller] = []
        self._waiting: list[tuple[int, Deferred[Any]]] = []

    def buildProtocol(self, addr: object) -> Caller:
        caller = self.protocol()
        self.taken.append(caller)
        waiting, self._waiting = self._waiting, []
        for number, deferred in waiting:
            if number < len(self.taken):
                # In a later turn, when it is connected.
                REACTOR.callLater(0, deferred.callback, self.taken[number])
            else:
                self._waiting.append((number, deferred))
        return caller

    def wait_for(self, number: int = 0) -> Deferred[Any]:
        """Fires with the connection of this number, counted from 0."""
        waiting: Deferred[Any] = Deferred()
        if number < len(self.taken):
            waiting.callback(self.taken[number])
        else:
            self._waiting.append((number, waiting))
        return waiting


class SocketCase(TestCase):
    """Cleans up its ports and its connections; C{timeout} passes only where something never happens."""

    timeout = LATE

    async def listen(self, endpoint: IStreamServerEndpoint, factory: Any) -> Any:
        """A port that is closed at the end."""
        port = await endpoint.listen(factory)
        self.addCleanup(lambda: maybeDeferred(port.stopListening))
        return port

    async def dial(self, endpoint: IStreamClientEndpoint, protocol: type[Caller] = HalfCloser) -> Any:
        """A connection that is gone at the end."""
        caller = await endpoint.connect(Factory.forProtocol(protocol))
        self.addCleanup(self.end, caller)
        return caller

    async def end(self, caller: Caller) -> None:
        """Break it off, if it lives."""
        if caller.reason is None:
            caller.transport.abortConnection()
            await caller.until_lost()

    async def end_all(self, *takers: Taker) -> None:
        """Break off whatever lives."""
        for taker in takers:
            for caller in taker.taken:
                if caller.transport is not None:
                    await self.end(caller)
