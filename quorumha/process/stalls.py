"""L{StallService}: logs when the process itself stood still, which else looks as if the nodes had.

The quota of a container is used up, the machine is moved or swaps, something of ours takes too long.  No
limit is judged by it (L{quorumha.net.timeout}).
"""

from __future__ import annotations

from twisted.application.service import Service
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

log = Logger()

#: Seconds between two ticks.
EVERY = 1.0
#: A tick that comes so many seconds too late is logged.
LATE = 0.5


class StallService(Service):
    """Ticks while it runs: a tick that is late says that the process stood still."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
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
        self._tick = self._clock.callLater(EVERY, self._ticked, self._clock.seconds() + EVERY)

    def _ticked(self, due: float) -> None:
        late = self._clock.seconds() - due
        if late > LATE:
            log.warn(
                "nothing was done for {seconds:.1f} s: the process stalled, or had no turn",
                event="stalled",
                seconds=late,
                fold="stalled",
            )
        self._arm()
