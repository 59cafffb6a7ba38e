"""L{CheckLimit}: the limit of one question, that knows whether the process ran while it was waited for.

If it was paused, what was not read in time says nothing of who was asked.  So a limit passes in steps, and a
step that came late says so.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from quorumha.net.timeout import Limit

#: Into so many steps a limit is divided.
STEPS = 3
#: Seconds that a step may be late; a third of the limit if that is less.  A busy process is, a little.
LATE = 0.25


def _nobody(late: bool) -> None:
    """In place of who was told."""


class CheckLimit:
    """Limits a question from now on.  Judged only after the sockets were read once more."""

    __slots__ = ("_clock", "_due", "_late", "_limit", "_passed", "_seconds", "_steps")

    def __init__(self, clock: IReactorTime, seconds: float, passed: Callable[[bool], object]) -> None:
        """
        @param passed: called when the limit has passed, with whether the process did not run meanwhile.
        """
        self._clock = clock
        self._seconds = seconds
        self._passed = passed
        self._steps = STEPS
        self._late = False
        self._begin_step()

    def cancel(self) -> None:
        """It is over in time, or nobody waits for it any more; no harm if it was too late."""
        self._limit.cancel()
        # Whoever limits itself is in no circle with it.
        self._passed = _nobody

    def _begin_step(self) -> None:
        step = self._seconds / STEPS
        self._due = self._clock.seconds() + step
        self._limit = Limit(self._clock, step, self._step_passed)

    def _step_passed(self) -> None:
        late_by = self._clock.seconds() - self._due
        self._late = self._late or late_by > min(LATE, self._seconds / 3)
        self._steps -= 1
        if self._steps:
            self._begin_step()
        else:
            self._passed(self._late)
