"""L{Retired}: what serves nobody new, each until nothing of it is under way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IReactorTime

from quorumha.health.checks import HealthChecks
from quorumha.http.upstream.connection_pool import Connections
from quorumha.net.listener_part import Part
from quorumha.net.timeout import Limit

#: Seconds from one look whether something is still under way to the next.
LOOK = 1.0


@frozen(eq=False)
class Retiring:
    """What one change of the configuration left behind.

    @ivar under_way: each tells whether something is that a part may still be needed for.
    @ivar parts: what listeners had.
    @ivar pools: checks and kept connections of those that are gone: who waits for members is still woken.
    """

    under_way: Sequence[Callable[[], bool]]
    parts: Sequence[Part[Any]]
    pools: Sequence[HealthChecks | Connections]

    @property
    def is_over(self) -> bool:
        """Whether nothing is."""
        return not (any(still() for still in self.under_way) or any(part.busy for part in self.parts))

    def stop(self) -> Deferred[Any]:
        """End what goes on by itself."""
        return DeferredList([maybeDeferred(one.stop) for one in (*self.parts, *self.pools)])


class Retired:
    """Keeps what serves nobody new until nothing of it is under way; it has a delayed call only meanwhile."""

    def __init__(self, clock: IReactorTime) -> None:
        self._clock = clock
        self._retiring: list[Retiring] = []
        self._next: Limit | None = None

    def __len__(self) -> int:
        return len(self._retiring)

    def add(self, one: Retiring) -> None:
        """Stop it as soon as nothing of it is under way."""
        if one.parts or one.pools:
            self._retiring.append(one)
            if self._next is None:
                self._next = Limit(self._clock, LOOK, self._look)

    def _look(self) -> None:
        over = [one for one in self._retiring if one.is_over]
        self._retiring = [one for one in self._retiring if one not in over]
        for one in over:
            one.stop()
        self._next = Limit(self._clock, LOOK, self._look) if self._retiring else None

    def close(self) -> None:
        """The process stops: nobody waits any more."""
        for one in self._retiring:
            for part in one.parts:
                part.close()

    def stop(self) -> Deferred[Any]:
        """End all at once."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        retiring, self._retiring = self._retiring, []
        return DeferredList([one.stop() for one in retiring])
