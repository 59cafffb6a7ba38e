"""L{CheckLimits}: one limit for many questions, that knows whether the process ran while it was waited for.

If it was paused, what was not read in time says nothing of who was asked.  So a limit passes in steps, and a
step that came late says so.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define
from twisted.internet.interfaces import IReactorTime

from quorumha.net.timeout import LazyTimeout

#: Into so many steps a limit is divided.
STEPS = 3
#: Seconds that a step may be late; a third of the limit if that is less.  A busy process is, a little.
LATE = 0.25


@define(eq=False)
class Limited:
    """One question that is limited; C{due}: when its next step has passed, by the clock."""

    #: Called when the limit has passed, with whether the process did not run meanwhile.
    passed: Callable[[bool], object]
    due: float
    steps: int = STEPS
    late: bool = False


class CheckLimits:
    """Limits of one length, by one delayed call.  Judged only after the sockets were read once more."""

    def __init__(self, clock: IReactorTime, seconds: float) -> None:
        self._clock = clock
        self._step = seconds / STEPS
        self._late = min(LATE, seconds / 3)
        #: All steps have one length, so the order in which they begin is the one in which they pass.
        self._waiting: dict[Limited, None] = {}
        self._timer = LazyTimeout(clock, self._step_passed)

    def start(self, passed: Callable[[bool], object]) -> Limited:
        """Limit a question that is put now."""
        limited = Limited(passed, self._clock.seconds() + self._step)
        if not self._waiting:
            self._timer.set(self._step)
        self._waiting[limited] = None
        return limited

    def cancel(self, limited: Limited) -> None:
        """It is over in time, or nobody waits for it any more; no harm if it was too late.

        The last one leaves no delayed call behind, which would wake the process in vain.
        """
        self._waiting.pop(limited, None)
        if not self._waiting:
            self.stop()

    def stop(self) -> None:
        """Limit nothing, and leave no delayed call behind."""
        self._waiting.clear()
        self._timer.stop()
        self._timer = LazyTimeout(self._clock, self._step_passed)

    def _step_passed(self) -> None:
        now = self._clock.seconds()
        over = []
        while self._waiting:
            limited = next(iter(self._waiting))
            if limited.due > now:
                break
            del self._waiting[limited]
            limited.late = limited.late or now - limited.due > self._late
            limited.steps -= 1
            if limited.steps:
                limited.due = now + self._step
                self._waiting[limited] = None
            else:
                over.append(limited)
        if self._waiting:
            self._timer.set(max(next(iter(self._waiting)).due - now, 0.001))
        for limited in over:
            limited.passed(limited.late)
