"""L{KeptClient}: one request after the other on a connection that is kept."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from quorumha.testing import BadMessage, Message, Reader


class Broken(Exception):
    """The connection ended before the answer did.

    @ivar silent: no byte of an answer had come, on a connection that was used before.
    """

    def __init__(self, said: str, silent: bool) -> None:
        super().__init__(said)
        self.silent = silent


class _Connection(Protocol):
    def __init__(self) -> None:
        self.live = False
        self._reader = Reader(lambda _: None, self._answered, requests=False)
        self._waiting: Deferred[Message] | None = None
        self._responses = 0
        self._heard = False

    def connectionMade(self) -> None:
        self.live = True

    def ask(self, data: bytes) -> Deferred[Message]:
        assert self.transport is not None
        self._heard = False
        self._waiting = Deferred(lambda _: self.close())
        self._reader.expect(data.split(b" ", 1)[0])
        self.transport.write(data)
        return self._waiting

    def dataReceived(self, data: bytes) -> None:
        self._heard = True
        try:
            self._reader.feed(data)
        except BadMessage as problem:
            self._fail(f"not HTTP: {problem}")

    def _answered(self, answer: Message) -> None:
        self._responses += 1
        waiting, self._waiting = self._waiting, None
        if not answer.keeps_alive:
            self.close()
        if waiting is not None:
            waiting.callback(answer)

    def close(self) -> None:
        """End it; whoever waits is told."""
        self.live = False
        if self.transport is not None:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._fail(type(reason.value).__name__)

    def _fail(self, said: str) -> None:
        self.live = False
        waiting, self._waiting = self._waiting, None
        if waiting is not None and not waiting.called:
            waiting.errback(Broken(said, silent=not self._heard and self._responses > 0))


class _Connections(Factory):
    protocol = _Connection
    noisy = False


class KeptClient:
    """A client of one listener.

    @ivar again: requests that were sent once more; see C{repeats}.
    """

    def __init__(
        self, reactor: Any, endpoint: IStreamClientEndpoint, timeout: float = 10.0, repeats: bool = False
    ) -> None:
        """
        @param timeout: seconds that a request may take.
        @param repeats: send a request once more when a kept connection ends before any byte of its
            answer, as HTTP clients do (RFC 9112, 9.3.1).  A TCP relay cannot do it for
            them, so the clients of a relay need it; those of the HTTP listeners must not.
        """
        self.again = 0
        self._reactor = reactor
        self._endpoint = endpoint
        self._timeout = timeout
        self._repeats = repeats
        self._connection: _Connection | None = None

    async def ask(self, data: bytes) -> Message:
        """The answer to one request; never call it while another waits.

        @raise Broken: there was no whole answer.
        @raise twisted.internet.defer.TimeoutError: it took too long.
        """
        try:
            return await self._once(data)
        except Broken as broken:
            if not (self._repeats and broken.silent):
                raise
            self.again += 1
            return await self._once(data)

    async def _once(self, data: bytes) -> Message:
        connection = self._connection
        if connection is None or not connection.live:
            connecting = self._endpoint.connect(_Connections())
            connecting.addTimeout(self._timeout, self._reactor)
            made = await connecting
            assert isinstance(made, _Connection)
            connection = self._connection = made
        return await connection.ask(data).addTimeout(self._timeout, self._reactor)

    def close(self) -> None:
        """End the connection, if there is one."""
        if self._connection is not None:
            self._connection.close()
