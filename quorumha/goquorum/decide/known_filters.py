"""L{KnownFilters}: which member made a filter.  Pure."""

from __future__ import annotations

from attrs import define, field

from quorumha.goquorum.decide.lru import Lru
from quorumha.pool.member import Member

#: Seconds after which a node forgets a filter that nobody asks about (eth/filters/api.go).
UNUSED_FOR = 300.0


@define
class _Filter:
    member: Member
    used_at: float


@define(eq=False)
class KnownFilters:
    """So many at most.  Their ids are the nodes' own: 128 bits, which no other node makes."""

    _known: Lru[str, _Filter] = field()

    @classmethod
    def of_size(cls, most: int) -> KnownFilters:
        """For so many."""
        return cls(Lru(most))

    def __len__(self) -> int:
        return len(self._known)

    def follow(self, most: int) -> None:
        """Remember so many from now on."""
        self._known.most = most

    def put(self, id: str, member: Member, now: float) -> None:
        """A member has it."""
        self._known.put(id, _Filter(member, now))

    def member_of(self, id: str, now: float) -> Member | None:
        """Who has it, as far as is known; it counts as used."""
        known = self._known.get(id)
        if known is None:
            return None
        if now - known.used_at >= UNUSED_FOR:
            self._known.forget(id)
            return None
        known.used_at = now
        return known.member

    def forget(self, id: str) -> None:
        """Nobody has it any more."""
        self._known.forget(id)
