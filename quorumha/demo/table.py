"""The table on the terminal: text from numbers, nothing else."""

from __future__ import annotations

from collections.abc import Mapping

from quorumha.demo.tally import Tally
from quorumha.pool.pool import Counters

_HEADS = ("pool", "requests", "answered", "failed", "failovers", "mirrored")

#: Puts the cursor at the top left and clears what is below.
CLEAR = "\x1b[H\x1b[2J"


def failovers_in(pools: Mapping[str, Counters]) -> int:
    """How often another upstream was asked, over all pools."""
    return sum(counters.failovers for counters in pools.values())


def render(
    elapsed: float, duration: float, pools: Mapping[str, Counters], alive: Mapping[str, bool], tally: Tally
) -> str:
    """The whole table.

    @param elapsed: seconds since the beginning.
    @param duration: seconds in all; 0: without end.
    @param alive: each node, and whether it lives.
    """
    rows: list[tuple[str, ...]] = [_HEADS]
    for name, c in pools.items():
        numbers = (c.requests, c.answered, c.failed, c.failovers, c.mirrored)
        rows.append((name, *map(str, numbers)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = [_line(row, widths) for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    of = f" of {duration:.0f}" if duration else ""
    nodes = "   ".join(f"{name} {'up' if up else 'DEAD'}" for name, up in alive.items())
    said = tally.summary(failovers_in(pools))
    return "\n".join(
        [f"quorumha demo, {elapsed:.0f}{of} s; Ctrl-C ends it", "", *lines, "", nodes, f"clients: {said}"]
    )


def render_line(
    elapsed: float, pools: Mapping[str, Counters], alive: Mapping[str, bool], tally: Tally
) -> str:
    """The same in one line, for what is no terminal."""
    dead = [name for name, up in alive.items() if not up]
    per_pool = ", ".join(
        f"{name} {c.requests}/{c.answered}/{c.failed}/{c.failovers}"
        for name, c in pools.items()
        if c.requests
    )
    state = f"dead: {', '.join(dead)}" if dead else "all nodes up"
    counted = f"; requests/answered/failed/failovers: {per_pool}" if per_pool else ""
    return f"{elapsed:4.0f} s  {tally.summary(failovers_in(pools))}  ({state}{counted})"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = row
    return "  ".join([first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(rest, widths[1:], strict=True))])
