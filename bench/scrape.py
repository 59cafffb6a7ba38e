"""C{python -m bench.scrape}: for how long a scrape of the metrics keeps the reactor, a turn.

The proxy is in memory, with many pools of some members each, and has served requests; C{/metrics} is asked as
the admin asks it, and each turn that it takes is timed.  A turn is what clients may have to wait for.
"""

from __future__ import annotations

import argparse
import gc
import time
from collections import deque
from collections.abc import Callable
from statistics import median
from typing import Any

from attrs import define, field, frozen
from twisted.internet.task import Clock
from twisted.web.test.requesthelper import DummyRequest

from quorumha.admin.exposition import MetricsResource
from quorumha.admin.metrics import Metrics
from quorumha.testing import MemoryProxy, http_request


@frozen
class Scrape:
    """What one scrape took: seconds of CPU of each turn, and lines of text."""

    turns: tuple[float, ...]
    lines: int


@define
class TurnClock:
    """Stands for the reactor's clock: what is to be called later is a turn of its own."""

    waiting: deque[Callable[[], object]] = field(factory=deque)

    def callLater(self, delay: float, call: Callable[..., object], *args: Any) -> object:
        """Next."""
        self.waiting.append(lambda: call(*args))
        return Clock().callLater(0, lambda: None)

    def seconds(self) -> float:
        """What a clock says."""
        return 1000.0


def configuration(pools: int, members: int) -> str:
    """As many pools, each with a listener."""
    text = ""
    for pool in range(pools):
        upstreams = ", ".join(f'"http://10.{pool}.0.{member + 1}:9101"' for member in range(members))
        text += f"[pools.pool{pool}]\nupstreams = [{upstreams}]\n"
        text += (
            f'[listeners.listener{pool}]\nlisten = "tcp:{9000 + pool}"\nserve = "http"\npool = "pool{pool}"\n'
        )
    return text


def scraped(resource: MetricsResource, clock: TurnClock) -> Scrape:
    """One scrape, turn by turn."""
    request, turns = DummyRequest([b""]), []
    clock.waiting.append(lambda: resource.render(request))
    while clock.waiting:
        turn = clock.waiting.popleft()
        begun = time.thread_time()
        turn()
        turns.append(time.thread_time() - begun)
    return Scrape(tuple(turns), b"".join(request.written).count(b"\n"))


def run(pools: int, members: int, scrapes: int) -> list[Scrape]:
    """Serve, and be scraped so often."""
    proxy = MemoryProxy(configuration(pools, members))
    proxy.simulate()
    proxy.start()
    for pool in range(pools):
        for _ in range(2 * members):
            proxy.ask(http_request(b"GET", b"/"), f"listener{pool}")
    clock = TurnClock()
    metrics = Metrics(proxy.service, proxy.net.clock)
    resource = MetricsResource(metrics, clock)  # type: ignore[arg-type]  # stands for it
    scraped(resource, clock)
    # As in a process that has run for a while: what stays is not looked through again and again.
    gc.collect()
    gc.freeze()
    found = [scraped(resource, clock) for _ in range(scrapes)]
    gc.unfreeze()
    proxy.stop()
    return found


def _loop(rounds: int) -> float:
    """Seconds of CPU that so many rounds of nothing take."""
    begun = time.thread_time()
    for _ in range(rounds):
        pass
    return time.thread_time() - begun


def disturbed(seconds: float, total: float) -> float:
    """How long a loop of so many seconds of CPU takes at the worst, on this machine as busy as it is.

    @param total: seconds in which it is tried again and again.
    """
    rounds = int(100_000 * seconds / median(_loop(100_000) for _ in range(9)))
    return max(_loop(rounds) for _ in range(max(1, int(total / seconds))))


def report(found: list[Scrape], worst_loop: Callable[[float, float], float] = disturbed) -> str:
    """What it came to, in words.

    @param worst_loop: as L{disturbed}.
    """
    longest = [max(one.turns) for one in found]
    usual = median(longest)
    beside = worst_loop(usual, sum(sum(one.turns) for one in found))
    return (
        f"{found[0].lines} lines in {len(found[0].turns)} turns; {len(found)} scrapes:"
        f" the longest turn took {1000 * usual:.2f} ms of CPU as a rule,"
        f" {1000 * max(longest):.2f} ms at the worst"
        f" (a loop of {1000 * usual:.2f} ms, beside: {1000 * beside:.2f} ms); all turns of a scrape"
        f" {1000 * median(sum(one.turns) for one in found):.1f} ms"
    )


def main(arguments: list[str] | None = None) -> None:
    """Print it."""
    parser = argparse.ArgumentParser(prog="python -m bench.scrape", description=__doc__)
    parser.add_argument("--pools", type=int, default=10)
    parser.add_argument("--members", type=int, default=4, help="of each pool")
    parser.add_argument("--scrapes", type=int, default=100)
    chosen = parser.parse_args(arguments)
    print(report(run(chosen.pools, chosen.members, chosen.scrapes)))


if __name__ == "__main__":
    main()
