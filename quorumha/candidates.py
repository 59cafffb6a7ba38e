"""L{Candidates}: the members to try for one connection or request, each at most once."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quorumha.pool import Member, UpstreamPool


class Candidates:
    """The members still to be tried for one connection or request."""

    __slots__ = ("_pool", "tried")

    def __init__(self, pool: UpstreamPool) -> None:
        self._pool = pool
        self.tried: list[Member] = []

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        """The next one, each at most once.

        @param now: the clock's seconds.
        @param usable_only: leave out members that are put aside, as when an
            answer is already in hand.
        """
        member = self._pool.pick(now, self.tried, usable_only=usable_only)
        if member is not None:
            self.tried.append(member)
        return member

    def full(self, now: float) -> bool:
        """Whether a member that was not tried could take it, but has as much to do as it may have."""
        return self._pool.full(now, self.tried)
