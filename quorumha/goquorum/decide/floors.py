"""L{Floors}: below which height the chain may not seem to be, for each client.  Pure."""

from __future__ import annotations

from collections.abc import Hashable

from attrs import define

from quorumha.goquorum.decide.lru import Lru
from quorumha.pool.member import Member


@define(eq=False)
class Floor:
    """What one client has seen.

    @ivar height: the highest block that it was told of, or that a member whose answer it got was known to
        have; -1: none.
    @ivar member: whose answer it got last.
    """

    height: int = -1
    member: Member | None = None

    def raise_to(self, height: int) -> None:
        """It has seen a block of this number."""
        if height > self.height:
            self.height = height


class Floors(Lru[Hashable, Floor]):
    """What the clients of one listener have seen; so many are remembered."""

    def of(self, key: Hashable) -> Floor:
        """What one client has seen.

        @param key: C{Caller.key}.
        """
        # As C{get}, without a call: this is asked for every read.
        floor = self._values.get(key)
        if floor is None:
            floor = Floor()
            self.put(key, floor)
        else:
            self._values.move_to_end(key)
        return floor
