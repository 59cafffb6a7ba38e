"""Growth: what a request costs when there are more connections, more upstreams, more routes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bench.arms import Wanted, start, start_quorumha
from bench.crowd import post
from bench.rows import Row
from bench.series import Point, series
from bench.study import Frame
from bench.upstreams import HttpUpstream

_CONNECTIONS = (1, 16, 100, 1000)
_UPSTREAMS = (2, 10, 50)
_ROUTES = (5, 50, 500)

#: Connections kept to each upstream: as many as may be busy at once, or dials would be measured.
_KEPT = 1024


def growth(frame: Frame) -> Iterator[Row]:
    """See the module."""
    with contextlib.ExitStack() as stack:
        upstream = HttpUpstream(frame.folder("up"), addresses=max(_UPSTREAMS))
        stack.callback(upstream.child.stop)
        one = Wanted("http", (upstream.port,), keepalive=_KEPT)
        for arm in frame.among("nginx", "quorumha"):
            busy = [
                Point(str(n), lambda n=n, arm=arm: start(arm, one, frame.folder(arm, n)), n)  # type: ignore[misc]
                for n in _CONNECTIONS
            ]
            yield from series(frame, "growth", f"connections, {arm}", busy, busy[0].label)
        if "quorumha" not in frame.arms:
            return
        many = [
            Point(
                str(n),
                lambda n=n: start(  # type: ignore[misc]
                    "quorumha", Wanted("http", tuple(upstream.ports[:n])), frame.folder("up", n)
                ),
            )
            for n in _UPSTREAMS
        ]
        yield from series(frame, "growth", "upstreams, quorumha", many, many[0].label)
        routed = [
            Point(
                str(n),
                lambda n=n: start_quorumha(one, frame.folder("routes", n), listener=_routes(n)),  # type: ignore[misc]
                message=post(f"/route{n - 1}/x"),
            )
            for n in _ROUTES
        ]
        yield from series(frame, "growth", "routes, quorumha", routed, routed[0].label)


def _routes(count: int) -> str:
    lines = "".join(f'  {{ path = "/route{n}", pool = "bench" }},\n' for n in range(count))
    return f"routes = [\n{lines}]\n"
