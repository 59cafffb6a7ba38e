"""L{Candidates}: the members to try for one connection or request, each at most once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quorumha.pool.pool import Member, UpstreamPool


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


def leave_out(tried: list[Member], members: Iterable[Member], besides: Collection[Member] = ()) -> None:
    """Count those as tried that would only sleep over a write, and some besides."""
    for member in members:
        # Asked for each write: what C{Member.asleep} says, without a call.
        if ((member.silent and member.health.out) or member in besides) and member not in tried:
            tried.append(member)


class AwakeCandidates(Candidates):
    """For writes.  Without those that would only sleep over one: who is down because it fell silent acts on
    what it was sent when it wakes, whatever was done elsewhere meanwhile.
    """

    __slots__ = ("_besides",)

    def __init__(self, pool: UpstreamPool, besides: Collection[Member] = ()) -> None:
        """
        @param besides: who is left out, too, as it is when the next one is taken.
        """
        super().__init__(pool)
        self._besides = besides

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        """See L{Candidates.take}."""
        leave_out(self.tried, self._pool.members, self._besides)
        return super().take(now, usable_only=usable_only)
