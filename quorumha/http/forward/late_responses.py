"""L{LateResponse}: reads the response of an attempt that another one has overtaken.

A member that its checks put down may only hang: what it was sent it will do when it wakes.  So its connection
is not ended when the request goes on elsewhere.  Its response may still be the one that the client gets; if
not, it tells what the member made that nobody will ask for.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

from quorumha.events import Full, Observers
from quorumha.http.forward.best_response import BUFFERED_RESPONSE_LIMIT
from quorumha.http.forward.round_policy import Response
from quorumha.http.upstream.attempt import Attempt
from quorumha.http.wire.messages import ResponseHead
from quorumha.net.timeout import Limit
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Outcome

#: Seconds that a response is read for after the client got another.
READ_FOR = 60.0
#: Connections of the process on which such responses are awaited at once.
MOST = 64


@define(eq=False)
class LateResponse:
    """A response that nobody waits for any more, read to its end.

    @ivar ended: called once: with the whole response, or None: there will be none.  Not after L{abort}.
    """

    _attempt: Attempt
    ended: Callable[[LateResponse, Response | None], None] | None
    _said: ResponseHead | None = field(default=None, init=False)
    _body: bytearray = field(factory=bytearray, init=False)
    _limit: Limit | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._attempt.hand_over(self)

    @property
    def member(self) -> Member:
        """Whose response it is."""
        return self._attempt.member

    def end_within(self, clock: IReactorTime, seconds: float) -> None:
        """Wait no longer for it."""
        self._limit = Limit(clock, seconds, self._break_off)

    def abort(self) -> None:
        """End the connection at once, and say nothing more."""
        self.ended = None
        self._break_off()

    def _break_off(self) -> None:
        self._attempt.break_off()
        self._over(None)

    def _over(self, response: Response | None) -> None:
        if self._limit is not None:
            self._limit.cancel()
        ended, self.ended = self.ended, None
        if ended is not None:
            ended(self, response)

    # What the attempt tells.

    def upstream_head(self, head: ResponseHead, data: bytes, ended: bool) -> None:
        """Keep the head, and the first of the body."""
        self._said = head
        self._body += data
        if ended:
            self.upstream_end()

    def upstream_data(self, data: bytes) -> None:
        """Keep more of the body, up to a limit."""
        self._body += data
        if len(self._body) > BUFFERED_RESPONSE_LIMIT:
            # None of the short ones that are waited for.
            self._break_off()

    def upstream_end(self) -> None:
        """Tell the whole response, unless it was too large."""
        if self.ended is not None:
            assert self._said is not None
            body = bytes(self._body)
            self._over(Response(self._said.with_length(len(body)), body))

    def upstream_failed(self, outcome: Outcome) -> None:
        """There will be none."""
        self._over(None)


@define(eq=False)
class LateResponses:
    """Those whose clients got another response, or left: read for a while, and so many at most.

    @ivar overtaken: how many attempts ever were.
    @ivar _observers: are told of a connection that is ended for want of room.
    """

    _clock: IReactorTime
    _seconds: float = READ_FOR
    _most: int = MOST
    _observers: Observers = field(factory=Observers)
    overtaken: int = field(default=0, init=False)
    _awaited: set[LateResponse] = field(factory=set, init=False)
    _stopped: bool = field(default=False, init=False)

    def __len__(self) -> int:
        return len(self._awaited)

    def keep(self, one: LateResponse) -> None:
        """Nobody waits for it any more."""
        if self._stopped:
            one.abort()
        elif len(self._awaited) >= self._most:
            one.abort()
            self._observers.notify(Full("late-responses"))
        else:
            self._awaited.add(one)
            one.end_within(self._clock, self._seconds)

    def ended(self, one: LateResponse) -> None:
        """It came, or never will."""
        self._awaited.discard(one)

    def stop(self) -> None:
        """End all at once, and keep no more."""
        self._stopped = True
        while self._awaited:
            self._awaited.pop().abort()
