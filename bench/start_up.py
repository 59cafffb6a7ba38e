"""Start-up: from the start of the process to the first answer."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from bench.arms import Wanted, launch
from bench.crowd import Crowd, post
from bench.processes import NotStarted
from bench.rows import Row, row
from bench.study import Frame, say
from bench.upstreams import HttpUpstream

#: Seconds between two attempts to connect, and until nothing more is hoped for.
_PAUSE = 0.002
_LIMIT = 20.0


def _once(arm: str, upstream: int, frame: Frame, number: int) -> tuple[float, float]:
    """Seconds until the first answer, and of CPU until then."""
    begun = time.perf_counter()
    running = launch(arm, Wanted("http", (upstream,)), frame.folder(arm, number))
    try:
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", running.port)) == 0:
                    break
            if running.child.popen.poll() is not None or time.perf_counter() > begun + _LIMIT:
                raise NotStarted(running.child.said())
            time.sleep(_PAUSE)
        Crowd(running.port, post(), 1).close()
        return time.perf_counter() - begun, running.child.cpu_seconds()
    finally:
        running.child.stop()


def start_up(frame: Frame) -> Iterator[Row]:
    """See the module."""
    taken: dict[str, list[float]] = {arm: [] for arm in frame.arms}
    spent: dict[str, list[float]] = {arm: [] for arm in frame.arms}
    with contextlib.ExitStack() as stack:
        upstream = HttpUpstream(frame.folder("up"))
        stack.callback(upstream.child.stop)
        for number in range(max(5, frame.repeat)):
            say(f"start-up: round {number + 1}")
            for arm in frame.arms:
                try:
                    one, cpu = _once(arm, upstream.port, frame, number)
                except (NotStarted, OSError) as reason:
                    say(f"start-up: {arm}: {reason}")
                else:
                    taken[arm].append(one)
                    spent[arm].append(cpu)
    for arm in frame.arms:
        cells = {"seconds to the first answer": taken[arm], "of CPU": spent[arm]}
        yield row("start-up", "start-up", arm, cells)
