"""What each policy costs: quorumha with its defaults, and with one thing different."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from attrs import frozen

from bench.arms import Wanted, start_quorumha
from bench.crowd import Crowd, Message, post, weighed
from bench.rows import Row, row
from bench.study import Frame, say
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


def _compare(
    frame: Frame,
    table: str,
    variants: tuple[_Variant, ...],
    message: Message,
    connections: int,
    ports: list[int],
) -> Iterator[Row]:
    costs: dict[str, list[float]] = {variant.label: [] for variant in variants}
    with contextlib.ExitStack() as stack:
        begun = []
        for number, variant in enumerate(variants):
            wanted = Wanted("http", tuple(ports[: variant.upstreams]))
            folder = frame.folder(connections, number)
            running = start_quorumha(wanted, folder, variant.pool, variant.listener)
            stack.callback(running.child.stop)
            crowd = Crowd(running.port, message, connections)
            stack.callback(crowd.close)
            crowd.run(0.2)
            begun.append((variant, running, crowd))
        for number in range(frame.repeat):
            say(f"policies: {table}, round {number + 1} of {frame.repeat}")
            for variant, running, crowd in begun:
                costs[variant.label].append(weighed(running, crowd, frame.seconds)[0])
    first = costs[variants[0].label]
    for variant in variants:
        spent = costs[variant.label]
        ratios = [one / base for one, base in zip(spent, first, strict=True)]
        yield row(
            "policies", table, variant.label, {"CPU us per request": spent, "ratio to the defaults": ratios}
        )


def policies(frame: Frame) -> Iterator[Row]:
    """See the module."""
    if "quorumha" not in frame.arms:
        return
    with contextlib.ExitStack() as stack:
        upstream = HttpUpstream(frame.folder("up"), addresses=2)
        stack.callback(upstream.child.stop)
        yield from _compare(frame, "POST of 200 bytes", _SMALL, post(), 16, upstream.ports)
        large = post(body="x" * 10**6)
        yield from _compare(frame, "POST of 1 MB", _LARGE, large, 4, upstream.ports)
