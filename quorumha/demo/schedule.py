"""Who dies when: a pure sequence of deaths and returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import cycle

from attrs import frozen

#: Seconds that a node is dead, and seconds that all live after that.
DEAD, ALIVE = 2.0, 1.5


@frozen
class Event:
    """Something that happens to a node.

    @ivar at: seconds after the beginning.
    @ivar dies: True, it is killed; False, it comes back.
    """

    at: float
    node: str
    dies: bool


def schedule(nodes: Sequence[str], duration: float) -> Iterator[Event]:
    """Each node in turn dies and comes back, one at a time.

    @param nodes: their names, in the order of their deaths.
    @param duration: seconds; nobody dies so late that it would not be back.  0: without end.
    """
    # A short demo has its deaths too.
    pace = 1.0 if not duration else min(1.0, duration / (2 * (DEAD + ALIVE)))
    at = ALIVE * pace
    for node in cycle(nodes):
        if duration and at + DEAD * pace > duration:
            return
        yield Event(at, node, dies=True)
        yield Event(at + DEAD * pace, node, dies=False)
        at += (DEAD + ALIVE) * pace
