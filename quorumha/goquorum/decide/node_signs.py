"""L{NodeSigns}: what is known of one GoQuorum node beside whether it is up: its height, and what it may take.

Attached to the L{Node<quorumha.pool.identity.Node>}: checks write it, answers to clients do, and whoever
chooses a member reads it.  Pure.
"""

from __future__ import annotations

from math import inf

from attrs import define, field


@define(eq=False)
class NodeSigns:
    """What one node has shown.

    @ivar height: the highest block that it is known to have; -1: not known.
    @ivar height_at: when that was learnt, by the clock.
    @ivar read_only: why it takes no transactions, in words; empty: it does, as far as is known.
    @ivar behind: why it is not to be read from while another one can be; empty: it may.
    @ivar missing: which methods it was seen not to have when it was asked for them last.
    @ivar noted: which of these there was a fact about.
    @ivar asked_at: when it was asked for all signs last, by the clock.
    """

    height: int = -1
    height_at: float = 0.0
    read_only: str = ""
    behind: str = ""
    missing: frozenset[str] = frozenset()
    noted: frozenset[str] = frozenset()
    asked_at: float = -inf
    _low_since: float | None = field(default=None, init=False)
    _graded: dict[str, tuple[str, str]] = field(factory=dict, init=False)

    def has(self, height: int, now: float) -> None:
        """It is known to have a block of this number."""
        if height >= self.height:
            self.height, self.height_at = height, now

    def says(self, height: int, now: float, lag: float) -> None:
        """It says itself that this is its highest block.

        @param lag: seconds after which it is believed that it has less than it had: its chain was made anew.
        """
        if height >= self.height:
            self._low_since = None
            self.has(height, now)
        elif self._low_since is None:
            self._low_since = now
        elif now - self._low_since > lag:
            self.height, self.height_at, self._low_since = height, now, None

    def lacks(self, asked: frozenset[str], missing: frozenset[str]) -> frozenset[str]:
        """It was asked for signs, and does not have some of them.

        @return: those of which there was no fact since the proxy's start.
        """
        new = missing - self.noted
        self.missing = (self.missing - asked) | missing
        self.noted |= missing
        return new

    def graded(self, pool: str, behind: str, read_only: str) -> None:
        """What the checks of a pool come to; a node may stand in several.

        @param behind: as L{behind}; empty: nothing is wrong, or nothing checks it any more.
        @param read_only: likewise.
        """
        if behind or read_only:
            self._graded[pool] = behind, read_only
        else:
            self._graded.pop(pool, None)
        found = self._graded.values()
        self.behind = next((one for one, _ in found if one), "")
        self.read_only = next((one for _, one in found if one), "")
