"""L{LogObserver}: writes the log's lines of facts; and L{NodeChanges}: one death reads as one.

A node that stands in several pools, once for each of its ports, goes down in each of them, within a second.
So the line of the first waits for the others, for L{GATHER} seconds at most; then one line names the pools.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, evolve, field
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from quorumha.events import MemberChanged
from quorumha.logs.log_lines import EVENT_LINES, LogLines

#: Seconds that a line waits for the node's other ports.
GATHER = 1.0
#: The changes that come to all ports of a node together.
TOGETHER = frozenset({"down", "ejected", "up"})


@define(eq=False)
class NodeChanges:
    """Writes one line for a node, whichever of its ports change."""

    _clock: IReactorTime
    _write: Callable[[MemberChanged], object]
    #: By the node's name: what was told of it, and what writes it in the end.
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


class LogObserver:
    """An L{Observer<quorumha.events.Observer>} that writes a line of each fact that an operator wants to see.

    The lines go to C{twisted.logger}, under one namespace; L{quorumha.logs.folding} counts those that repeat.
    """

    def __init__(
        self,
        logger: Logger | None = None,
        clock: IReactorTime | None = None,
        lines: LogLines = EVENT_LINES,
    ) -> None:
        """
        @param lines: of all facts that there may be: those of kinds, too.
        """
        self._log = Logger("quorumha") if logger is None else logger
        self._lines = lines
        # Without a clock nothing waits for a node's other ports.
        self._changes = None if clock is None else NodeChanges(clock, self._write)

    def stop(self) -> None:
        """Write what still waits."""
        if self._changes is not None:
            self._changes.stop()

    def __call__(self, fact: object) -> None:
        if self._changes is not None and isinstance(fact, MemberChanged):
            self._changes.take(fact)
        else:
            self._write(fact)

    def _write(self, fact: object) -> None:
        line = self._lines.line_of(fact)
        if line is not None:
            self._log.emit(line.level, line.text, **line.keys(fact))
