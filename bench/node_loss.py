"""The loss of a node: 1,000 requests a second while one of two upstreams is killed, or falls silent.

Some seconds later it is back.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

from attrs import frozen

from bench.arms import Running, Wanted, start
from bench.processes import ROOT, NotStarted
from bench.rows import Row, row
from bench.study import Frame, say
from bench.upstreams import HttpNode

_RATE = 1000
_SECONDS = 10.0
_LOST_AT = 3.0
_BACK_AT = 6.0

#: Seconds that a node which failed is put aside: short enough to see it come back.
_ASIDE = 2

#: Seconds that nginx waits for an answer: what quorumha's first_byte_timeout is unless told otherwise.
_PATIENCE = 2

_COLUMNS = {"p50": "p50, ms", "p99": "p99, ms", "max": "max, ms"}


@frozen
class _Loss:
    """What happens to a node.

    @ivar harm: when it is lost.
    @ivar mend: when it comes back; also after a run that went wrong.
    """

    harm: Callable[[HttpNode], None]
    mend: Callable[[HttpNode], None]


_RUNS = {
    "undisturbed": None,
    "a node killed and back": _Loss(lambda node: node.child.kill(), HttpNode.start),
    "a node silent and back": _Loss(HttpNode.hush, HttpNode.wake),
}


def _run(running: Running, node: HttpNode, loss: _Loss | None) -> dict[str, float]:
    """One run; C{node} is lost and comes back in it."""
    command = [sys.executable, "-m", "bench.open_loop", str(running.port), str(_RATE), str(_SECONDS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as load:
        if loss is not None:
            time.sleep(_LOST_AT)
            loss.harm(node)
            try:
                time.sleep(_BACK_AT - _LOST_AT)
            finally:
                loss.mend(node)
        said, _ = load.communicate(timeout=_SECONDS + 30)
    if not said:
        raise NotStarted("the load ended without a word")
    found: dict[str, float] = json.loads(said)
    return found


def node_loss(frame: Frame) -> Iterator[Row]:
    """See the module."""
    runs: dict[tuple[str, str], list[dict[str, float]]] = {}
    with contextlib.ExitStack() as stack:
        nodes = [HttpNode(frame.folder("node", number)) for number in range(2)]
        for node in nodes:
            stack.callback(lambda node=node: node.child.stop())  # type: ignore[misc]
        wanted = Wanted(
            "http", tuple(node.port for node in nodes), fail_timeout=_ASIDE, read_timeout=_PATIENCE
        )
        arms = frame.among("nginx", "quorumha")
        running = {}
        for arm in arms:
            running[arm] = start(arm, wanted, frame.folder(arm))
            stack.callback(running[arm].child.stop)
        for number in range(min(frame.repeat, 3)):
            for arm in arms:
                for label, loss in _RUNS.items():
                    say(f"node-loss: round {number + 1}, {arm}, {label}")
                    found = _run(running[arm], nodes[number % 2], loss)
                    runs.setdefault((arm, label), []).append(found)
    for (arm, label), founds in runs.items():
        cells: dict[str, list[float]] = {
            shown: [found[name] * 1e3 for found in founds] for name, shown in _COLUMNS.items()
        }
        cells["answers"] = [found["answers"] for found in founds]
        cells["errors"] = [found["errors"] for found in founds]
        yield row("node-loss", f"{_RATE:,} requests a second", f"{arm}, {label}", cells)
