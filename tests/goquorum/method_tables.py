"""The tables of the reference of GoQuorum's calls, written from the table of methods: they cannot drift.

    python -m tests.goquorum.method_tables docs/reference/goquorum-calls.md

fills what stands between C{<!-- classes -->} or C{<!-- methods -->} and the next C{<!-- end -->}.
"""

from __future__ import annotations

import re
import sys
from itertools import groupby
from pathlib import Path

from quorumha.goquorum.knowledge.method_classes import METHOD_CLASSES
from quorumha.goquorum.knowledge.method_table import Method, entries

_MARK = re.compile(r"(<!-- (classes|methods) -->\n).*?(<!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """A page with its tables as the code has them."""
    tables = {"classes": _classes, "methods": _methods}
    return _MARK.sub(lambda found: f"{found[1]}{tables[found[2]]()}{found[3]}", page)


def _classes() -> str:
    rows = ["| `treat_as` | goes to | after no answer |", "| --- | --- | --- |"]
    rows += [f"| `{one.treat_as}` | {one.goes_to} | {one.unanswered} |" for one in METHOD_CLASSES.values()]
    return "\n".join(rows) + "\n"


def _methods() -> str:
    rows = ["| methods | `treat_as` | source |", "| --- | --- | --- |"]
    for (call_class, source, _), group in groupby(entries(), _group):
        names = ", ".join(map(_method, group))
        rows.append(f"| {names} | {call_class} | {source} |")
    return "\n".join(rows) + "\n"


def _group(one: Method) -> tuple[str, str, str]:
    allowed = f" (allowed: `{one.allowed}`)" if one.allowed != "never" else ""
    secret = ", secret" if one.secret else ""
    return f"`{one.call_class}`{secret}{allowed}", one.source, one.name.partition("_")[0]


def _method(one: Method) -> str:
    parameter = "" if one.parameter is None else " (last)" if one.parameter < 0 else f" ({one.parameter})"
    return f"`{one.name}`{parameter}{_variant(one)}"


def _variant(one: Method) -> str:
    variant = one.variant
    if variant is None:
        return ""
    when = '`"pending"`' if variant.when == "pending" else "`privateFor`"
    return f" (with {when}: `{variant.call_class}`, {variant.parameter})"


def main() -> None:
    page = Path(sys.argv[1])
    page.write_text(filled(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
