"""What knowing Tessera costs: the same small reads through C{serve = "http"} and C{"tessera-q2t"}.

The upstreams are the cheap ones of every work: they answer each path with 200, as a Tessera answers
that has the transaction.  Everything is as an operator gets it by default, active checks too.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bench.arms import Wanted, start_quorumha
from bench.crowd import Lookups, Message, lookup
from bench.rows import Row
from bench.series import Point, series
from bench.study import Frame
from bench.upstreams import HttpUpstream


def tessera(frame: Frame) -> Iterator[Row]:
    """See the module."""
    if "quorumha" not in frame.arms:
        return
    with contextlib.ExitStack() as stack:
        upstream = HttpUpstream(frame.folder("up"), addresses=2)
        stack.callback(upstream.child.stop)

        def point(serve: str, message: Message, folder: str) -> Point:
            wanted = Wanted("http", tuple(upstream.ports), serve=serve)
            return Point(serve, lambda: start_quorumha(wanted, frame.folder(folder, serve)), 16, message)

        for table, message in (
            ("read of one transaction", lookup()),
            ("read of another transaction each time", Lookups()),
        ):
            points = [point(serve, message, table[:9]) for serve in ("http", "tessera-q2t")]
            yield from series(frame, "tessera", table, points, "http")
