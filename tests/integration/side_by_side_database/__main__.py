"""Play the scenarios and print a table: see L{tests.integration.side_by_side_database}."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import attrs

from bench.page import fill
from tests.integration.database import why_no_database
from tests.integration.database_pair import shared_pair
from tests.integration.side_by_side import arms
from tests.integration.side_by_side_database import hikari
from tests.integration.side_by_side_database.database_table import table
from tests.integration.side_by_side_database.figures import Figures, broken
from tests.integration.side_by_side_database.runs import REPLICATIONS, SCENARIOS, play
from tests.integration.side_by_side_database.ways import WAYS, haproxy_version, why_not


def _options(arguments: list[str]) -> argparse.Namespace:
    name = "python -m tests.integration.side_by_side_database"
    parser = argparse.ArgumentParser(prog=name, description=__doc__)
    parser.add_argument("--scenario", action="append", choices=SCENARIOS, help="all unless given")
    parser.add_argument("--replication", action="append", choices=REPLICATIONS, help="both unless given")
    parser.add_argument("--way", action="append", choices=WAYS, help="all unless given")
    parser.add_argument("--no-java", action="store_true", help="psycopg alone, without pgjdbc and HikariCP")
    parser.add_argument("--write", type=Path, help="put all that was found into this page")
    chosen = parser.parse_args(arguments)
    if reason := why_no_database():
        parser.exit(69, f"{reason}\n")
    chosen.way = chosen.way or [one for one in WAYS if not _left_out(f"way {one!r}", why_not(one))]
    for way in chosen.way:
        if reason := why_not(way):
            parser.exit(69, f"{reason}\n")
    chosen.clients = ["psycopg"]
    if not chosen.no_java and not _left_out("pgjdbc with HikariCP", hikari.why_not()):
        chosen.clients.append("pgjdbc")
    return chosen


def _left_out(what: str, reason: str | None) -> bool:
    if reason is not None:
        print(f"{what} is left out: {reason}", file=sys.stderr)
    return reason is not None


def _versions(chosen: argparse.Namespace) -> str:
    """What ran."""
    import psycopg

    postgresql = shared_pair().primary.ask("SHOW server_version")[0][0].split()[0]
    libpq = psycopg.pq.version()
    named = [f"PostgreSQL {postgresql}", f"psycopg {psycopg.__version__} (libpq {libpq // 10000})"]
    if "pgjdbc" in chosen.clients:
        named.append(hikari.version())
    if "haproxy" in chosen.way:
        named.append(haproxy_version())
    return f"Run with {', '.join(named)} and quorumha {arms.version('quorumha')}, one after the other.\n"


def main(arguments: list[str]) -> int:
    chosen = _options(arguments)
    found: list[Figures] = []
    for scenario in chosen.scenario or SCENARIOS:
        for replication in chosen.replication or REPLICATIONS:
            for way in chosen.way:
                found.append(play(shared_pair(), scenario, replication, way, chosen.clients))
                print(json.dumps(attrs.asdict(found[-1])), flush=True)
    print("\n" + table(found))
    if chosen.write is not None:
        scenarios = "".join(f"- **{name}**: {one.said}\n" for name, one in SCENARIOS.items())
        said = {"table": table(found), "versions": _versions(chosen), "scenarios": scenarios}
        page = chosen.write.read_text(encoding="utf-8")
        chosen.write.write_text(fill(page, said), encoding="utf-8")
    wrong = broken(found)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
