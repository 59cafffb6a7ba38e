"""Play the scenarios and print a table: see L{tests.integration.side_by_side_rpc}."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import attrs

from bench.page import fill
from tests.integration.side_by_side import arms
from tests.integration.side_by_side_rpc.figures import broken, table
from tests.integration.side_by_side_rpc.runs import SCENARIOS


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.integration.side_by_side_rpc", description=__doc__)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="all unless given")
    parser.add_argument("--arms", default=",".join(arms.ARMS), help="of: %(default)s")
    parser.add_argument("--write", type=Path, help="put all that was found into this page")
    chosen = parser.parse_args(arguments)
    names = chosen.arms.split(",")
    for arm in names:
        if arm not in arms.ARMS:
            parser.error(f"--arms: {arm!r} is none of {', '.join(arms.ARMS)}")
        if reason := arms.why_not(arm):
            parser.exit(69, f"{reason}\n")
    found = []
    for name in chosen.scenario or SCENARIOS:
        play, what = SCENARIOS[name]
        for arm in names:
            found.append(play(arm, what))
            print(json.dumps(attrs.asdict(found[-1])), flush=True)
    print("\n" + table(found))
    if chosen.write is not None:
        versions = " and ".join(f"{arm} {arms.version(arm)}" for arm in names)
        said = {"table": table(found), "versions": f"Run with {versions}, one after the other.\n"}
        page = chosen.write.read_text(encoding="utf-8")
        chosen.write.write_text(fill(page, said), encoding="utf-8")
    wrong = broken(found)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
