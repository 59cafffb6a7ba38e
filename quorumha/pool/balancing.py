"""Which usable member takes the next connection or request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import define, field
from zope.interface import Interface, implementer

if TYPE_CHECKING:
    from quorumha.pool.pool import Member


class IBalancingPolicy(Interface):
    """Which of the members that could take the next connection or request does."""

    def pick(members: Sequence[Member]) -> Member:
        """Choose one of at least one: all usable, none tried yet for this request, in the pool's order."""


@implementer(IBalancingPolicy)
class PrimaryFirst:
    """Always the first usable member in the order of the file."""

    def pick(self, members: Sequence[Member]) -> Member:
        return members[0]


@implementer(IBalancingPolicy)
@define
class RoundRobin:
    """Each in turn, by weight, without bursts.

    The smooth weighted round robin of nginx: every member gains its weight, the richest is picked and pays
    the sum.  While the same tuple of members with one weight comes again, that is to take each in turn.
    """

    _same: Sequence[Member] | None = field(default=None, init=False)
    _turn: int = field(default=0, init=False)

    def pick(self, members: Sequence[Member]) -> Member:
        if members is self._same:
            turn = self._turn + 1
            self._turn = turn if turn < len(members) else 0
            member: Member = members[self._turn]
            return member
        if isinstance(members, tuple) and len({m.upstream.weight for m in members}) == 1:
            # A tuple does not change: it is enough to look at it once.
            self._same = members
            first = self._by_credit(members)
            self._turn = members.index(first)
            return first
        return self._by_credit(members)

    def _by_credit(self, members: Sequence[Member]) -> Member:
        total = 0
        best = members[0]
        for member in members:
            weight = member.upstream.weight
            total += weight
            member.credit += weight
            if member.credit > best.credit:
                best = member
        best.credit -= total
        return best


@implementer(IBalancingPolicy)
@define
class LeastConnections:
    """The member with the least work in flight for its weight; ties go round robin."""

    _ties: RoundRobin = field(factory=RoundRobin, init=False)

    def pick(self, members: Sequence[Member]) -> Member:
        least = min(m.in_flight / m.upstream.weight for m in members)
        return self._ties.pick([m for m in members if m.in_flight / m.upstream.weight == least])


#: The names that a configuration may use.
BALANCING: dict[str, type[PrimaryFirst] | type[RoundRobin] | type[LeastConnections]] = {
    "round-robin": RoundRobin,
    "least-connections": LeastConnections,
    "primary-first": PrimaryFirst,
}
