"""A series: proxies that stand beside each other and take turns, each with a crowd of its own.

So what else the machine does falls on all of them, and each is compared with the first one of the
same round.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from attrs import field, frozen

from bench.arms import Running
from bench.crowd import Crowd, Message, post, weighed
from bench.rows import Row, row
from bench.study import Frame, say


@frozen
class Point:
    """One line of the table.

    @ivar begin: starts the proxy.
    @ivar connections: of its clients.
    @ivar message: what they send.
    """

    label: str
    begin: Callable[[], Running]
    connections: int = 16
    message: Message = field(factory=post)


def series(
    frame: Frame,
    work: str,
    table: str,
    points: Sequence[Point],
    base: str,
    unit: str = "request",
    each: int = 1,
) -> Iterator[Row]:
    """CPU for each request at each point, and its ratio to the first point's.

    @param base: what the first point is called in the column of the ratio.
    @param unit: what CPU is divided by.
    @param each: how many of these one message is.
    """
    costs: dict[str, list[float]] = {point.label: [] for point in points}
    with contextlib.ExitStack() as stack:
        begun = []
        for point in points:
            running = point.begin()
            stack.callback(running.child.stop)
            crowd = Crowd(running.port, point.message, point.connections)
            stack.callback(crowd.close)
            # What is made once, at the first request, is no cost of the point.
            crowd.run(0.2)
            begun.append((point, running, crowd))
        for number in range(frame.repeat):
            say(f"{work}: {table}, round {number + 1} of {frame.repeat}")
            for point, running, crowd in begun:
                costs[point.label].append(weighed(running, crowd, frame.seconds)[0] / each)
    first = costs[points[0].label]
    for point in points:
        spent = costs[point.label]
        ratios = [one / other for one, other in zip(spent, first, strict=True)]
        yield row(work, table, point.label, {f"CPU us per {unit}": spent, f"ratio to {base}": ratios})
