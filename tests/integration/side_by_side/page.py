"""The table, and what of the documentation's page is not written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.integration.side_by_side.figures import Figures
from tests.integration.side_by_side.scenarios import SCENARIOS

_COLUMNS = (
    "what happens",
    "proxy",
    "sends",
    "failed",
    "pushes",
    "failed",
    "landed",
    "geth exits",
    "false 404",
    "orphans",
    "parties lost",
    "outage, s",
    "slowest send, s",
    "slowest import, s",
)


def table(found: Iterable[Figures]) -> str:
    """As Markdown."""
    lines = ["| " + " | ".join(_COLUMNS) + " |", "| --- | --- |" + " ---: |" * (len(_COLUMNS) - 2)]
    for one in found:
        cells = (
            one.scenario,
            one.proxy,
            one.sends,
            one.sends_failed,
            one.pushes,
            one.pushes_failed,
            one.landed,
            one.exits,
            one.false_404,
            one.orphans,
            one.drops,
            f"{one.outage:.1f}{' to the end' if one.lasting else ''}",
            f"{one.slowest:.1f}",
            f"{one.slowest_import:.1f}",
        )
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


def blocks(found: Iterable[Figures], versions: Mapping[str, str], together: bool) -> dict[str, str]:
    """Markdown by the block's name, for L{bench.page.fill}.

    @param versions: of the proxies, by name.
    @param together: both proxies ran at the same time.
    """
    named = " and ".join(f"{name} {version}" for name, version in versions.items())
    when = "at the same time" if together else "one after the other"
    scenarios = [f"- **{one.name}**: {one.said}" for one in SCENARIOS]
    return {
        "table": table(found),
        "versions": f"Run with {named}, {when}.\n",
        "scenarios": "\n".join(scenarios) + "\n",
    }
