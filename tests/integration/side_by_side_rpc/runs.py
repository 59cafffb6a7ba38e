"""One scenario before one proxy."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

from tests.integration.side_by_side_rpc.figures import Figures, of_senders
from tests.integration.side_by_side_rpc.heads import Heads
from tests.integration.side_by_side_rpc.load import Asking, Reader, Sender, Unanswered
from tests.integration.side_by_side_rpc.stage import Stage

#: What is done to a1 half-way, and what undoes it.
TROUBLE = {"nothing": (), "killed": ("die", "start"), "hung": ("freeze", "thaw"), "lags": ("lag", "no-lag")}
#: Seconds for which the trouble lasts.
AWAY = {"killed": 3.0, "hung": 6.0, "lags": 6.0}
#: Clients, and how many transactions each sends.
CLIENTS, EACH = 4, 500
#: Seconds of reads, and of heads; trouble begins after the first two.
SECONDS = 12.0
#: Nobody sets it.
_PAUSE = threading.Event()


@contextlib.contextmanager
def _stage(arm: str) -> Iterator[Stage]:
    with tempfile.TemporaryDirectory(prefix="quorumha-rpc-") as folder:
        stage = Stage(arm, Path(folder))
        try:
            asking, end = Asking(stage.port, 0), time.monotonic() + 20
            while time.monotonic() < end:
                with contextlib.suppress(Unanswered):
                    if "result" in asking.ask("eth_blockNumber"):
                        break
            # Checks find each node.
            _PAUSE.wait(2.0)
            yield stage
        finally:
            stage.end()


def _trouble(stage: Stage, what: str, when: Callable[[], bool], node: str = "a1") -> None:
    if what == "nothing":
        return
    while not when():
        _PAUSE.wait(0.005)
    begin, end = TROUBLE[what]
    stage.order(f"{begin} {node}")
    _PAUSE.wait(AWAY[what])
    stage.order(f"{end} {node}")


def _begin(run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def transactions(arm: str, what: str, each: int = EACH) -> Figures:
    """Four clients send, and half-way something happens to the first node."""
    with _stage(arm) as stage:
        senders = [Sender(stage.port, n, accounts=stage.accounts, left=each) for n in range(CLIENTS)]
        threads = [_begin(one.run) for one in senders]
        _trouble(stage, what, lambda: sum(one.left for one in senders) <= CLIENTS * each / 2)
        for thread in threads:
            thread.join()
        # What waits in a node comes into blocks.
        _PAUSE.wait(3.0)
        scenario = f"transactions, one {what}" if what != "nothing" else "transactions, nothing"
        return of_senders(scenario, arm, senders, CLIENTS * each, stage.report()["mined"])


def reads(arm: str, what: str, seconds: float = SECONDS) -> Figures:
    """Two clients read while something happens to the first node."""
    with _stage(arm) as stage:
        stage.order("blocks")
        begun = time.monotonic()
        readers = [Reader(stage.port, n) for n in range(2)]
        threads = [_begin(lambda one=one: one.run(begun + seconds)) for one in readers]  # type: ignore[misc]
        _trouble(stage, what, lambda: time.monotonic() > begun + seconds / 6)
        for thread in threads:
            thread.join()
        calls, failed = sum(one.reads for one in readers), sum(one.failed for one in readers)
        return Figures(
            f"reads, one {what}",
            arm,
            calls,
            calls - failed,
            errors=failed,
            backwards=sum(one.backwards for one in readers),
            longest=round(max(one.longest for one in readers), 2),
            said=dict(sum((one.said for one in readers), Counter())),
        )


def heads(arm: str, what: str) -> Figures:
    """A client is told of heads while something happens to one node, and then to the other one."""
    with _stage(arm) as stage:
        stage.order("blocks")
        begun = time.monotonic()
        end = begun + 2 * AWAY[what] + 6.0
        client = Heads(stage.port)
        thread = _begin(lambda: client.run(end))
        for n, node in enumerate(("a1", "a2")):
            due_at = begun + 2.0 + n * (AWAY[what] + 2.0)
            _trouble(stage, what, lambda due_at=due_at: time.monotonic() > due_at, node)  # type: ignore[misc]
        thread.join()
        numbers = [number for _, number in client.heads]
        due = range(numbers[0], numbers[-1] + 1) if numbers else range(0)
        return Figures(
            f"heads, each {what} in turn",
            arm,
            len(due),
            len(set(numbers)),
            lost=len(due) - len(set(numbers)),
            twice=len(numbers) - len(set(numbers)),
            backwards=sum(later < earlier for earlier, later in pairwise(numbers)),
            longest=round(max((b - a for (a, _), (b, _) in pairwise(client.heads)), default=end - begun), 2),
            said={"sockets": client.sockets},
        )


#: By name, in the table's order.
SCENARIOS: dict[str, tuple[Callable[..., Figures], str]] = {
    "transactions": (transactions, "nothing"),
    "transactions-killed": (transactions, "killed"),
    "transactions-hung": (transactions, "hung"),
    "reads-killed": (reads, "killed"),
    "reads-hung": (reads, "hung"),
    "reads-lags": (reads, "lags"),
    "heads-killed": (heads, "killed"),
    "heads-hung": (heads, "hung"),
}
