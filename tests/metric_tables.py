"""The tables of the reference of metrics, written from the families: they cannot drift.

    python -m tests.metric_tables docs/reference/metrics.md

fills each table that stands between C{<!-- families: module -->} and C{<!-- end of families -->}.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from quorumha.admin.families import Family
from quorumha.numbers import BOUNDS

_MARK = re.compile(r"(<!-- families: (\w+) -->\n).*?(<!-- end of families -->)", re.DOTALL)
_BOUNDS = re.compile(r"<!-- bounds -->.*\n")


def filled(page: str) -> str:
    """A page with its tables as the families are."""
    bounds = ", ".join(f"{bound:g}" for bound in BOUNDS)
    page = _BOUNDS.sub(f"<!-- bounds --> {bounds} seconds.\n", page)
    return _MARK.sub(lambda found: f"{found[1]}{table(families_of(found[2]))}{found[3]}", page)


def families_of(module: str) -> Sequence[Family]:
    """Those of a module of the admin."""
    found: Sequence[Family] = import_module(f"quorumha.admin.{module}").FAMILIES
    return found


def table(families: Sequence[Family]) -> str:
    """Families as Markdown."""
    rows = ["| Name | Type | Labels | Meaning |", "| --- | --- | --- | --- |"]
    for one in families:
        labels = ", ".join(f"`{label}`" for label in one.labels)
        # What Prometheus has no type for it takes as a gauge.
        kind = "gauge" if one.kind == "info" else one.kind
        rows.append(f"| `{one.name}` | {kind} | {labels} | {one.says} |")
    return "\n".join(rows) + "\n"


def main(paths: list[str]) -> None:
    """Write these pages anew."""
    for path in map(Path, paths):
        path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
