"""L{CheckLimits}: limits of questions, that know whether the process ran while the response was waited for.

If it was paused, what was not read in time says nothing of who was asked.  So before a limit passes somebody
looks at the clock, and who came late to that says so.  Nearly every question is answered in time: no limit
has a delayed call of its own, and that look comes with the next questions, as waking up for it alone would
cost an idle process about what a question costs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from twisted.internet.interfaces import IReactorTime

from quorumha.health.ticks import ticks_of
from quorumha.net.timeout import Limit

#: Parts of the limit after which somebody looks: not before, and not after.
LOOK_AFTER, LOOK_BEFORE = 1 / 3, 0.55
#: Seconds that a look may be late; a third of the limit if that is less.  A busy process is, a little.
LATE = 0.25
#: Seconds that a clock may be wrong by adding them up.
NEARLY = 1e-6


def _nobody(late: bool) -> None:
    """In place of who was told."""


def _at_last() -> float:
    """Where nothing else is due: look as late as may be."""
    return 1.0


class CheckLimit:
    """Limits one question.

    @ivar at: when it passes, by the clock.
    @ivar late: the process did not run meanwhile.
    @ivar passed: called when it has passed, with whether the process did not run meanwhile.
    """

    __slots__ = ("_limits", "at", "late", "passed")

    def __init__(self, limits: CheckLimits, at: float, passed: Callable[[bool], object]) -> None:
        self._limits = limits
        self.at = at
        self.late = False
        self.passed = passed

    def cancel(self) -> None:
        """It is over in time, or nobody waits for it any more; no harm if it was too late."""
        # Whoever limits itself is in no circle with it.
        self.passed = _nobody
        self._limits.ended(self)


class CheckLimits:
    """Limits questions that may all take as long, each judged only after the sockets were read once more."""

    def __init__(self, clock: IReactorTime, seconds: float) -> None:
        self._clock = clock
        self._ticks = ticks_of(clock)
        self._seconds = seconds
        self._look_after, self._look_before = LOOK_AFTER * seconds, LOOK_BEFORE * seconds
        self._may_be_late = min(LATE, seconds / 3)
        #: Those that are waited for, in the order in which they pass.
        self._open: dict[CheckLimit, None] = {}
        #: Ends what is next: a look, or the judgement on the first of them.
        self._end_next: Callable[[], None] | None = None

    def begin(self, passed: Callable[[bool], object]) -> CheckLimit:
        """Limit a question from now on.

        @param passed: called when the limit has passed, with whether the process did not run meanwhile.
        """
        now = self._clock.seconds()
        limit = CheckLimit(self, now + self._seconds, passed)
        self._open[limit] = None
        if self._end_next is None:
            self._wait(now)
        return limit

    def ended(self, limit: CheckLimit) -> None:
        """It is waited for no more."""
        self._open.pop(limit, None)
        if not self._open and self._end_next is not None:
            self._end_next()
            self._end_next = None

    def _wait(self, now: float) -> None:
        """For what is next, if anything is."""
        first = next(iter(self._open), None)
        if first is None:
            return
        left = first.at - now
        if left > self._look_before:
            self._end_next = self._ticks.call(self._look_after, self._look_before, self._look, _at_last)
        else:
            passes = partial(self._first_passes, first.at)
            self._end_next = Limit(self._clock, max(0.0, left), passes).cancel

    def _look(self) -> None:
        self._end_next = None
        now = self._clock.seconds()
        self._came(now - self._ticks.late, now)
        self._wait(now)

    def _first_passes(self, due: float) -> None:
        self._end_next = None
        now = self._clock.seconds()
        self._came(due, now)
        for limit in [one for one in self._open if one.at <= now + NEARLY]:
            # What one of them does may end others.
            if limit in self._open:
                del self._open[limit]
                limit.passed(limit.late)
        if self._end_next is None:
            self._wait(self._clock.seconds())

    def _came(self, due: float, now: float) -> None:
        """Whoever looks was to do so at that time."""
        if now - due > self._may_be_late:
            for limit in self._open:
                # Others began after the pause.
                limit.late = limit.late or limit.at - self._seconds < due
