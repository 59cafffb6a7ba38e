"""L{Member}: one upstream in a pool, and what is known of it now."""

from __future__ import annotations

import math
from collections.abc import Callable

from attrs import define, field

from quorumha.pool.passive_health import HEALTHY, Health
from quorumha.pool.upstream import Upstream


@define(eq=False)
class Member:
    """One upstream in a pool: the frozen value and what changes about it.

    @ivar in_flight: connections or requests it has now.
    @ivar picked: times it was chosen.
    @ivar failed: failures reported.
    @ivar database_dead: a deep check said that it cannot reach its database.
    @ivar database_since: when it said last that it can again, by the clock; minus infinity: never.
    @ivar silent: its last check had no response in time, and no refusal; nor has a request had one since.
    @ivar faulty: its last check was bad; nor has a request had a response since.
    @ivar deep: that was a check of all that it needs, as its database: not any response proves it wrong.
    @ivar responded_at: when it responded last to a request though something was wrong with it, by the clock.
    @ivar down_since: when its checks put it down last, by the clock.
    @ivar back_since: when it came back last, by the clock, and may have been started anew meanwhile;
        minus infinity: never.
    @ivar back_at: when it came back last, by the clock, while it still starts slowly; else None.
    """

    upstream: Upstream
    health: Health = HEALTHY
    _enabled: bool = True
    in_flight: int = 0
    picked: int = 0
    failed: int = 0
    database_dead: bool = False
    database_since: float = -math.inf
    silent: bool = False
    faulty: bool = False
    deep: bool = False
    down_since: float = -math.inf
    responded_at: float = -math.inf
    back_since: float = -math.inf
    back_at: float | None = None
    _changed: Callable[[Member], None] | None = field(default=None, repr=False)

    @property
    def enabled(self) -> bool:
        """The operator's word, apart from health."""
        return self._enabled

    @enabled.setter
    def enabled(self, value: bool) -> None:
        changed, self._enabled = self._enabled != value, value
        if changed and self._changed is not None:
            self._changed(self)

    @property
    def asleep(self) -> bool:
        """Whether its checks put it down, and its last one had no response in time."""
        return self.silent and self.health.out

    def usable(self, now: float) -> bool:
        """Whether it may be picked before those that are put aside, out or disabled."""
        return self._enabled and self.health.usable(now)

    @property
    def full(self) -> bool:
        """Whether it has as many requests, or connections, as it may have."""
        most = self.upstream.max_in_flight
        return most > 0 and self.in_flight >= most
