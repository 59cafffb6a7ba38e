"""What was measured, as it stands in a file of JSON lines, and as blocks of Markdown by name.

Where a file has more than one line for the same thing, the last one counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from attrs import field, frozen

from bench.rows import Row, row_from, tables
from bench.table import Summary, markdown, overview, summary_from


@frozen
class Results:
    """See the module.

    @ivar commits: subjects of the commits that the lines were measured at, in order, each once.
    """

    summaries: dict[tuple[str, str], Summary] = field(factory=dict)
    rows: dict[tuple[str, str, str], Row] = field(factory=dict)
    commits: list[str] = field(factory=list)

    def blocks(self) -> dict[str, str]:
        """Markdown, by the name of the work, and C{overview} and C{commit}."""
        made: dict[str, str] = {}
        found = list(self.summaries.values())
        for work in dict.fromkeys(one.work for one in found):
            made[work] = markdown([one for one in found if one.work == work])
        rows = list(self.rows.values())
        for work in dict.fromkeys(one.work for one in rows):
            made[work] = tables(one for one in rows if one.work == work)
        if found:
            made["overview"] = overview(found)
        if self.commits:
            named = " and ".join(f"“{subject}”" for subject in self.commits)
            made["commit"] = f"Measured at the commit {named}.\n"
        return made


def read_results(lines: Iterable[str]) -> Results:
    """Read JSON lines, as C{python -m bench --json} appends them."""
    results = Results()
    commits: dict[tuple[str, ...], str] = {}
    for line in lines:
        read = json.loads(line)
        if "cells" in read:
            one = row_from(read)
            key: tuple[str, ...] = (one.work, one.table, one.label)
            results.rows[one.work, one.table, one.label] = one
        else:
            summary = summary_from(read)
            key = (summary.work, summary.arm)
            results.summaries[summary.work, summary.arm] = summary
        commits[key] = str(read.get("commit") or "unknown")
    results.commits.extend(dict.fromkeys(commits.values()))
    return results
