"""L{Retired}: what serves nobody new, each until nobody needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReactorTime

from quorumha.health.checks import HealthChecks
from quorumha.net.listener_part import Part
from quorumha.net.timeout import Limit

#: Seconds from one look whether something is still needed to the next.
LOOK = 1.0


class Retired:
    """Keeps what serves nobody new while it is needed; it has a delayed call only meanwhile."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._needed: dict[Part[Any] | HealthChecks, Callable[[], bool]] = {}
        self._next: Limit | None = None

    def __len__(self) -> int:
        return len(self._needed)

    def add(self, one: Part[Any] | HealthChecks, needed: Callable[[], bool]) -> None:
        """Stop it as soon as it is not needed any more."""
        self._needed[one] = needed
        if self._next is None:
            self._next = Limit(self._clock, LOOK, self._look)

    def _look(self) -> None:
        for one, needed in list(self._needed.items()):
            if not needed():
                del self._needed[one]
                one.stop()
        self._next = Limit(self._clock, LOOK, self._look) if self._needed else None

    def close(self) -> None:
        """The process stops: nobody waits any more."""
        for one in self._needed:
            if isinstance(one, Part):
                one.close()

    def stop(self) -> Deferred[Any]:
        """End all at once."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        retiring, self._needed = self._needed, {}
        return DeferredList([one.stop() for one in retiring])
