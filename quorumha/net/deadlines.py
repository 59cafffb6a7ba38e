"""L{Deadlines}: many limits of about one length, most of which are never reached, by one delayed call.

A delayed call for each costs microseconds to begin and to cancel; a place in a dict costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from twisted.internet.interfaces import IReactorTime

from quorumha.net.timeout import LazyTimeout

Expire = Callable[[], object]


class Deadlines:
    """Calls back those whose time is over, once the sockets were read once since.

    @ivar waiting: until when each waits, by the clock, and what is called then, by whom it is for.  Whoever
        does not wait any more is taken out; where that is hot it is done in place.
    """

    __slots__ = ("_clock", "_next", "_timeout", "waiting")

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._timeout = LazyTimeout(clock, self._look)
        #: When it looks next.
        self._next = inf
        self.waiting: dict[object, tuple[float, Expire]] = {}

    def add(self, whose: object, deadline: float, expire: Expire) -> None:
        """Call back unless it is taken out before.

        @param whose: by identity; it has one deadline.
        @param deadline: by the clock; one that has passed is over soon.
        """
        self.waiting[whose] = deadline, expire
        if deadline < self._next:
            self._wait(deadline)

    def _wait(self, deadline: float) -> None:
        self._next = deadline
        now = self._clock.seconds()
        # 0 would be no limit.
        self._timeout.set(max(deadline - now, 1e-6), now)

    def _look(self) -> None:
        now = self._clock.seconds()
        over = [whose for whose, (deadline, _) in self.waiting.items() if deadline <= now]
        self._next = min((at for at, _ in self.waiting.values() if at > now), default=inf)
        if self._next < inf:
            self._wait(self._next)
        for whose in over:
            # Another one's end may have taken it out.
            waited = self.waiting.pop(whose, None)
            if waited is not None:
                waited[1]()

    def stop(self) -> None:
        """Call nobody back any more."""
        self._timeout.stop()
        self.waiting.clear()
