"""L{LagService}: how late the reactor comes to what is due.

Short stalls that nobody would log show here before clients feel them (L{quorumha.process.stalls} logs the
long ones).
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime

#: Seconds between two ticks unless given: a tick costs some 20 microseconds.
EVERY = 0.1


class LagService(Service):
    """Ticks while it runs, and says by how much each tick was late."""

    def __init__(self, clock: IReactorTime, late: Callable[[float], object], every: float = EVERY) -> None:
        """
        @param late: called with seconds, 0 where a tick came in time.
        @param every: seconds between two ticks.
        """
        self._clock = clock
        self._late = late
        self._every = every
        self._tick: IDelayedCall | None = None

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        self._arm()

    def stopService(self) -> None:
        super().stopService()  # type: ignore[no-untyped-call]  # as above
        if self._tick is not None:
            self._tick.cancel()
            self._tick = None

    def _arm(self) -> None:
        every = self._every
        self._tick = self._clock.callLater(every, self._ticked, self._clock.seconds() + every)

    def _ticked(self, due: float) -> None:
        self._late(max(0.0, self._clock.seconds() - due))
        self._arm()
