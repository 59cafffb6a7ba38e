"""L{ReplayBudget}: how much of a request's body may be kept, to send it again.  No I/O.

The rules:

  - The beginning of each body stands outside the shared budget: a small request keeps its fail-over whatever
    others do.  All beginnings together have a bound of their own.
  - When the budget is full, the largest body that is not whole yet loses its replay: who fills it pays, and
    not the newcomer.
  - What such a body holds counts until it has been sent.  The last eighth of a budget is for that: others
    lose their replay before it is touched.
  - A budget may be part of another one: what is taken of it is taken of both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from attrs import Factory, define, field

from quorumha.net.timeout import nothing

#: Bytes of each body that stand outside the shared budget.
BEGINNING = 64 * 1024
#: Bytes that all beginnings may hold together.
BEGINNINGS_LIMIT = 64 * 1024 * 1024
#: The part of a budget that is kept for what leaves it.
_LEAVING_PART = 8


class Holder(Protocol):
    """A body that is kept.

    @ivar complete: its last byte has come: it loses its replay to nobody.
    @ivar shared: bytes that it holds of the shared budget; the budget's to change.
    @ivar beginning: bytes that it holds beside it; likewise.
    """

    complete: bool
    shared: int
    beginning: int

    def lose_replay(self) -> None:
        """It is kept no more than until it is sent: it leaves the budget (L{ReplayBudget.leave})."""


@define(eq=False)
class ReplayBudget:
    """Bytes that all kept bodies together may hold.

    @ivar limit: of the shared budget; 0 means no limit.
    @ivar beginning: bytes of each body that stand outside.
    @ivar _beginnings_limit: bytes that these may hold together; what is more counts as the rest.
    @ivar _whole: what this budget is a part of; itself: of none.
    @ivar _filled: called when it becomes full; not again before half of it is free again.
    @ivar shared: bytes held of it now.
    @ivar leaving: of these, those of bodies that are kept no more, but not sent yet.
    @ivar beginnings: bytes held beside it, by the beginnings of bodies.
    @ivar lost: how many bodies lost their replay because it, or a part of it, was full.
    """

    limit: int = 256 * 1024 * 1024
    beginning: int = field(default=BEGINNING, kw_only=True)
    _beginnings_limit: int = field(default=BEGINNINGS_LIMIT, kw_only=True)
    _whole: ReplayBudget = field(default=Factory(lambda self: self, takes_self=True), kw_only=True)
    _filled: Callable[[], object] = field(default=nothing, kw_only=True)
    shared: int = field(default=0, init=False)
    leaving: int = field(default=0, init=False)
    beginnings: int = field(default=0, init=False)
    lost: int = field(default=0, init=False)
    #: This one, and what it is a part of.
    _scopes: tuple[ReplayBudget, ...] = field(init=False)
    _full: bool = field(default=False, init=False)
    #: Bodies that hold some of it and are to be kept; some are complete.
    _keeping: set[Holder] = field(factory=set, init=False)

    @_scopes.default
    def _both(self) -> tuple[ReplayBudget, ...]:
        return (self,) if self._whole is self else (self, self._whole)

    def part(self, limit: int, filled: Callable[[], object] = nothing) -> ReplayBudget:
        """A part of this budget that may hold so many bytes of it."""
        return ReplayBudget(limit, beginning=self.beginning, whole=self, filled=filled)

    @property
    def used(self) -> int:
        """All bytes held now."""
        return self.shared + self.beginnings

    def hold(self, holder: Holder, before: int, size: int, cost: int) -> bool:
        """A piece more of a body comes to be kept; others may lose their replay for it.

        @param before: bytes of the body that came before.
        @param size: bytes of the piece.
        @param cost: bytes that it takes in memory.
        @return: False: it is C{holder} that is not to be kept any more.  The piece is not counted then.
        """
        outside = self.beginning - before
        if outside > 0:
            beside = cost if outside >= size else outside
            whole = self._whole
            if whole.beginnings + beside <= whole._beginnings_limit:
                if beside < cost and not self._take(holder, cost - beside):
                    return False
                whole.beginnings += beside
                holder.beginning += beside
                return True
        return self._take(holder, cost)

    def _take(self, holder: Holder, size: int) -> bool:
        for scope in self._scopes:
            if scope.limit and not scope._has_room(holder, size):
                scope._count_lost()
                return False
        holder.shared += size
        for scope in self._scopes:
            scope.shared += size
            scope._keeping.add(holder)
        return True

    def _has_room(self, holder: Holder, size: int) -> bool:
        limit = self.limit
        most = limit - limit // _LEAVING_PART
        while self.shared - self.leaving + size > most:
            if not self._full:
                self._full = True
                self._filled()
            others = [one for one in self._keeping if not one.complete and one is not holder]
            if not others:
                # All others are whole and on their way: nobody could pay.
                break
            largest = max(others, key=lambda one: one.shared)
            if not holder.complete and holder.shared + size >= largest.shared:
                return False
            self._count_lost()
            largest.lose_replay()
        return self.shared + size <= limit

    def _count_lost(self) -> None:
        for scope in self._scopes:
            scope.lost += 1

    def leave(self, holder: Holder) -> None:
        """It is kept no more, but still there until it is sent."""
        for scope in self._scopes:
            if holder in scope._keeping:
                scope._keeping.discard(holder)
                scope.leaving += holder.shared

    def give_back(self, holder: Holder, size: int | None = None) -> None:
        """So many bytes of it are gone; all, unless said."""
        shared = holder.shared if size is None else min(size, holder.shared)
        if shared:
            holder.shared -= shared
            for scope in self._scopes:
                scope._given_back(holder, shared)
        beside = holder.beginning if size is None else min(size - shared, holder.beginning)
        holder.beginning -= beside
        self._whole.beginnings -= beside

    def _given_back(self, holder: Holder, size: int) -> None:
        self.shared -= size
        if holder not in self._keeping:
            self.leaving -= size
        elif not holder.shared:
            self._keeping.discard(holder)
        if self._full and self.shared <= self.limit // 2:
            self._full = False
