"""L{Rotation}: the members of a pool, and whose turn it is.

Usable primaries by the balancing policy, then usable backups, then, because a bad guess beats a sure error,
the members that are ejected or down, who failed last last.  Members that the operator disabled are never
picked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from quorumha.pool.balancing import IBalancingPolicy
from quorumha.pool.member import Member
from quorumha.pool.membership import Membership
from quorumha.pool.passive_health import HEALTHY, half_open
from quorumha.pool.retry_budget import RetryBudget


class Rotation(Membership):
    """Picks the member whose turn it is.

    @ivar balancing: whose turn it is of several that are usable.
    @ivar slow_start: seconds in which the share of a member that recovered grows to its full size.
    @ivar budget: for tries at members that are ejected or down, after others failed.
    """

    balancing: IBalancingPolicy
    slow_start: float
    budget: RetryBudget
    _random: Callable[[], float]
    _primaries: tuple[Member, ...] = ()
    _backups: tuple[Member, ...] = ()
    #: The primaries while nothing is wrong with any of them; empty when something is; None: not known.
    _ready: tuple[Member, ...] | None = None
    #: A backup was picked, as no primary could be used, and none has recovered since.
    _backup_in_use = False

    def _arrange(self, members: Sequence[Member]) -> None:
        super()._arrange(members)
        self._primaries = tuple(m for m in members if not m.upstream.backup)
        self._backups = tuple(m for m in members if m.upstream.backup)
        self._ready = None

    def usable(self, now: float) -> bool:
        """Whether any enabled member is neither ejected nor down."""
        return any(m.usable(now) for m in self.members)

    def has_room(self, now: float) -> bool:
        """Whether any of those may have one more request."""
        return any(m.usable(now) and not m.full for m in self.members)

    def full(self, now: float, tried: Sequence[Member] = ()) -> bool:
        """Whether a member that is usable, and not in C{tried}, has as many requests as it may have."""
        return any(m.full and m.usable(now) and m not in tried for m in self.members)

    def pick(self, now: float, tried: Sequence[Member], *, usable_only: bool) -> Member | None:
        """The best member that is not in C{tried}, or None.  None is given more than it may have."""
        if not tried:
            ready = self._ready
            if ready is None:
                ready = self._ready = self._find_ready()
            if ready:
                member = ready[0] if len(ready) == 1 else self.balancing.pick(ready)
                member.picked += 1
                return member
        for tier in (self._primaries, self._backups):
            usable = [m for m in tier if m.usable(now) and m not in tried and not m.full]
            if usable:
                return self.pick_this(usable[0] if len(usable) == 1 else self._balanced(usable, now), now)
        if usable_only or self.full(now, tried):
            # With members that work, and have much to do, no bad guess is needed.
            return None
        left = [m for m in (*self._primaries, *self._backups) if m.eligible and m not in tried and not m.full]
        if not left or not self.may_guess(now, tried):
            return None
        # Who failed last is the least likely to do better.
        return self.pick_this(min(left, key=lambda m: (m.health.down, m.health.first_fail)), now)

    def may_guess(self, now: float, tried: Sequence[Member]) -> bool:
        """Whether a member that is ejected or down may be tried; the only try of a request always may."""
        return not tried or self.budget.take(now)

    def pick_this(self, member: Member, now: float) -> Member:
        """Keep the books of a choice, whoever made it."""
        if member.slow_since is not None and now >= member.slow_since + self.slow_start:
            member.slow_since = self._ready = None
        if member.health.ejected_until:
            self._ready = None
            member.health = half_open(member.health, member.upstream.fail_timeout, now)
        elif (
            member.upstream.backup
            and not self._backup_in_use
            and member.usable(now)
            and not any(m.usable(now) for m in self._primaries)
        ):
            self._backup_in_use = True
            self._notify(member, "backup in use", "no other member can be used", "")
        member.picked += 1
        return member

    def _find_ready(self) -> tuple[Member, ...]:
        ready = all(
            m.eligible and m.health is HEALTHY and m.slow_since is None and not m.upstream.max_in_flight
            for m in self._primaries
        )
        return self._primaries if ready else ()

    def _balanced(self, usable: list[Member], now: float) -> Member:
        """The policy's choice; those that recovered are left out the more often the less time has passed."""
        willing = [
            m
            for m in usable
            if m.slow_since is None or self._random() * self.slow_start <= now - m.slow_since
        ]
        return self.balancing.pick(willing or usable)
