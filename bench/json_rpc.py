"""What knowing JSON-RPC costs: the same small read through C{serve = "http"} and C{"goquorum-rpc"}.

The upstreams are the cheap ones of every work: they answer each call with the same result, as a GoQuorum
writes it.  Both arms check by connecting, so that nothing but the listener differs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from bench.arms import Wanted, start_quorumha
from bench.crowd import post
from bench.rows import Row
from bench.series import Point, series
from bench.study import Frame
from bench.upstreams import HttpUpstream


def json_rpc(frame: Frame) -> Iterator[Row]:
    """See the module."""
    if "quorumha" not in frame.arms:
        return
    with contextlib.ExitStack() as stack:
        upstream = HttpUpstream(frame.folder("up"), addresses=2)
        stack.callback(upstream.child.stop)

        def point(serve: str) -> Point:
            wanted = Wanted("http", tuple(upstream.ports), serve=serve)
            folder = frame.folder("json-rpc", serve)
            return Point(
                serve, lambda: start_quorumha(wanted, folder, pool='check = "connect"\n'), 16, post()
            )

        points = [point(serve) for serve in ("http", "goquorum-rpc")]
        yield from series(frame, "json-rpc", "one small read", points, "http")
