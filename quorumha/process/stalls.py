"""L{StallService}: logs when the process itself stood still, which else looks as if the nodes had.

The quota of a container is used up, the machine is moved or swaps, something of ours takes too long.  No
limit is judged by it (L{quorumha.net.timeout}).
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from quorumha.process.reactor_lag import LagService

log = Logger()

#: Seconds between two ticks.
EVERY = 1.0
#: A tick that comes so many seconds too late is logged.
LATE = 0.5


class StallService(LagService):
    """A tick that is late says that the process stood still."""

    def __init__(self, clock: IReactorTime) -> None:
        super().__init__(clock, _log_stall, EVERY)


def _log_stall(late: float) -> None:
    if late > LATE:
        log.warn(
            "nothing was done for {seconds:.1f} s: the process stalled, or had no turn",
            event="stalled",
            seconds=late,
            fold="stalled",
        )
