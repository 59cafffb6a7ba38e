"""What each policy costs: quorumha with its defaults, and with one thing different."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from attrs import frozen

from bench.arms import Wanted, start_quorumha
from bench.crowd import Message, post
from bench.rows import Row
from bench.series import Point, series
from bench.study import Frame
from bench.upstreams import HttpUpstream

_NO_LIMITS = (
    "total_timeout = 0\nfirst_byte_timeout = 0\nread_timeout = 0\nsend_timeout = 0\n"
    "header_timeout = 0\nidle_timeout = 0\nclient_send_timeout = 0\n"
)
_NO_RETRY = "next_upstream = []\n"
_NOT_KEPT = "replay_limit = 1\n"
_FIVE_ROUTES = (
    'routes = [\n  { path = "/", pool = "bench" },\n'
    + "".join(f'  {{ path = "/route{n}", pool = "bench" }},\n' for n in range(4))
    + "]\n"
)
_MIRROR = 'routes = [ { path = "/", pool = "bench", mirror = "others" } ]\n'


@frozen
class _Variant:
    """One configuration.

    @ivar upstreams: how many.
    """

    label: str
    pool: str = ""
    listener: str = ""
    upstreams: int = 1


_SMALL = (
    _Variant("defaults"),
    _Variant('`forwarded = "off"`', listener='forwarded = "off"\n'),
    _Variant('`forwarded = "append"`', listener='forwarded = "append"\n'),
    _Variant("no next upstream", listener=_NO_RETRY),
    _Variant("body not kept (`replay_limit = 1`)", listener=_NOT_KEPT),
    _Variant("no time limits", "connect_timeout = 0\n", _NO_LIMITS),
    _Variant(
        "all of these off",
        "connect_timeout = 0\n",
        'forwarded = "off"\n' + _NO_LIMITS + _NO_RETRY + _NOT_KEPT,
    ),
    _Variant("5 routes", listener=_FIVE_ROUTES),
    _Variant("2 upstreams, round-robin", upstreams=2),
    _Variant("2 upstreams, least-connections", 'balance = "least-connections"\n', upstreams=2),
    _Variant('2 upstreams, `mirror = "others"`', listener=_MIRROR, upstreams=2),
)

_LARGE = (_Variant("defaults"), _Variant("body not kept (`replay_limit = 1`)", listener=_NOT_KEPT))


def _points(
    frame: Frame, variants: tuple[_Variant, ...], message: Message, connections: int, ports: list[int]
) -> list[Point]:
    def point(number: int, variant: _Variant) -> Point:
        wanted = Wanted("http", tuple(ports[: variant.upstreams]))
        folder = frame.folder(connections, number)
        return Point(
            variant.label,
            lambda: start_quorumha(wanted, folder, variant.pool, variant.listener),
            connections,
            message,
        )

    return [point(number, variant) for number, variant in enumerate(variants)]


def policies(frame: Frame) -> Iterator[Row]:
    """See the module."""
    if "quorumha" not in frame.arms:
        return
    with contextlib.ExitStack() as stack:
        upstream = HttpUpstream(frame.folder("up"), addresses=2)
        stack.callback(upstream.child.stop)
        small = _points(frame, _SMALL, post(), 16, upstream.ports)
        yield from series(frame, "policies", "POST of 200 bytes", small, "the defaults")
        large = _points(frame, _LARGE, post(body="x" * 10**6), 4, upstream.ports)
        yield from series(frame, "policies", "POST of 1 MB", large, "the defaults")
