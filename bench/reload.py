"""C{python -m bench.reload}: what clients notice of reloads of quorumha, nginx and HAProxy.

200 requests a second over 40 connections that are kept, each tenth on a new one, while the proxy is told 20
times to read its file again: 16 good ones, and 4 wrong ones.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import asdict, evolve, frozen

from bench.processes import Child, NotStarted
from bench.reload_arms import ARMS, STEPS, Arm, make
from bench.reload_load import Found, Wishes

#: Seconds before the first reload, and after the last one.
MARGIN = 0.5


@frozen
class Row:
    """One run of one arm.

    @ivar taken: files that were, of those that the proxy was told to read; C{refused}: those that were not.
    """

    arm: str
    found: Found
    taken: int
    refused: int


COLUMNS = ("sent", "lost", "done", "repeated", "closed", "reconnects")
HEADS = (
    "proxy",
    "sent",
    "lost",
    "lost, but carried out",
    "carried out twice",
    "connections closed by the proxy",
    "reconnects",
    "files taken",
    "files refused",
)


def measure(kind: type[Arm], wishes: Wishes, reloads: int, folder: Path) -> Row:
    """One run.

    @param wishes: its port is the arm's own.
    @raise NotStarted: the proxy is not installed, or does not come up.
    """
    with contextlib.ExitStack() as stack:
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "bench.reload_load"]
        load = Child(command, folder / "load.log", keep_input=True)
        stack.callback(load.kill)
        arm = make(kind, _heard(load), folder / "proxy")
        stack.callback(arm.stop)
        arm.start()
        assert load.popen.stdin is not None
        load.popen.stdin.write(json.dumps(asdict(evolve(wishes, port=arm.port))).encode() + b"\n")
        load.popen.stdin.flush()
        begun = time.monotonic()
        taken = 0
        each = (wishes.seconds - 2 * MARGIN) / reloads
        for number in range(reloads):
            time.sleep(max(0.0, begun + MARGIN + number * each - time.monotonic()))
            taken += arm.reload(STEPS[number % len(STEPS)])
        return Row(kind.name, Found(**_heard(load)), taken, reloads - taken)


def _heard(load: Child) -> Any:
    assert load.popen.stdout is not None
    line = load.popen.stdout.readline()
    if not line:
        raise NotStarted(f"the load ended: {load.said()}")
    return json.loads(line)


def table(rows: Sequence[Row]) -> str:
    """All runs of each arm together, as Markdown."""
    lines = ["| " + " | ".join(HEADS) + " |", "|---" * len(HEADS) + "|"]
    for arm in dict.fromkeys(row.arm for row in rows):
        mine = [row for row in rows if row.arm == arm]
        figures = [sum(getattr(row.found, name) for row in mine) for name in COLUMNS]
        figures += [sum(row.taken for row in mine), sum(row.refused for row in mine)]
        lines.append(f"| {arm} | " + " | ".join(f"{figure:,}" for figure in figures) + " |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.reload", description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, help="rounds; every proxy runs once in each")
    parser.add_argument("--seconds", type=float, default=16.0, help="of each run")
    parser.add_argument("--reloads", type=int, default=20)
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--arms", default=",".join(arm.name.lower() for arm in ARMS))
    chosen = parser.parse_args(arguments)
    wishes = Wishes(0, chosen.clients, chosen.rate, chosen.seconds)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="quorumha-bench-", ignore_cleanup_errors=True) as temporary:
        for turn in range(chosen.repeat):
            for kind in ARMS:
                if kind.name.lower() not in chosen.arms.lower().split(","):
                    continue
                try:
                    row = measure(kind, wishes, chosen.reloads, Path(temporary) / f"{kind.name}-{turn}")
                except NotStarted as reason:
                    print(f"{kind.name}: {reason}", file=sys.stderr)
                    continue
                print(f"{row.arm}: {row.found}, {row.taken} taken, {row.refused} refused", file=sys.stderr)
                rows.append(row)
    print(table(rows))


if __name__ == "__main__":
    main()
