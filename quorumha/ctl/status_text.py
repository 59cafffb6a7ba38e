"""The status document as a table.  PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quorumha.ctl.ages import age
from quorumha.ctl.database_text import role_cell, writer_sentence
from quorumha.ctl.member_why import member_why
from quorumha.ctl.terminal import Cell, Painter, columns, visible, visible_lines

Document = Mapping[str, Any]

#: The style of each state; the word stands there, too.
STATE_STYLES = {
    "up": "good",
    "starting": "fair",
    "half_open": "fair",
    "ejected": "bad",
    "down": "bad",
    "disabled": "off",
    "draining": "off",
}


def status_lines(document: Document, paint: Painter, pool: str | None = None) -> Iterator[str]:
    """What is shown of a status document.

    @param pool: only this one.
    """
    now = float(document.get("now", 0.0))
    if pool is None:
        yield from _head(document, paint, now)
        yield ""
        yield from _listeners(document, paint)
    for one in document.get("pools", ()):
        if pool is None or one["name"] == pool:
            if pool is None:
                yield ""
            yield from _pool(one, paint, now)


def _head(document: Document, paint: Painter, now: float) -> Iterator[str]:
    config = document.get("config") or {}
    since = age(now - float(document.get("started", now)))
    what, file = visible(document.get("quorumha", "")), visible(config.get("path") or "no file")
    yield f"quorumha {what}, up {since}: {file}"
    if document.get("draining"):
        newcomers = "takes no new clients" + ("" if document.get("drained") else " soon")
        yield paint(f"DRAINING: it is not ready, and {newcomers}", "off")
    last = (document.get("reload") or {}).get("last")
    if last:
        when = age(now - float(last.get("at", now)))
        if last.get("taken"):
            changes = len(last.get("changes", ()))
            yield f"reloaded {when} ago: {changes or 'no'} change{'' if changes == 1 else 's'}"
        else:
            yield paint(f"a reload was REFUSED {when} ago, what was loaded before serves:", "bad")
            for problem in last.get("problems", ()):
                yield from (f"  {line}" for line in visible_lines(problem))


def _listeners(document: Document, paint: Painter) -> Iterator[str]:
    titles = "listener", "address", "serves", "open", "2xx", "3xx", "4xx", "5xx", "waiting", "pools"
    rows: list[Sequence[Cell]] = [[(title, "bold") for title in titles]]
    for one in document.get("listeners", ()):
        requests = one.get("requests") or {}
        waiting = int(one.get("waiting") or 0)
        rows.append(
            [
                (visible(one.get("name", "")), ""),
                (visible(one.get("address") or ""), ""),
                (visible(one.get("serve", "")), ""),
                (str(one.get("open", 0)), ""),
                *((str(requests.get(status, 0)), "") for status in ("2xx", "3xx", "4xx")),
                (str(requests.get("5xx", 0)), ""),
                (str(waiting), "bad" if waiting else ""),
                (visible(", ".join(map(str, one.get("pools", ())))), ""),
            ]
        )
    yield from columns(rows, paint)


def _pool(pool: Document, paint: Painter, now: float) -> Iterator[str]:
    counts = ", ".join(f"{pool.get(key, 0)} {key}" for key in ("requests", "responded", "failed"))
    failovers = sum((pool.get("failovers") or {}).values())
    yield f"{paint('pool ' + visible(pool.get('name', '')), 'bold')}: {counts}; {failovers} failovers"
    writer = pool.get("writer")
    titles = ["member", "address", "state", "since", "in flight", "why"]
    if writer:
        yield f"  {writer_sentence(writer, paint, now)}"
        titles.insert(3, "role")
    rows: list[Sequence[Cell]] = [[(title, "bold") for title in titles]]
    rows += [_member(one, writer, now) for one in pool.get("members", ())]
    yield from columns(rows, paint, "  ")


def _member(member: Document, writer: Document | None, now: float) -> Sequence[Cell]:
    state, since = str(member.get("state", "")), member.get("since")
    name = visible(member.get("name", "")) + (" (backup)" if member.get("backup") else "")
    return [
        (name, ""),
        (visible(member.get("address", "")), ""),
        (visible(state), STATE_STYLES.get(state, "")),
        *([role_cell(member, writer)] if writer else ()),
        (age(now - float(since)) if since else "", ""),
        (str(member.get("in_flight", 0)), ""),
        (member_why(member, now), ""),
    ]
