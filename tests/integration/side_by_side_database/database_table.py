"""The table of the page: pure."""

from __future__ import annotations

from collections.abc import Iterable

from tests.integration.side_by_side_database.figures import Figures

_COLUMNS = (
    "what happens",
    "replication",
    "way",
    "rows acknowledged",
    "lost",
    "lost before the promotion",
    "on the old one after it",
    "databases at one time",
    "errors",
)


def table(found: Iterable[Figures]) -> str:
    """As Markdown."""
    found = list(found)
    clients = list(dict.fromkeys(client for one in found for client in one.longest))
    gaps = [f"longest gap, {client}, s" for client in clients]
    overs = [f"after the promotion, {client}, s" for client in clients]
    heads = [*_COLUMNS, *gaps, *overs]
    lines = ["| " + " | ".join(heads) + " |", "| --- | --- | --- |" + " ---: |" * (len(heads) - 3)]
    for one in found:
        cells: list[object] = [one.scenario, one.replication, one.way, one.acknowledged, one.lost, one.behind]
        cells += [one.old, one.databases, one.errors]
        cells += [f"{one.longest[client]:.1f}" if client in one.longest else "" for client in clients]
        cells += [_over(one, client) for client in clients]
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def _over(one: Figures, client: str) -> str:
    if client not in one.over:
        return ""
    over = one.over[client]
    return "never" if over is None else f"{over:.1f}"
