"""L{NodeChanges}: one death reads as one.

A node that stands in several pools, once for each of its ports, goes down in each of them, within a second.
So the line of the first waits for the others, for L{GATHER} seconds at most; then one line names the pools.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, evolve, field
from twisted.internet.interfaces import IDelayedCall, IReactorTime

from quorumha.events import MemberChanged

#: Seconds that a line waits for the node's other ports.
GATHER = 1.0
#: The changes that come to all ports of a node together.
TOGETHER = frozenset({"down", "ejected", "up"})


@define(eq=False)
class NodeChanges:
    """Writes one line for a node, whichever of its ports change.

    @ivar _nodes: by the node's name: what was told of it, and what writes it in the end.
    """

    _clock: IReactorTime
    _write: Callable[[MemberChanged], object]
    _nodes: dict[str, tuple[list[MemberChanged], IDelayedCall]] = field(factory=dict, init=False)

    def take(self, fact: MemberChanged) -> None:
        node = fact.node
        if node in self._nodes and self._nodes[node][0][0].change != fact.change:
            self._write_node(node)
        if fact.ports < 2 or fact.change not in TOGETHER:
            self._write(fact)
            return
        if node not in self._nodes:
            self._nodes[node] = [], self._clock.callLater(GATHER, self._write_node, node)
        facts, _ = self._nodes[node]
        facts.append(fact)
        if len({one.pool for one in facts}) == fact.ports:
            self._write_node(node)

    def stop(self) -> None:
        """Wait for nothing any more."""
        for node in tuple(self._nodes):
            self._write_node(node)

    def _write_node(self, node: str) -> None:
        facts, call = self._nodes.pop(node)
        if call.active():
            call.cancel()
        first, pools = facts[0], sorted({fact.pool for fact in facts})
        if len(pools) > 1:
            first = evolve(first, pool=", ".join(pools), upstream=node)
        self._write(first)
