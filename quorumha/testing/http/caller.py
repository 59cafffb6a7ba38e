"""L{Caller}: an HTTP/1.1 client as Go's and Java's are, for simulated clients of nodes.

Connections are made as they are needed, kept between calls, and carry one request at a time; a call that
takes too long ends its connection.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import TimeoutError
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory

from quorumha.testing.http.caller_connection import CallerConnection, CallFailed
from quorumha.testing.http.message_reader import Message


def repeats_as_go(method: bytes, failed: CallFailed) -> bool:
    """Go's transport: a kept connection that ended unheard, and only what is safe to repeat."""
    return failed.silent and failed.reused and method in (b"GET", b"HEAD", b"OPTIONS", b"TRACE")


def repeats_as_java(method: bytes, failed: CallFailed) -> bool:  # noqa: ARG001
    """C{HttpURLConnection}: a kept connection that ended unheard; POST, too (C{sun.net.http.retryPost})."""
    return failed.silent and failed.reused


def repeats_never(method: bytes, failed: CallFailed) -> bool:  # noqa: ARG001
    """Whoever asks hears of it."""
    return False


class Caller:
    """A client of one address.

    @ivar limit: seconds that a call may take from its last byte sent; None for ever.
    @ivar connections: those that live, oldest first.
    @ivar made: how many there were.
    @ivar again: how many calls were sent once more by themselves.
    """

    def __init__(
        self,
        clock: IReactorTime,
        endpoint: IStreamClientEndpoint,
        limit: float | None = 5.0,
        dial_limit: float | None = 1.0,
        idle: int = 2,
        repeats: Callable[[bytes, CallFailed], bool] = repeats_as_go,
    ) -> None:
        """
        @param dial_limit: seconds that connecting may take; None for ever.
        @param idle: connections that are kept while nobody calls.
        @param repeats: whether a failed call is sent once more, unasked.
        """
        self.limit = limit
        self.connections: list[CallerConnection] = []
        self.made = 0
        self.again = 0
        self._clock = clock
        self._endpoint = endpoint
        self._dial_limit = dial_limit
        self._idle = idle
        self._repeats = repeats
        self._closed = False

    async def ask(self, data: bytes) -> Message:
        """The answer to one request, given as bytes.

        @raise CallFailed: there was none in time.
        """
        method = data.split(b" ", 1)[0]
        try:
            return await self._once(data, method)
        except CallFailed as failed:
            if not self._repeats(method, failed):
                raise
            self.again += 1
            return await self._once(data, method)

    def close(self) -> None:
        """End every connection, as the end of the process does; nothing is sent from now on."""
        self._closed = True
        for connection in tuple(self.connections):
            connection.close("closed")

    async def _once(self, data: bytes, method: bytes) -> Message:
        idle = [connection for connection in self.connections if connection.idle]
        connection = idle[-1] if idle else await self._connect()
        if self._closed:
            connection.close("closed")
            raise CallFailed("closed")
        waiting = connection.ask(data, method)
        if self.limit is not None:
            waiting.addTimeout(self.limit, self._clock)
        try:
            response = await waiting
        except TimeoutError:
            raise CallFailed("no answer in time", timed_out=True) from None
        if not response.keeps_alive or sum(one.idle for one in self.connections) > self._idle:
            connection.close("not kept")
        return response

    async def _connect(self) -> CallerConnection:
        connecting = self._endpoint.connect(Factory.forProtocol(lambda: CallerConnection(self.connections)))
        if self._dial_limit is not None:
            connecting.addTimeout(self._dial_limit, self._clock)
        try:
            made = await connecting
        except (TimeoutError, ConnectingCancelledError):
            raise CallFailed("no connection in time", timed_out=True) from None
        except Exception as problem:
            raise CallFailed(type(problem).__name__, silent=True) from None
        assert isinstance(made, CallerConnection)
        self.made += 1
        return made
