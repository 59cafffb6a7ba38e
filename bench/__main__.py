"""C{python -m bench}: run works through arms, interleaved, and print what it cost."""

from __future__ import annotations

import argparse
import contextlib
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.arms import ARMS, Running, Wanted, add_python, start
from bench.load_http import check
from bench.processes import ROOT, NotStarted
from bench.rows import row_line, tables
from bench.studies import STUDIES
from bench.study import Frame, say
from bench.table import Summary, markdown, summarise, summary_line
from bench.upstreams import ANSWER, HttpUpstream, TcpUpstream
from bench.works import USUAL, WORKS, Measured, Sizes, Work, measure

_NAMES = (*WORKS, *STUDIES)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--work", help=f"all, or any of: {', '.join(_NAMES)} (unless given: {', '.join(USUAL)})"
    )
    parser.add_argument("--arms", default=",".join(ARMS), help=f"any of: {', '.join(ARMS)}")
    parser.add_argument(
        "--python",
        action="append",
        default=[],
        metavar="PATH",
        help="one more arm: quorumha with this interpreter, which has what quorumha needs; may be repeated",
    )
    parser.add_argument("--seconds", type=float, default=2.0, help="of each timed run")
    parser.add_argument("--repeat", type=int, default=3, help="rounds; every arm runs once in each")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--megabytes", type=int, default=200, help="of the large answers")
    parser.add_argument("--full", action="store_true", help="all works and studies; large answers of 1 GB")
    parser.add_argument("--json", type=Path, help="append JSON lines to this file")
    chosen = parser.parse_args(arguments)
    asked = chosen.work or ("all" if chosen.full else ",".join(USUAL))
    chosen.work = list(_NAMES) if asked == "all" else asked.split(",")
    chosen.arms = chosen.arms.split(",")
    for name, known in (("work", _NAMES), ("arms", ARMS)):
        for one in getattr(chosen, name):
            if one not in known:
                parser.error(f"--{name}: {one!r} is none of {', '.join(known)}")
    try:
        chosen.arms += [add_python(python) for python in chosen.python]
    except NotStarted as reason:
        parser.error(f"--python: {reason}")
    return chosen


def _commit() -> str:
    """The subject of the commit that is checked out, and whether there is more than that."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        subject, changed = (
            subprocess.run(
                ["git", "-C", str(ROOT), *command], capture_output=True, text=True, check=True
            ).stdout.strip()
            for command in (["log", "-1", "--format=%s"], ["status", "--porcelain", "--", "quorumha"])
        )
        return subject + (", with changes" if changed else "")
    return "unknown"


def _run_work(
    work: Work, arms: list[str], repeat: int, sizes: Sizes, upstream: int, directory: Path
) -> list[Summary]:
    """All arms stand at once; in each round every arm works once, alone."""
    runs: dict[str, list[Measured]] = {arm: [] for arm in arms}
    missing: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        running: dict[str, Running] = {}
        for arm in arms:
            try:
                started = start(arm, Wanted(work.kind, (upstream,)), directory / work.name / arm)
                stack.callback(started.child.stop)
                if work.kind == "http":
                    check(started.port, ANSWER)
            except (NotStarted, OSError) as reason:
                missing[arm] = str(reason)
            else:
                running[arm] = started
        for number in range(repeat):
            for arm, one in running.items():
                say(f"{work.name}: round {number + 1} of {repeat}, {arm}")
                try:
                    runs[arm].append(measure(work, one, sizes, directory))
                except (NotStarted, OSError) as reason:
                    missing[arm] = str(reason)
    return [summarise(work, arm, runs[arm], runs.get("nginx", []), missing.get(arm)) for arm in arms]


def main(arguments: list[str] | None = None) -> int:
    chosen = _options(arguments)
    if shutil.which("nginx") is None and any(
        name in STUDIES or WORKS[name].kind == "http" for name in chosen.work
    ):
        say("nginx is not installed: it is the upstream of the HTTP works, so they cannot run")
        return 69
    # Thousands of connections are held; what is started inherits this.
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    bulk = 10**9 if chosen.full else chosen.megabytes * 10**6
    sizes = Sizes(chosen.seconds, chosen.connections, bulk)
    commit = _commit()
    with tempfile.TemporaryDirectory(prefix="quorumha-bench-") as name, contextlib.ExitStack() as stack:
        directory = Path(name)
        upstreams: dict[str, HttpUpstream | TcpUpstream] = {}
        for kind in {WORKS[one].kind for one in chosen.work if one in WORKS}:
            made = HttpUpstream(directory / "up", bulk) if kind == "http" else TcpUpstream(directory / "tcp")
            stack.callback(made.child.stop)
            upstreams[kind] = made
        for one in chosen.work:
            if one in WORKS:
                work = WORKS[one]
                summaries = _run_work(
                    work, chosen.arms, chosen.repeat, sizes, upstreams[work.kind].port, directory
                )
                shown = markdown(summaries)
                lines = [summary_line(summary, commit) for summary in summaries]
            else:
                frame = Frame(directory / one, chosen.seconds, chosen.repeat, tuple(chosen.arms))
                rows = list(STUDIES[one](frame))
                shown = tables(rows)
                lines = [row_line(found, commit) for found in rows]
            print(f"### {one}\n\n{shown}", flush=True)
            if chosen.json is not None:
                with chosen.json.open("a") as file:
                    file.writelines(line + "\n" for line in lines)
    return 0


if __name__ == "__main__":
    sys.exit(main())
