"""C{python -m bench}: run works through arms, interleaved, and print what it cost."""

from __future__ import annotations

import argparse
import contextlib
import shutil
import sys
import tempfile
from pathlib import Path

from bench.arms import ARMS, Running, start
from bench.load_http import check
from bench.processes import NotStarted
from bench.table import Summary, json_line, markdown, summarise
from bench.upstreams import ANSWER, HttpUpstream, TcpUpstream
from bench.works import WORKS, Measured, Sizes, Work, measure


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--work", default="http-keepalive", help=f"all, or any of: {', '.join(WORKS)}")
    parser.add_argument("--arms", default=",".join(ARMS), help=f"any of: {', '.join(ARMS)}")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each timed run")
    parser.add_argument("--repeat", type=int, default=3, help="rounds; every arm runs once in each")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--megabytes", type=int, default=200, help="of the large answers")
    parser.add_argument("--full", action="store_true", help="large answers of 1 GB")
    parser.add_argument("--json", type=Path, help="append JSON lines to this file")
    chosen = parser.parse_args(arguments)
    chosen.work = list(WORKS) if chosen.work == "all" else chosen.work.split(",")
    chosen.arms = chosen.arms.split(",")
    for name, known in (("work", WORKS), ("arms", ARMS)):
        for one in getattr(chosen, name):
            if one not in known:
                parser.error(f"--{name}: {one!r} is none of {', '.join(known)}")
    return chosen


def _run_work(
    work: Work, arms: list[str], repeat: int, sizes: Sizes, upstream: int, directory: Path
) -> dict[str, Summary]:
    """All arms stand at once; in each round every arm works once, alone."""
    runs: dict[str, list[Measured]] = {arm: [] for arm in arms}
    missing: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        running: dict[str, Running] = {}
        for arm in arms:
            try:
                started = start(arm, work.kind, upstream, directory / work.name / arm)
                stack.callback(started.child.stop)
                if work.kind == "http":
                    check(started.port, ANSWER)
            except (NotStarted, OSError) as reason:
                missing[arm] = str(reason)
            else:
                running[arm] = started
        for number in range(repeat):
            for arm, one in running.items():
                print(f"{work.name}: round {number + 1} of {repeat}, {arm}", file=sys.stderr)
                try:
                    runs[arm].append(measure(work, one, sizes, directory))
                except (NotStarted, OSError) as reason:
                    missing[arm] = str(reason)
    return {arm: summarise(work, arm, runs[arm], runs.get("nginx", []), missing.get(arm)) for arm in arms}


def main(arguments: list[str] | None = None) -> int:
    chosen = _options(arguments)
    bulk = 10**9 if chosen.full else chosen.megabytes * 10**6
    sizes = Sizes(chosen.seconds, chosen.connections, bulk)
    if shutil.which("nginx") is None and any(WORKS[name].kind == "http" for name in chosen.work):
        print(
            "nginx is not installed: it is the upstream of the HTTP works, so they cannot run",
            file=sys.stderr,
        )
        return 69
    with tempfile.TemporaryDirectory(prefix="quorumha-bench-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        upstreams: dict[str, HttpUpstream | TcpUpstream] = {}
        for kind in {WORKS[one].kind for one in chosen.work}:
            made = HttpUpstream(directory / "up", bulk) if kind == "http" else TcpUpstream(directory / "tcp")
            stack.callback(made.child.stop)
            upstreams[kind] = made
        for one in chosen.work:
            work = WORKS[one]
            port = upstreams[work.kind].port
            summaries = _run_work(work, chosen.arms, chosen.repeat, sizes, port, directory)
            print(markdown(work, summaries))
            if chosen.json is not None:
                with chosen.json.open("a") as file:
                    file.writelines(json_line(summary) + "\n" for summary in summaries.values())
    return 0


if __name__ == "__main__":
    sys.exit(main())
