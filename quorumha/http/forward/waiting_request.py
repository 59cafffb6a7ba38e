"""L{WaitingRequest}: one request's waits in a waiting room, one after the other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import inf

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

from quorumha.http.forward.waiting_room import WaitEnd, WaitingRoom
from quorumha.net.timeout import Limit
from quorumha.pool.pool import UpstreamPool


@define(eq=False)
class WaitingRequest:
    """One request in a waiting room, which waits for members of one pool.

    It is woken when a member recovers.  Whatever is known of members, one of those in a room tries for all
    after a pause: whoever finds that a member responds wakes the others.

    @ivar waits: it waits now.
    @ivar has_waited: it does, or did.
    @ivar seconds: for which it has, in all.
    """

    _room: WaitingRoom
    _pool: UpstreamPool
    _clock: IReactorTime
    has_waited: bool = field(default=False, init=False)
    seconds: float = field(default=0.0, init=False)
    _end: Callable[[WaitEnd], None] | None = field(default=None, init=False)
    _timer: Limit | None = field(default=None, init=False)
    _pause: float = field(default=0.0, init=False)
    _since: float = field(default=0.0, init=False)
    _until: float = field(default=inf, init=False)
    _is_open: bool = field(default=False, init=False)

    @property
    def waits(self) -> bool:
        """Whether it waits now."""
        return self._end is not None

    def wait(
        self,
        end: Callable[[WaitEnd], None],
        pause: float,
        left: float | None,
        size: int = 0,
        *,
        quietly: bool = False,
    ) -> None:
        """Wait.

        @param end: called with how it ended, perhaps at once; not after L{leave}.
        @param pause: seconds until it may try for all.
        @param left: seconds until its time is over; None: it has no limit.
        @param size: bytes that it holds.
        @param quietly: members do respond: nobody need know.
        """
        self._end = end
        self._pause = pause
        self._since = self._clock.seconds()
        self._until = inf if left is None else self._since + left
        if left is not None and left <= 0:
            self.ended(WaitEnd.OVER)
            return
        self.has_waited = True
        self._set_timer()
        self._room.enter(self, size)
        if self._end is not None and not (quietly or self._is_open):
            self._is_open = True
            self._room.begins(self._clock.seconds())

    def _set_timer(self) -> None:
        left = self._until - self._clock.seconds()
        if left > self._pause:
            self._timer = Limit(self._clock, self._pause, self._look)
        else:
            # A process that was busy looks late.
            self._timer = Limit(self._clock, max(0.0, left), partial(self.ended, WaitEnd.OVER))

    def _look(self) -> None:
        now = self._clock.seconds()
        if self._pool.has_room(now) or self._room.may_try(now, self._pause):
            self.ended(WaitEnd.TRY)
        else:
            self._set_timer()

    def leave(self) -> None:
        """Wait no more; no harm if it does not."""
        self._end = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            self._room.leave(self)
            self.seconds += self._clock.seconds() - self._since

    def done(self, served: bool) -> None:
        """The request is: it waits no more.

        @param served: its client got the response of a member.
        """
        self.leave()
        if self._is_open:
            self._is_open = False
            self._room.ends(self._clock.seconds(), served)

    def ended(self, how: WaitEnd) -> None:
        """It waits no more, and goes on so."""
        end = self._end
        self.leave()
        if end is not None:
            end(how)
