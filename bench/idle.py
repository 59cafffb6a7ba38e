"""Idle memory: what a client's connection that does nothing holds in the proxy.

Each connection has been used once and is kept, as a client's pool keeps it.  A relay's
connection has another one behind it, to the upstream; both together are one here.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

from bench.arms import Wanted, start
from bench.crowd import ECHO, Crowd, post
from bench.processes import NotStarted
from bench.rows import Row, row
from bench.study import Frame, say
from bench.upstreams import HttpUpstream, TcpUpstream

_CONNECTIONS = 5000

#: What is made once is there before anything is weighed.
_FIRST = 100


def _weigh(arm: str, kind: str, upstream: int, frame: Frame, number: int) -> float:
    """Bytes of resident memory for each connection."""
    wanted = Wanted(kind, (upstream,), capacity=2 * (_CONNECTIONS + _FIRST) + 100)
    message = post() if kind == "http" else ECHO
    with contextlib.ExitStack() as stack:
        running = start(arm, wanted, frame.folder(kind, arm, number))
        stack.callback(running.child.stop)
        stack.callback(Crowd(running.port, message, _FIRST).close)
        before = running.child.rss()
        stack.callback(Crowd(running.port, message, _CONNECTIONS).close)
        time.sleep(0.5)
        return (running.child.rss() - before) / _CONNECTIONS


def idle_memory(frame: Frame) -> Iterator[Row]:
    """See the module.  Memory is not given back, so each round is a process of its own."""
    with contextlib.ExitStack() as stack:
        http = HttpUpstream(frame.folder("http"))
        stack.callback(http.child.stop)
        tcp = TcpUpstream(frame.folder("tcp"))
        stack.callback(tcp.child.stop)
        for kind, port in (("http", http.port), ("tcp", tcp.port)):
            held: dict[str, list[float]] = {arm: [] for arm in frame.arms}
            for number in range(min(frame.repeat, 3)):
                for arm in frame.arms:
                    say(f"idle-memory: {kind}, round {number + 1}, {arm}")
                    try:
                        held[arm].append(_weigh(arm, kind, port, frame, number) / 1024)
                    except (NotStarted, OSError) as reason:
                        say(f"idle-memory: {kind}, {arm}: {reason}")
            title = "HTTP listener" if kind == "http" else "TCP relay"
            for arm in frame.arms:
                cells = {f"KiB per idle connection, at {_CONNECTIONS:,}": held[arm]}
                yield row("idle-memory", title, arm, cells)
