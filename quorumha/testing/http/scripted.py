"""L{ScriptedUpstream}: an HTTP upstream that does what the test says, and keeps all it saw.

It is an ordinary Twisted factory: it listens in a L{MemoryTopology} or on a real port.

    upstream = ScriptedUpstream(net.clock, no_response(RESET), answer(404), then=answer(200, b"last"))
    net.listen("a:9101", upstream)
    ...
    upstream.requests[0].target, upstream.requests[0].body, upstream.connections[0].raw

The script is consumed one play a request, over all connections; a play that begins when the
connection is made (L{accept_then}, L{deaf}) is consumed by the next connection if it is the
next in the script.  When the script is at its end, C{then} is played again and again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from twisted.internet.interfaces import (
    IAddress,
    IConsumer,
    IDelayedCall,
    IPullProducer,
    IReactorTime,
    ITCPTransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.testing.http.message_reader import BadMessage, Message, Reader
from quorumha.testing.http.plays import Do, Moment, Play, Send, Step, Wait, answer

Choice = Callable[[Message], Play]


class ScriptedUpstream(Factory):
    """A factory of L{ScriptedConnection}s that share one script.

    @ivar script: the plays still to come; may be added to at any time.
    @ivar then: played when the script is at its end: a play, or a callable that gets the
        request (its head is complete, its body may not be) and returns a play.
    @ivar connections: every connection that was made, in order.
    @ivar requests: every request whose head was complete, in order; a L{Message} each.
    """

    noisy = False

    def __init__(self, clock: IReactorTime, *script: Play, then: Play | Choice | None = None) -> None:
        """
        @param clock: for plays that wait.
        @param script: a play for each request to come.
        @param then: L{answer}C{()} unless given.
        """
        self.clock = clock
        self.script = deque(script)
        self.then: Play | Choice = answer() if then is None else then
        self.connections: list[ScriptedConnection] = []
        self.requests: list[Message] = []

    def buildProtocol(self, addr: IAddress | None) -> ScriptedConnection:
        connection = ScriptedConnection(self)
        self.connections.append(connection)
        return connection

    @property
    def whole_requests(self) -> list[Message]:
        """The requests whose bodies came to their end."""
        return [request for request in self.requests if request.complete]

    @property
    def bad(self) -> list[str]:
        """What could not be read as strict HTTP/1.1, one line for each connection where that happened."""
        return [connection.bad for connection in self.connections if connection.bad]

    @property
    def live(self) -> list[ScriptedConnection]:
        """The connections that have not ended."""
        return [connection for connection in self.connections if connection.reason is None]

    def close_kept(self, reset: bool = False) -> None:
        """Close every connection that is between two requests, as a node's idle limit does."""
        for connection in self.live:
            if connection.idle:
                connection.perform(Do.RESET if reset else Do.CLOSE)

    def next_play(self, request: Message | None) -> Play | None:
        """The play for a request, or for a new connection (None), if there is one."""
        if request is None:
            if self.script and self.script[0].at is Moment.ACCEPTED:
                return self.script.popleft()
            fallback = self.then
            return fallback if isinstance(fallback, Play) and fallback.at is Moment.ACCEPTED else None
        if self.script:
            return self.script.popleft()
        return self.then if isinstance(self.then, Play) else self.then(request)


