"""The works: what one run asks of one arm, and what is measured while it does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from bench.arms import Running
from bench.load_http import Load, distinct_gets, large_response, small_posts
from bench.load_tcp import large_stream, ping_pong
from bench.slow import slow_reader


@frozen
class Sizes:
    """How much is done.

    @ivar seconds: of each timed run.
    @ivar connections: at once.
    @ivar bulk: bytes of the large answer and stream.
    """

    seconds: float
    connections: int
    bulk: int


@frozen
class Measured:
    """One run of one arm.

    @ivar cpu: seconds of CPU of the proxy's whole process tree.
    @ivar grown: bytes of resident memory above what it had before, at most.
    """

    load: Load
    cpu: float
    grown: int


#: Does a work; gives what was done, and the growth of memory where the work itself watched it.
Run = Callable[[Running, Sizes, Path], tuple[Load, int | None]]


@frozen
class Work:
    """One kind of work.

    @ivar kind: C{"http"} or C{"tcp"}.
    @ivar unit: what CPU is divided by.
    @ivar each: how many of L{Load.units} one unit is.
    @ivar run: does it.
    """

    name: str
    kind: str
    unit: str
    each: int
    run: Run


class _MemoryWatch:
    """Samples a process tree's memory until it is left."""

    def __init__(self, running: Running) -> None:
        self._child = running.child
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.base = self.most = running.child.rss()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, self._child.rss())

    def __enter__(self) -> _MemoryWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self.most = max(self.most, self._child.rss())


def measure(work: Work, running: Running, sizes: Sizes, directory: Path) -> Measured:
    """Run C{work} once and weigh the proxy while it does."""
    before = running.child.cpu_seconds()
    with _MemoryWatch(running) as memory:
        load, grown = work.run(running, sizes, directory)
    cpu = running.child.cpu_seconds() - before
    return Measured(load, cpu, memory.most - memory.base if grown is None else grown)


def _posts(fresh: bool) -> Run:
    def run(running: Running, sizes: Sizes, directory: Path) -> tuple[Load, int | None]:
        return small_posts(running.port, sizes.seconds, sizes.connections, fresh, directory), None

    return run


def _distinct(running: Running, sizes: Sizes, directory: Path) -> tuple[Load, int | None]:
    return distinct_gets(running.port, sizes.seconds, sizes.connections, directory), None


def _pings(fresh: bool) -> Run:
    def run(running: Running, sizes: Sizes, _: Path) -> tuple[Load, int | None]:
        return ping_pong(running.port, sizes.seconds, sizes.connections, fresh), None

    return run


def _large(fetch: Callable[[int, int], Load]) -> Run:
    def run(running: Running, sizes: Sizes, _: Path) -> tuple[Load, int | None]:
        return fetch(running.port, sizes.bulk), None

    return run


def _slow(running: Running, sizes: Sizes, _: Path) -> tuple[Load, int | None]:
    return slow_reader(running.child, running.port, sizes.bulk, sizes.seconds)


WORKS = {
    work.name: work
    for work in (
        Work("http-keepalive", "http", "request", 1, _posts(False)),
        Work("http-distinct", "http", "request", 1, _distinct),
        Work("http-connect", "http", "request", 1, _posts(True)),
        Work("http-bulk", "http", "MB", 10**6, _large(large_response)),
        Work("tcp-pingpong", "tcp", "round trip", 1, _pings(False)),
        Work("tcp-connect", "tcp", "connection", 1, _pings(True)),
        Work("tcp-bulk", "tcp", "MB", 10**6, _large(large_stream)),
        Work("slow-reader", "http", "unit", 0, _slow),
    )
}

#: What is run unless something else is asked for: all that has a goal for its CPU.
USUAL = tuple(name for name in WORKS if name != "slow-reader")
