"""L{NodeSigns}: what is known of one GoQuorum node beside whether it is up: its height, and what it may take.

Attached to the L{Node<quorumha.pool.identity.Node>}: checks write it, answers to clients do, and whoever
chooses a member reads it.  Pure.
"""

from __future__ import annotations

from attrs import define


@define(eq=False)
class NodeSigns:
    """What one node has shown.

    @ivar height: the highest block that it is known to have; -1: not known.
    @ivar height_at: when that was learnt, by the clock.
    @ivar read_only: why it takes no transactions, in words; empty: it does, as far as is known.
    @ivar behind: why it is not to be read from while another one can be; empty: it may.
    """

    height: int = -1
    height_at: float = 0.0
    read_only: str = ""
    behind: str = ""

    def has(self, height: int, now: float) -> None:
        """It is known to have a block of this number."""
        if height >= self.height:
            self.height, self.height_at = height, now
