"""L{Candidates}: the members to try for one connection or request, each at most once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b
from typing import TYPE_CHECKING

from attrs import define, field

if TYPE_CHECKING:
    from quorumha.pool.member import Member
    from quorumha.pool.rotation import Rotation


@define(eq=False)
class Candidates:
    """The members still to be tried for one connection or request, in the pool's order."""

    _pool: Rotation
    #: Those that are left out: they were tried, or are to be left out for another reason.
    tried: list[Member] = field(factory=list, init=False)

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        """The next one, each at most once.

        @param usable_only: leave out members that are ejected or down, as when a response is already there.
        """
        member = self._pool.pick(now, self.tried, usable_only=usable_only)
        if member is not None:
            self.tried.append(member)
        return member

    def full(self, now: float) -> bool:
        """Whether a member that was not tried could take it, but has as much to do as it may have."""
        return self._pool.full(now, self.tried)


@define(eq=False)
class AwakeCandidates(Candidates):
    """For writes.  Without those that would only sleep over one: who is down because it fell silent acts on
    what it was sent when it wakes, whatever was done elsewhere meanwhile.

    @ivar _besides: who is left out, too, as it is when the next one is taken.
    """

    _besides: Collection[Member] = ()

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        leave_out_sleepers(self.tried, self._pool.members, self._besides)
        return super().take(now, usable_only=usable_only)


@define(eq=False)
class SingleCandidate(Candidates):
    """One member, whatever is known of its health, and however much it has to do."""

    _member: Member | None = None

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        member, self._member = self._member, None
        return member

    def full(self, now: float) -> bool:
        return False


@define(eq=False)
class OrderedCandidates(Candidates):
    """Members in a given order: those that are usable first, then the others; never disabled ones."""

    _order: Sequence[Member]
    #: Tried before all others, whatever is known of its health.
    _first: Member | None = None
    #: Without those that would only sleep over a write, as L{AwakeCandidates}.
    _awake: bool = field(default=False, kw_only=True)

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        tried, pool = self.tried, self._pool
        first, self._first = self._first, None
        if first is None or not first.eligible:
            first = None
            if self._awake:
                leave_out_sleepers(tried, self._order)
            for member in self._order:
                most, health = member.upstream.max_in_flight, member.health
                if not member.eligible or (most and member.in_flight >= most) or member in tried:
                    continue
                if not health.down and now >= health.ejected_until:
                    first = member
                    break
                if first is None and not usable_only:
                    first = member
            else:
                if first is None or pool.full(now, tried) or not pool.may_guess(now, tried):
                    return None
        pool.pick_this(first, now)
        tried.append(first)
        return first


def rendezvous_order(pool: Rotation, affinity: bytes) -> list[Member]:
    """The members in an order that is the same for all that has this affinity (rendezvous hashing).

    Primaries before backups.  When a member comes or goes, nothing else changes its place.
    """
    places: dict[tuple[bool, bytes, str], Member] = {}
    for member in pool.members:
        upstream = member.upstream
        digest = blake2b(upstream.name.encode(), digest_size=8, key=affinity).digest()
        places[upstream.backup, digest, upstream.name] = member
    # No function of ours is called for a member: this is asked for each push.
    return list(map(places.__getitem__, sorted(places)))


def leave_out_sleepers(
    tried: list[Member], members: Iterable[Member], besides: Collection[Member] = ()
) -> None:
    """Count those as tried that would only sleep over a write, and some besides."""
    for member in members:
        # Asked for each write: what C{Member.asleep} says, without a call.
        if ((member.silent and member.health.down) or member in besides) and member not in tried:
            tried.append(member)
