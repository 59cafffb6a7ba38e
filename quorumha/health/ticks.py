"""L{Ticks}: calls that need not come at an exact time come together, so that a quiet process sleeps longer.

Waking up costs an idle process more than the question that it then puts.  Checks are due between two times;
those that can be made at one moment are, up to a number, so that no moment is a long one.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakValueDictionary

from attrs import define, field
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

log = Logger()

#: Calls that come at one moment, at most.
TOGETHER = 16


@define(eq=False)
class _Tick:
    """One moment, by the clock, and what is called then."""

    time: float
    calls: dict[object, Callable[[], object]] = field(factory=dict)
    delayed: IDelayedCall | None = None


class Ticks:
    """Calls back together what is due at about the same time.

    @ivar late: while it calls back: by how many seconds too late.
    """

    def __init__(self, clock: IReactorTime) -> None:
        self.late = 0.0
        self._clock = clock
        self._ticks: list[_Tick] = []

    def call(
        self, earliest: float, latest: float, callback: Callable[[], object], random: Callable[[], float]
    ) -> Callable[[], None]:
        """Call back once, some time between two.

        @param earliest: seconds from now; so long it takes where C{random} is 0 and nothing else is due.
        @param callback: what it raises is logged.
        @return: call it to withdraw; no harm if it was called back.
        """
        now = self._clock.seconds()
        first, last = now + earliest, now + latest
        for tick in self._ticks:
            if first <= tick.time <= last and len(tick.calls) < TOGETHER:
                break
        else:
            wait = earliest + (latest - earliest) * random()
            tick = _Tick(now + wait)
            self._ticks.append(tick)
            tick.delayed = self._clock.callLater(wait, self._pass, tick)
        key = object()
        tick.calls[key] = callback
        return lambda: self._withdraw(tick, key)

    def _pass(self, tick: _Tick) -> None:
        self._ticks.remove(tick)
        self.late = self._clock.seconds() - tick.time
        for key in list(tick.calls):
            callback = tick.calls.pop(key, None)
            if callback is not None:
                try:
                    callback()
                except Exception:
                    log.failure("what was due failed")

    def _withdraw(self, tick: _Tick, key: object) -> None:
        if tick.calls.pop(key, None) is not None and not tick.calls and tick in self._ticks:
            self._ticks.remove(tick)
            assert tick.delayed is not None
            tick.delayed.cancel()


def ticks_of(clock: IReactorTime) -> Ticks:
    """The clock's, the same for all that ask: what different ones wait for comes together, too."""
    found = _ticks.get(clock)
    if found is None:
        found = _ticks[clock] = Ticks(clock)
    return found


#: For as long as anybody uses them.
_ticks: WeakValueDictionary[IReactorTime, Ticks] = WeakValueDictionary()
