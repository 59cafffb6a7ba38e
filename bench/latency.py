"""Latency: one client, one request at a time, straight to the upstream and through each arm."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from bench.arms import Wanted, start
from bench.crowd import Message, post
from bench.figures import percentile
from bench.processes import NotStarted
from bench.rows import Row, row
from bench.study import Frame, say
from bench.upstreams import HttpUpstream

_STRAIGHT = "no proxy"


def times(port: int, message: Message, seconds: float) -> list[float]:
    """Seconds that each of the requests took, ascending."""
    taken: list[float] = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            client.sendall(message.data)
            got = b""
            while not got.endswith(message.ending):
                piece = client.recv(65536)
                if not piece:
                    raise OSError("the connection ended before the answer")
                got += piece
            taken.append(time.perf_counter() - begun)
    return sorted(taken)


def latency(frame: Frame) -> Iterator[Row]:
    """See the module."""
    half: dict[str, list[float]] = {}
    most: dict[str, list[float]] = {}
    with contextlib.ExitStack() as stack:
        upstream = HttpUpstream(frame.folder("up"))
        stack.callback(upstream.child.stop)
        ports = {_STRAIGHT: upstream.port}
        for arm in frame.arms:
            try:
                running = start(arm, Wanted("http", (upstream.port,)), frame.folder(arm))
            except NotStarted as reason:
                say(f"latency: {arm}: {reason}")
                continue
            stack.callback(running.child.stop)
            ports[arm] = running.port
        for number in range(frame.repeat):
            say(f"latency: round {number + 1} of {frame.repeat}")
            for arm, port in ports.items():
                taken = times(port, post(), frame.seconds)
                half.setdefault(arm, []).append(percentile(taken, 0.5) * 1e6)
                most.setdefault(arm, []).append(percentile(taken, 0.99) * 1e6)
    for arm in ports:
        cells = {"p50, us": half[arm], "p99, us": most[arm]}
        for name, base in (("no proxy", _STRAIGHT), ("nginx", "nginx")):
            if base in half:
                cells[f"p50 over {name}, us"] = _over(half[arm], half[base]) if arm != base else []
        yield row("latency", "1 connection", arm, cells)


def _over(values: list[float], base: list[float]) -> list[float]:
    """By how much each is above the base of the same round."""
    return [value - other for value, other in zip(values, base, strict=True)]
