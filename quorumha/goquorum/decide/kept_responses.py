"""L{KeptResponses}: how many bytes of members' answers the process keeps.  No I/O.

An answer that cannot go down as it comes is kept: that of a batch, and one that may be a reason to ask
another member.  Each has a limit of its own; this is that of all.  Above it the largest one ends: who fills
it pays.
"""

from __future__ import annotations

from typing import Protocol

from attrs import define, field

#: Bytes of all together.
LIMIT = 256 * 1024**2


class Kept(Protocol):
    """An answer that is kept.

    @ivar kept: bytes of it that count; not its own to change.
    """

    kept: int

    def give_up(self) -> None:
        """It ends, and nothing of it is kept any more."""


@define(eq=False)
class KeptResponses:
    """Bytes that all kept answers may hold together.

    @ivar size: bytes held now.
    @ivar ended: how many answers had to end.
    """

    limit: int = LIMIT
    size: int = field(default=0, init=False)
    ended: int = field(default=0, init=False)
    _all: set[Kept] = field(factory=set, init=False)

    def hold(self, one: Kept, size: int) -> None:
        """So many bytes of it are kept now, in all; the largest one may have to end, it too."""
        self.size += size - one.kept
        one.kept = size
        self._all.add(one)
        while self.size > self.limit:
            largest = max(self._all, key=lambda kept: kept.kept)
            self.release(largest)
            self.ended += 1
            largest.give_up()

    def release(self, one: Kept) -> None:
        """Nothing of it is kept any more; no harm if nothing was."""
        self.size -= one.kept
        one.kept = 0
        self._all.discard(one)
