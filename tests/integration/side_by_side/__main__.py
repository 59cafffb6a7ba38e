"""Play the scenarios and print a table: see L{tests.integration.side_by_side}."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import attrs
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import react

from bench.page import fill
from tests.integration.side_by_side import arms
from tests.integration.side_by_side.demands import broken
from tests.integration.side_by_side.figures import Figures
from tests.integration.side_by_side.page import blocks, table
from tests.integration.side_by_side.runs import run
from tests.integration.side_by_side.scenarios import BY_NAME, SCENARIOS


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.integration.side_by_side", description=__doc__)
    parser.add_argument("--scenario", action="append", choices=BY_NAME, help="unless given: all but smoke")
    parser.add_argument("--arms", default=",".join(arms.ARMS), help="of: %(default)s")
    parser.add_argument("--alone", action="store_true", help="one proxy after the other, not both at once")
    parser.add_argument("--json", type=Path, help="append JSON lines to this file; printed unless given")
    parser.add_argument("--write", type=Path, help="put all that was found into this page")
    chosen = parser.parse_args(arguments)
    chosen.arms = chosen.arms.split(",")
    for arm in chosen.arms:
        if arm not in arms.ARMS:
            parser.error(f"--arms: {arm!r} is none of {', '.join(arms.ARMS)}")
        if reason := arms.why_not(arm):
            parser.exit(69, f"{reason}\n")
    return chosen


async def _all(reactor: IReactorTime, chosen: argparse.Namespace) -> list[Figures]:
    found: list[Figures] = []
    for scenario in [BY_NAME[name] for name in chosen.scenario or [one.name for one in SCENARIOS]]:
        print(f"{scenario.name} ...", file=sys.stderr, flush=True)
        playing = [arm for arm in chosen.arms if scenario.plays(arm)]
        if chosen.alone:
            both = [await run(reactor, scenario, arm) for arm in playing]
        else:
            both = await gatherResults(
                [Deferred.fromCoroutine(run(reactor, scenario, arm)) for arm in playing],
                consumeErrors=True,
            )
        # Row by row, the proxies below each other.
        rows = [one for part in zip(*both, strict=True) for one in part]
        _put("".join(json.dumps(attrs.asdict(one)) + "\n" for one in rows), chosen.json)
        found += rows
    return found


def _put(lines: str, path: Path | None) -> None:
    if path is None:
        print(lines, end="", flush=True)
    else:
        with path.open("a", encoding="utf-8") as file:
            file.write(lines)


async def _main(reactor: IReactorTime, arguments: list[str]) -> None:
    chosen = _options(arguments)
    found = await _all(reactor, chosen)
    print("\n" + table(found))
    if chosen.write is not None:
        versions = {arm: arms.version(arm) for arm in chosen.arms}
        written = chosen.write.read_text(encoding="utf-8")
        filled = fill(written, blocks(found, versions, together=not chosen.alone))
        chosen.write.write_text(filled, encoding="utf-8")
    if wrong := broken(found):
        print("\n".join(wrong), file=sys.stderr)
        raise SystemExit(1)


if __name__ == "__main__":
    react(lambda reactor: Deferred.fromCoroutine(_main(reactor, sys.argv[1:])))
