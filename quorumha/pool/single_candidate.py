"""L{SingleCandidate}: one member in place of a pool's own choice."""

from __future__ import annotations

from quorumha.pool.pool import Candidates, Member, UpstreamPool


class SingleCandidate(Candidates):
    """Just one member, whatever is known of its health."""

    __slots__ = ("_only",)

    def __init__(self, pool: UpstreamPool, only: Member) -> None:
        super().__init__(pool)
        self._only: Member | None = only

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        """See L{Candidates.take}."""
        only, self._only = self._only, None
        return only

    def full(self, now: float) -> bool:
        """See L{Candidates.full}: what asks just one asks it however much it has to do."""
        return False
