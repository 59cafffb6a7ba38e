"""Rows of the studies: as JSON lines, back from them, and as Markdown tables.  Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from attrs import asdict, frozen

from bench.figures import Figure, figure


@frozen
class Row:
    """One line of one table.

    @ivar work: the study's name.
    @ivar table: what the table is about; the rows of one study may make several.
    @ivar label: what this line is about.
    @ivar cells: by the names of the columns; a text is said as it is.
    """

    work: str
    table: str
    label: str
    cells: Mapping[str, Figure | str]


def row(work: str, table: str, label: str, cells: Mapping[str, Sequence[float] | str]) -> Row:
    """A line from what the runs gave: a cell without a value is shown as a dash."""
    return Row(
        work,
        table,
        label,
        {
            name: values if isinstance(values, str) else figure(values) if values else "-"
            for name, values in cells.items()
        },
    )


def row_line(one: Row, commit: str) -> str:
    """As a line of JSON."""
    return json.dumps({**asdict(one), "commit": commit})


def row_from(read: Mapping[str, object]) -> Row:
    """Back from what was a line of JSON."""
    cells = read["cells"]
    assert isinstance(cells, dict)
    return Row(
        str(read["work"]),
        str(read["table"]),
        str(read["label"]),
        {name: cell if isinstance(cell, str) else Figure(**cell) for name, cell in cells.items()},
    )


def tables(rows: Iterable[Row]) -> str:
    """As Markdown, a table for each name of one."""
    parted: dict[str, list[Row]] = {}
    for one in rows:
        parted.setdefault(one.table, []).append(one)
    return "\n".join(_table(title, members) for title, members in parted.items())


def _table(title: str, rows: Sequence[Row]) -> str:
    columns = list(dict.fromkeys(name for one in rows for name in one.cells))
    lines = [f"| {title} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for one in rows:
        cells = [str(one.cells.get(name, "-")) for name in columns]
        lines.append(f"| {one.label} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
