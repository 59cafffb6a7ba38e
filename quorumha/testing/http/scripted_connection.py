"""L{ScriptedConnection}: one connection to a scripted upstream or to a simulated node; it plays its plays."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from twisted.internet.interfaces import IConsumer, IDelayedCall, IPullProducer, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.testing.http.message_reader import BadMessage, Message, Reader
from quorumha.testing.http.plays import Do, Moment, Play, Send, Step, Until, Wait

if TYPE_CHECKING:
    from quorumha.testing.http.scripted import ScriptedUpstream


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
        self._steps: Iterator[Step] = iter(())
        self._until: Until | None = None
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
            for step in self._upstream.unreadable:
                self.perform(step)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.reason = reason
        if not self._upstream.plays_to_the_end:
            self.forget()
        if not self._upstream.keep:
            self._upstream.connections.remove(self)

    def forget(self) -> None:
        """Drop the play, and requests that wait for theirs."""
        self._steps = iter(())
        self._waiting.clear()
        self._wait_no_more()

    def _request_began(self, request: Message) -> None:
        if self._upstream.keep:
            self.requests.append(request)
            self._upstream.requests.append(request)
        self._waiting.append(request)
        self._next_request()

    def _request_ended(self, request: Message) -> None:
        if request is self._playing:
            self.look()
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
        self._steps = iter(self._play.steps)
        self._go_on()

    def look(self) -> None:
        """Go on, if what the play waits for holds now."""
        if self._until is not None and self._until.holds():
            self._go_on()

    def _wait(self, step: Wait | Until) -> None:
        self._upstream.waiting.append(self)
        if isinstance(step, Until):
            self._until = step
        if step.seconds is not None:
            self._delayed = self._upstream.clock.callLater(step.seconds, self._go_on)

    def _wait_no_more(self) -> None:
        if self in self._upstream.waiting:
            self._upstream.waiting.remove(self)
        self._until = None
        delayed, self._delayed = self._delayed, None
        if delayed is not None and delayed.active():
            delayed.cancel()

    def _go_on(self) -> None:
        self._wait_no_more()
        for step in self._steps:
            if isinstance(step, Wait) or (isinstance(step, Until) and not step.holds()):
                self._wait(step)
                return
            if isinstance(step, Until):
                continue
            if step is Do.HANG:
                return
            if step in (Do.RESET, Do.END) and self._leaving is not None:
                # A reset drops what the transport still holds, so that has to leave first.
                self._steps = chain((step,), self._steps)
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
        if self.reason is not None:
            return
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
