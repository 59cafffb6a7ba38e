"""What knowing JSON-RPC costs: the same through C{serve = "http"} and C{"goquorum-rpc"}, in turn.

For small reads the upstreams are the cheap ones of every work: they answer each call with the same result, as
a GoQuorum writes it.  For everything else they are L{RpcNodes}, in a process of their own.  All check by
connecting, so that nothing but the listener differs.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence

from bench.arms import Running, Wanted, start_quorumha
from bench.crowd import Message, post
from bench.figures import percentile
from bench.latency import times
from bench.load_http import CALL
from bench.processes import NotStarted
from bench.rows import Row, row
from bench.rpc_nodes import RpcNodes
from bench.series import Point, series
from bench.study import Frame, say
from bench.subscribers import Subscribers
from bench.upstreams import HttpUpstream

_BATCH = 100
_SOCKETS = 1000
_WORK = "json-rpc"
_SERVED = ("http", "goquorum-rpc")


def _proxy(frame: Frame, name: str, serve: str, ports: Sequence[int], listener: str = "") -> Running:
    wanted = Wanted("http", tuple(ports), keepalive=2 * _SOCKETS, serve=serve)
    return start_quorumha(wanted, frame.folder(name), 'check = "connect"\n', listener)


def json_rpc(frame: Frame) -> Iterator[Row]:
    """See the module."""
    if "quorumha" not in frame.arms:
        return
    with contextlib.ExitStack() as stack:
        upstream = HttpUpstream(frame.folder("up"), addresses=2)
        stack.callback(upstream.child.stop)
        nodes = RpcNodes(frame.folder("nodes"))
        stack.callback(nodes.child.stop)
        yield from series(
            frame, _WORK, "one small read", _points(frame, "read", upstream.ports, post()), "http"
        )
        batch = _points(frame, "batch", nodes.ports, _batch())
        yield from series(frame, _WORK, f"batch of {_BATCH} reads", batch, "http", "entry", _BATCH)
        yield from _transactions(frame, nodes)
        yield from _heads(frame)


def _points(frame: Frame, name: str, ports: Sequence[int], message: Message) -> list[Point]:
    return [
        Point(serve, lambda serve=serve: _proxy(frame, f"{name}-{serve}", serve, ports), 16, message)  # type: ignore[misc]
        for serve in _SERVED
    ]


def _batch() -> Message:
    call = json.loads(CALL)
    body = json.dumps([{**call, "id": number} for number in range(1, _BATCH + 1)])
    return Message(post(body=body).data, b'"}]\n')


def _transaction() -> Message:
    params = {"from": "0x" + "12" * 20, "to": "0x" + "34" * 20, "gas": "0x5208", "value": "0x0"}
    call = {"jsonrpc": "2.0", "id": 1, "method": "eth_sendTransaction", "params": [params]}
    return Message(post(body=json.dumps(call)).data, b'"}\n')


def _transactions(frame: Frame, nodes: RpcNodes) -> Iterator[Row]:
    """How long one transaction takes after the other, and what spreading it adds."""
    message, base = _transaction(), 'goquorum-rpc, acknowledge = "at-once"'
    kinds = {
        "http": ("http", ""),
        base: ("goquorum-rpc", 'acknowledge = "at-once"\n'),
        'goquorum-rpc, acknowledge = "spread"': ("goquorum-rpc", ""),
    }
    half: dict[str, list[float]] = {label: [] for label in kinds}
    most: dict[str, list[float]] = {label: [] for label in kinds}
    cost: dict[str, list[float]] = {label: [] for label in kinds}
    with contextlib.ExitStack() as stack:
        begun = {}
        for place, (label, (serve, listener)) in enumerate(kinds.items()):
            begun[label] = _proxy(frame, f"send-{place}", serve, nodes.ports, listener)
            stack.callback(begun[label].child.stop)
            times(begun[label].port, message, 0.2)
        for number in range(frame.repeat):
            say(f"{_WORK}: eth_sendTransaction, round {number + 1} of {frame.repeat}")
            for label, running in begun.items():
                before = running.child.cpu_seconds()
                taken = times(running.port, message, frame.seconds)
                cost[label].append((running.child.cpu_seconds() - before) / len(taken) * 1e6)
                half[label].append(percentile(taken, 0.5) * 1e3)
                most[label].append(percentile(taken, 0.95) * 1e3)
    for label in kinds:
        over = [one - other for one, other in zip(half[label], half[base], strict=True)]
        yield row(
            _WORK,
            "eth_sendTransaction, 1 connection",
            label,
            {
                "p50, ms": half[label],
                "p95, ms": most[label],
                "p50 over at-once, ms": over if label != base else [],
                "CPU us per transaction": cost[label],
            },
        )


def _heads(frame: Frame) -> Iterator[Row]:
    """What a head costs for each WebSocket that has subscribed."""
    costs: dict[str, list[float]] = {serve: [] for serve in _SERVED}
    heads = max(3, round(5 * frame.seconds))
    with contextlib.ExitStack() as stack:
        begun = []
        for serve in _SERVED:
            # Subscribers answer no pings.
            upgrade = "upgrade = true\n" if serve == "http" else 'ping_interval = "1h"\n'
            # Each has nodes of its own: they tell of a head whoever has subscribed.
            nodes = RpcNodes(frame.folder(f"nodes-{serve}"))
            stack.callback(nodes.child.stop)
            running = _proxy(frame, f"heads-{serve}", serve, nodes.ports, upgrade)
            stack.callback(running.child.stop)
            told = Subscribers(running.port, nodes.ports[0], _SOCKETS)
            stack.callback(told.close)
            begun.append((serve, running, told))
            told.run(1)
        for number in range(frame.repeat):
            say(f"{_WORK}: heads, round {number + 1} of {frame.repeat}")
            for serve, running, told in begun:
                before = running.child.cpu_seconds()
                missed = told.run(heads)
                if missed:
                    raise NotStarted(f"{missed} heads did not come: {running.child.said()}")
                costs[serve].append((running.child.cpu_seconds() - before) / heads / _SOCKETS * 1e6)
    for serve, spent in costs.items():
        ratios = [one / other for one, other in zip(spent, costs["http"], strict=True)]
        cells = {"CPU us per socket": spent, "ratio to http": ratios}
        yield row(_WORK, f"a head told to {_SOCKETS:,} WebSockets", serve, cells)
