"""Growth: what a request costs when there are more connections, more upstreams, more routes.

The points of one series stand beside each other and take turns, so that what else the machine
does falls on all of them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from attrs import frozen

from bench.arms import Running, Wanted, start, start_quorumha
from bench.crowd import Crowd, post, weighed
from bench.rows import Row, row
from bench.study import Frame, say
from bench.upstreams import HttpUpstream

_CONNECTIONS = (1, 16, 100, 1000)
_UPSTREAMS = (2, 10, 50)
_ROUTES = (5, 50, 500)

#: Connections kept to each upstream: as many as may be busy at once, or dials would be measured.
_KEPT = 1024


@frozen
class _Point:
    """One point of a series.

    @ivar begin: starts the proxy.
    @ivar connections: of the clients.
    @ivar path: what they ask for.
    """

    label: str
    begin: Callable[[], Running]
    connections: int = 16
    path: str = "/"


def _series(frame: Frame, table: str, points: list[_Point]) -> Iterator[Row]:
    costs: dict[str, list[float]] = {point.label: [] for point in points}
    with contextlib.ExitStack() as stack:
        begun = []
        for point in points:
            running = point.begin()
            stack.callback(running.child.stop)
            crowd = Crowd(running.port, post(point.path), point.connections)
            stack.callback(crowd.close)
            # What is made once, at the first request, is no growth.
            crowd.run(0.2)
            begun.append((point, running, crowd))
        for number in range(frame.repeat):
            say(f"growth: {table}, round {number + 1} of {frame.repeat}")
            for point, running, crowd in begun:
                costs[point.label].append(weighed(running, crowd, frame.seconds)[0])
    first = costs[points[0].label]
    for point in points:
        spent = costs[point.label]
        ratios = [one / base for one, base in zip(spent, first, strict=True)]
        yield row(
            "growth", table, point.label, {"CPU us per request": spent, f"ratio to {points[0].label}": ratios}
        )


def growth(frame: Frame) -> Iterator[Row]:
    """See the module."""
    with contextlib.ExitStack() as stack:
        upstream = HttpUpstream(frame.folder("up"), addresses=max(_UPSTREAMS))
        stack.callback(upstream.child.stop)
        one = Wanted("http", (upstream.port,), keepalive=_KEPT)
        for arm in frame.among("nginx", "quorumha"):
            yield from _series(
                frame,
                f"connections, {arm}",
                [
                    _Point(str(n), lambda n=n, arm=arm: start(arm, one, frame.folder(arm, n)), n)  # type: ignore[misc]
                    for n in _CONNECTIONS
                ],
            )
        if "quorumha" not in frame.arms:
            return
        yield from _series(
            frame,
            "upstreams, quorumha",
            [
                _Point(
                    str(n),
                    lambda n=n: start(  # type: ignore[misc]
                        "quorumha", Wanted("http", tuple(upstream.ports[:n])), frame.folder("up", n)
                    ),
                )
                for n in _UPSTREAMS
            ],
        )
        yield from _series(
            frame,
            "routes, quorumha",
            [
                _Point(
                    str(n),
                    lambda n=n: start_quorumha(one, frame.folder("routes", n), listener=_routes(n)),  # type: ignore[misc]
                    path=f"/route{n - 1}/x",
                )
                for n in _ROUTES
            ],
        )


def _routes(count: int) -> str:
    lines = "".join(f'  {{ path = "/route{n}", pool = "bench" }},\n' for n in range(count))
    return f"routes = [\n{lines}]\n"
