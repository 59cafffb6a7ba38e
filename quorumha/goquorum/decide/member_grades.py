"""L{MemberGrades}: what the signs of a pool's members come to: who is down, behind, or read-only.  Pure.

Most signs mean something only beside those of the others: a node that syncs is not read from while another
one does not, and a network of one node has no others to be connected to.  So the last member that can be read
from is never put down.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Hashable
from typing import Generic, TypeVar

from attrs import define, field, frozen

from quorumha.goquorum.decide.shown_signs import ShownSigns

M = TypeVar("M", bound=Hashable)

#: So many times in C{lag} the best height is noted at most: what is kept of it is bounded by that.
NOTED = 64


@frozen
class Grade:
    """Why a member is not to be used, in words, for each grade; empty: it may be.

    @ivar down: not at all.
    @ivar behind: it is not read from while another one can be.
    @ivar read_only: it gets no transactions.
    """

    down: str = ""
    behind: str = ""
    read_only: str = ""


@define(eq=False)
class BestHeights:
    """The highest block of all members, as it was some time ago.

    @ivar lag: seconds; 0: nobody asks for it.
    """

    lag: float
    _steps: deque[tuple[float, int]] = field(factory=deque, init=False)

    def note(self, height: int, now: float) -> None:
        """This is it now; less than before where the best member has gone."""
        steps = self._steps
        if not steps or (height != steps[-1][1] and now - steps[-1][0] >= self.lag / NOTED):
            steps.append((now, height))
        while len(steps) > 1 and steps[1][0] <= now - self.lag:
            steps.popleft()

    def before(self, now: float) -> int:
        """What it was C{lag} seconds ago; -1: that is not known."""
        steps = self._steps
        return steps[0][1] if self.lag and steps and steps[0][0] <= now - self.lag else -1


@define(eq=False)
class MemberGrades(Generic[M]):
    """The grades of the members of one pool.

    @ivar lag: seconds that a member may take for a block which the best one has; 0: not looked at.
    @ivar peers: how many nodes one has to be connected to; 0: not looked at.
    """

    lag: float
    peers: int
    _best: BestHeights = field(init=False)
    _shown: dict[M, ShownSigns] = field(factory=dict, init=False)
    #: Who had too few peers when asked last.
    _few: set[M] = field(factory=set, init=False)

    def __attrs_post_init__(self) -> None:
        self._best = BestHeights(self.lag)

    def take(
        self, member: M, shown: ShownSigns, others: Collection[M], heights: Collection[int], now: float
    ) -> Grade:
        """What a member shows now.

        @param others: the other members that are usable.
        @param heights: the highest blocks of all that are usable, and first of this one; -1: not known.
        """
        self._shown[member] = shown
        beside = [self._shown[one] for one in others if one in self._shown]
        height = next(iter(heights))
        self._best.note(max(heights), now)
        before = self._best.before(now)
        behind = ""
        if 0 <= height < before:
            behind = f"at block {height}, and the best one had {before} {self.lag:g} s ago"
        return Grade(_down(shown, beside), behind, self._read_only(member, shown, beside))

    def forget(self, member: M) -> None:
        """It is a member no more."""
        self._shown.pop(member, None)
        self._few.discard(member)

    def _read_only(self, member: M, shown: ShownSigns, beside: Collection[ShownSigns]) -> str:
        least, has, before = self.peers, shown.peers, member in self._few
        self._few.discard(member)
        if has is not None and has < least and any((one.peers or 0) >= least for one in beside):
            self._few.add(member)
        if shown.raft is not None and shown.raft.fault:
            return shown.raft.fault
        # What the others had is older: where all lose theirs at once, the next look shows it.
        return f"connected to {has} other nodes" if before and member in self._few else ""


def _down(shown: ShownSigns, beside: Collection[ShownSigns]) -> str:
    if shown.fault and any(not one.fault for one in beside):
        return shown.fault
    if shown.syncing and any(one.syncing is False and not one.fault for one in beside):
        return "it is syncing, and another member is not"
    return ""
