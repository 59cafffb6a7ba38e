"""What the runs come to: a summary for each arm, as JSON lines and as a Markdown table."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from statistics import median

from attrs import asdict, fields_dict, frozen

from bench.works import Measured, Work


@frozen
class Summary:
    """One arm at one work.  Spreads are smallest and largest of the repeats.

    @ivar cpu: microseconds of CPU for each unit (median), C{None} where the work is not about it.
    @ivar ratio: C{cpu} over nginx's of the same round (median of the rounds), C{None} without nginx.
    @ivar rate: units in a second (median).
    @ivar grown: mebibytes of memory above the start, the most of all repeats.
    @ivar missing: why the arm did not run, else C{None}.
    """

    work: str
    arm: str
    unit: str
    cpu: float | None = None
    cpu_spread: tuple[float, float] | None = None
    ratio: float | None = None
    ratio_spread: tuple[float, float] | None = None
    rate: float | None = None
    grown: float | None = None
    errors: int = 0
    missing: str | None = None


def _cost(work: Work, measured: Measured) -> float | None:
    units = measured.load.units / work.each if work.each else 0
    return measured.cpu / units * 1e6 if units else None


def _spread(values: Sequence[float]) -> tuple[float, float] | None:
    return (round(min(values), 2), round(max(values), 2)) if values else None


def summarise(
    work: Work, arm: str, runs: Sequence[Measured], nginx: Sequence[Measured], missing: str | None
) -> Summary:
    """Put the repeats of one arm together."""
    if not runs:
        return Summary(work.name, arm, work.unit, missing=missing or "no run came to an end")
    costs = [cost for run in runs if (cost := _cost(work, run)) is not None]
    base = [_cost(work, run) for run in nginx]
    ratios = [cost / other for cost, other in zip(costs, base, strict=False) if other]
    rates = [run.load.units / work.each / run.load.seconds for run in runs if work.each]
    return Summary(
        work.name,
        arm,
        work.unit,
        cpu=round(median(costs), 2) if costs else None,
        cpu_spread=_spread(costs),
        ratio=round(median(ratios), 2) if ratios else None,
        ratio_spread=_spread(ratios),
        rate=round(median(rates), 1) if rates else None,
        grown=round(max(run.grown for run in runs) / 2**20, 1),
        errors=sum(run.load.errors for run in runs),
        missing=missing,
    )


def summary_line(summary: Summary, commit: str) -> str:
    """As a line of JSON."""
    return json.dumps({**asdict(summary), "commit": commit})


def summary_from(read: Mapping[str, object]) -> Summary:
    """Back from what was a line of JSON."""
    known = {name: value for name, value in read.items() if name in fields_dict(Summary)}
    for name in ("cpu_spread", "ratio_spread"):
        if isinstance(known.get(name), list):
            known[name] = tuple(known[name])
    return Summary(**known)


def _shown(value: float | None, spread: tuple[float, float] | None) -> str:
    if value is None:
        return "-"
    return f"{value}" if spread is None else f"{value} ({spread[0]} to {spread[1]})"


def markdown(summaries: Sequence[Summary]) -> str:
    """One table for one work, an arm a row."""
    unit = summaries[0].unit
    lines = [
        f"| arm | CPU us per {unit} | ratio to nginx | {unit}s per second | memory grown, MiB | errors |",
        "|---|---|---|---|---|---|",
    ]
    for one in summaries:
        if one.missing is not None and one.rate is None and one.grown is None:
            lines.append(f"| {one.arm} | missing: {' '.join(one.missing.split())[-160:]} | | | | |")
            continue
        cells = [_shown(one.cpu, one.cpu_spread), _shown(one.ratio, one.ratio_spread), _shown(one.rate, None)]
        lines.append(f"| {one.arm} | {' | '.join(cells)} | {one.grown} | {one.errors} |")
    return "\n".join(lines) + "\n"


#: The goal for quorumha's CPU, and the one beyond it, relative to nginx's.
GOALS = {
    "http-keepalive": (2.5, 1.5),
    "http-connect": (2.5, 1.5),
    "http-bulk": (1.0, 0.5),
    "tcp-pingpong": (2.0, 1.2),
    "tcp-connect": (2.0, 1.5),
    "tcp-bulk": (1.0, 0.9),
}


def overview(summaries: Sequence[Summary]) -> str:
    """CPU relative to nginx: a work a row, an arm a column, and the goal."""
    works = list(dict.fromkeys(one.work for one in summaries if one.ratio is not None))
    arms = list(dict.fromkeys(one.arm for one in summaries))
    found = {(one.work, one.arm): one for one in summaries}
    lines = [f"| work | {' | '.join(arms)} | goal | beyond |", "|---" * (len(arms) + 3) + "|"]
    for work in works:
        cells = []
        for arm in arms:
            one = found.get((work, arm))
            cells.append(
                "-" if one is None else _shown(one.ratio, None if arm == "nginx" else one.ratio_spread)
            )
        goals = [str(goal) for goal in GOALS.get(work, ("-", "-"))]
        lines.append(f"| `{work}` | {' | '.join(cells + goals)} |")
    return "\n".join(lines) + "\n"
