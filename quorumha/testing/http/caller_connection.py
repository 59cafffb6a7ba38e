"""L{CallerConnection}: one kept connection of a L{quorumha.testing.http.caller.Caller}."""

from __future__ import annotations

from contextlib import suppress

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from quorumha.testing.http.message_reader import BadMessage, Message, Reader


class CallFailed(Exception):
    """There was no whole answer.

    @ivar timed_out: because the client's own time limit had passed.
    @ivar silent: the connection ended before any byte of an answer.
    @ivar reused: it had carried an answer before.
    """

    def __init__(
        self, said: str, timed_out: bool = False, silent: bool = False, reused: bool = False
    ) -> None:
        super().__init__(said)
        self.timed_out = timed_out
        self.silent = silent
        self.reused = reused


class CallerConnection(Protocol):
    """One connection of a L{Caller}.

    @ivar idle: it lives, and nobody waits for an answer on it.
    """

    def __init__(self, living: list[CallerConnection]) -> None:
        self.idle = False
        self._living = living
        self._reader = Reader(lambda _: None, self._answered, requests=False)
        self._waiting: Deferred[Message] | None = None
        self._reused = False
        self._has_bytes = False

    def connectionMade(self) -> None:
        self._living.append(self)

    def ask(self, data: bytes, method: bytes) -> Deferred[Message]:
        """Send one request.  Cancelling it ends the connection.

        @return: fails with L{CallFailed}.
        """
        assert self.transport is not None
        self.idle = self._has_bytes = False
        waiting = self._waiting = Deferred(lambda _: self._given_up())
        self._reader.expect(method)
        self.transport.write(data)
        return waiting

    def close(self, said: str) -> None:
        """End it; whoever waits is told."""
        self.idle = False
        if self in self._living:
            self._living.remove(self)
        if self.transport is not None:
            self.transport.loseConnection()
        self._fail(said)

    def dataReceived(self, data: bytes) -> None:
        self._has_bytes = True
        try:
            self._reader.feed(data)
        except BadMessage as problem:
            self.close(f"not HTTP: {problem}")
        else:
            if self.idle and not self._reader.between:
                self.close("bytes that nobody asked for")

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        with suppress(BadMessage):
            # It may be what ends a body.
            self._reader.end()
        self.close(type(reason.value).__name__)

    def _answered(self, response: Message) -> None:
        if response.status < 200:
            return
        waiting, self._waiting = self._waiting, None
        if waiting is None:
            self.close("an answer that nobody asked for")
            return
        self.idle = self._reused = True
        waiting.callback(response)

    def _given_up(self) -> None:
        self._waiting = None
        self.close("given up")

    def _fail(self, said: str) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.errback(CallFailed(said, silent=not self._has_bytes, reused=self._reused))
