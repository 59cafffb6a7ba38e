"""L{ReadChoice}: which member a read is asked of.  Pure, but for the pool's own books."""

from __future__ import annotations

from collections.abc import Sequence

from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.node_signs import NodeSigns
from quorumha.pool.candidates import leave_out_sleepers
from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool


class ReadChoice:
    """Chooses among the members of one pool."""

    def __init__(self, pool: UpstreamPool) -> None:
        self._pool = pool
        #: Members and their signs, as long as the members are these: this is asked for every read.
        self._members: tuple[Member, ...] = ()
        self._signs: list[tuple[Member, NodeSigns]] = []

    def next(
        self, now: float, height: int = -1, tried: Sequence[Member] = (), prefer: Member | None = None
    ) -> Member | None:
        """The next member in turn of those that are usable and known to have a block; None: there is none.

        One that is behind is not read from while another one can be.

        @param height: of the block; -1: any member will do.
        @param tried: who is left out.
        @param prefer: who is asked if it may be, whosever turn it is.
        """
        pool = self._pool
        if pool.members is not self._members:
            self._members = pool.members
            self._signs = [(m, signs_of(m)) for m in pool.members]
        if prefer is None:
            for _, signs in self._signs:
                if signs.height < height or signs.behind:
                    break
            else:
                # So it is nearly always.
                return pool.pick(now, tried, usable_only=True)
        unfit = [m for m, signs in self._signs if signs.height < height or signs.behind]
        if (
            prefer is not None
            and prefer.usable(now)
            and not (prefer.full or prefer in unfit or prefer in tried)
        ):
            return pool.pick_this(prefer, now)
        member = pool.pick(now, [*unfit, *tried], usable_only=True)
        if member is None:
            # Being behind is better than nothing.
            low = [m for m in unfit if signs_of(m).height < height]
            if len(low) < len(unfit):
                member = pool.pick(now, [*low, *tried], usable_only=True)
        return member

    def guess(self, now: float, tried: Sequence[Member]) -> Member | None:
        """One that is down or ejected: a bad guess beats a sure error; none that would only sleep over it."""
        left_out = list(tried)
        leave_out_sleepers(left_out, self._pool.members)
        return self._pool.pick(now, left_out, usable_only=False)