class ScriptedConnection(Protocol):
    """One connection of a L{ScriptedUpstream}.

    @ivar requests: the requests that came on it.
    @ivar bad: why its bytes could not be read; empty if they could.
    @ivar reason: why it ended; None while it lives.
    """

    def __init__(self, upstream: ScriptedUpstream) -> None:
        self.requests: list[Message] = []
        self.bad = ""
        self.reason: Failure | None = None
        self._upstream = upstream
        self._reader = Reader(self._request_began, self._request_ended)
        self._waiting: deque[Message] = deque()
        self._steps: deque[Step] = deque()
        self._playing: Message | None = None
        self._play: Play | None = None
        self._begun = False
        self._busy = False
        self._leaving: _Leaving | None = None
        self._delayed: IDelayedCall | None = None

    @property
    def raw(self) -> bytes:
        """Every byte that the client sent on this connection."""
        return self._reader.raw

    @property
    def idle(self) -> bool:
        """Between two requests: nothing is being read or played."""
        return self._reader.between and self._playing is None and not self._busy

    def connectionMade(self) -> None:
        self._play = self._upstream.next_play(None)
        if self._play is not None:
            self._begin()

    def dataReceived(self, data: bytes) -> None:
        if self.bad:
            return
        try:
            self._reader.feed(data)
        except BadMessage as problem:
            self.bad = str(problem)
            self.perform(Do.CLOSE)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.reason = reason
        self._steps.clear()
        if self._delayed is not None:
            self._delayed.cancel()
            self._delayed = None

    def _request_began(self, request: Message) -> None:
        self.requests.append(request)
        self._upstream.requests.append(request)
        self._waiting.append(request)
        self._next_request()

    def _request_ended(self, request: Message) -> None:
        if request is self._playing:
            self._begin_when_due()

    def _next_request(self) -> None:
        if self._playing is None and not self._busy and self._waiting:
            self._playing = self._waiting.popleft()
            self._play = self._upstream.next_play(self._playing)
            self._begun = False
            self._begin_when_due()

    def _begin_when_due(self) -> None:
        request, play = self._playing, self._play
        if request is not None and play is not None and not self._begun:
            # In a script, a play for new connections that comes too late begins at once.
            if request.complete or play.at is not Moment.REQUEST:
                self._begin()
        elif request is not None and request.complete and not self._busy:
            self._done()

    def _begin(self) -> None:
        assert self._play is not None
        self._begun = self._busy = True
        self._steps.extend(self._play.steps)
        self._go_on()

    def _go_on(self) -> None:
        self._delayed = None
        while self._steps:
            step = self._steps.popleft()
            if isinstance(step, Wait):
                self._delayed = self._upstream.clock.callLater(step.seconds, self._go_on)
                return
            if step is Do.HANG:
                return
            if step in (Do.RESET, Do.END) and self._leaving is not None:
                # A reset drops what the transport still holds, so that has to leave first.
                self._steps.appendleft(step)
                self._leaving.then = self._go_on
                return
            self.perform(step)
        self._busy = False
        if self._playing is None or self._playing.complete:
            self._done()

    def _done(self) -> None:
        self._playing = self._play = None
        self._next_request()

    def _all_left(self, then: Callable[[], None]) -> None:
        self._leaving = None
        assert self.transport is not None
        IConsumer(self.transport).unregisterProducer()
        then()

    def perform(self, step: Send | Do) -> None:
        """Do one step now."""
        assert self.transport is not None
        wire = ITCPTransport(self.transport)
        match step:
            case Send(data, unless_head):
                method = b"" if self._playing is None else self._playing.method
                if data and not (unless_head and method == b"HEAD"):
                    wire.write(data)
                    if self._leaving is None:
                        self._leaving = _Leaving(self._all_left)
                        IConsumer(self.transport).registerProducer(self._leaving, False)
            case Do.CLOSE:
                wire.loseConnection()
            case Do.RESET:
                wire.abortConnection()
            case Do.END:
                wire.loseWriteConnection()
            case Do.STOP_READING:
                wire.pauseProducing()  # type: ignore[attr-defined]
            case Do.READ:
                wire.resumeProducing()  # type: ignore[attr-defined]


@implementer(IPullProducer)
class _Leaving:
    """Notices when all that was written has left the transport.

    A transport asks a pull producer once when it is registered, and again when it has nothing left.

    @ivar then: called after that.
    """

    def __init__(self, left: Callable[[Callable[[], None]], None]) -> None:
        self.then: Callable[[], None] = lambda: None
        self._left = left
        self._asked = 0

    def resumeProducing(self) -> None:
        self._asked += 1
        if self._asked == 2:
            self._left(self.then)

    def stopProducing(self) -> None:
        """The connection ended; there is nothing to stop."""
