"""Which database is written to, as text.  PURE."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quorumha.ctl.ages import age
from quorumha.ctl.member_why import member_why
from quorumha.ctl.terminal import Cell, Painter, columns, visible

Document = Mapping[str, Any]


def database_lines(document: Document, paint: Painter, pool: str | None = None) -> Iterator[str]:
    """What a status document says of the pools of which one member is written to.

    @param pool: only this one.
    """
    now = float(document.get("now", 0.0))
    for place, one in enumerate(databases(document)):
        if pool is not None and one["name"] != pool:
            continue
        if place and pool is None:
            yield ""
        writer = one["writer"]
        group = "" if writer.get("group") == one["name"] else f" (writer group {visible(writer['group'])})"
        yield f"{paint('pool ' + visible(one['name']), 'bold')}{group}: {writer_sentence(writer, paint, now)}"
        switches, cut = int(writer.get("switches") or 0), int(writer.get("cut") or 0)
        yield f"  since the start: switches: {switches}, sessions ended by them: {cut}"
        for proxy in writer.get("proxies") or ():
            yield f"  {_proxy_sentence(proxy, paint, now)}"
        titles: tuple[str, ...] = (
            *("member", "address", "state", "role", "timeline"),
            *("synchronous", "last word", "sessions"),
        )
        members = one.get("members", ())
        found = [_member(member, writer, now) for member in members]
        if any(why := [member_why(member, now) for member in members]):
            titles = (*titles, "why")
            found = [[*row, (cause, "")] for row, cause in zip(found, why, strict=True)]
        rows: list[Sequence[Cell]] = [[(title, "bold") for title in titles], *found]
        yield from columns(rows, paint, "  ")


def databases(document: Document) -> list[dict[str, Any]]:
    """The pools that have a writer."""
    return [one for one in document.get("pools", ()) if one.get("writer")]


def writer_sentence(writer: Document, paint: Painter, now: float | None = None) -> str:
    """Who is written to, or why nobody is and what follows.

    @param now: None: it is not said since when.
    """
    began = writer.get("since")
    since = f" for {age(now - float(began))}" if now is not None and began else ""
    upstream, timeline = visible(writer.get("upstream") or ""), writer.get("timeline")
    cause = "; ".join(visible(writer[key]) for key in ("cause", "next") if writer.get(key))
    lost = "" if writer.get("saved", True) else paint(", and that is NOT SAVED on disk: see the log", "bad")
    if upstream:
        where = f"{upstream} is written to, on timeline {timeline},{since}".rstrip(",")
        waits = paint(f", but new sessions WAIT: {cause}", "bad") if writer.get("cause") else ""
        return f"{where}{waits}{lost}"
    what = "SPLIT, nobody is written to" if writer.get("split") else "NOBODY is written to"
    return paint(f"{what}{since}: {cause}", "bad") + lost


def _proxy_sentence(proxy: Document, paint: Painter, now: float) -> str:
    """What another proxy says, or why it says nothing."""
    name, said_at, fault = f"proxy {visible(proxy['address'])}", proxy.get("said_at"), proxy.get("fault")
    if fault:
        return paint(f"{name}: does not say what it has seen: {visible(fault)}", "bad")
    if not said_at:
        return f"{name}: has not been asked yet"
    timeline = proxy.get("timeline")
    seen = f"has seen timeline {timeline}" if timeline else "has seen nothing of this database"
    return f"{name}: {seen}, {age(now - float(said_at))} ago"


def role_cell(member: Document, writer: Document) -> Cell:
    """What a member said that it is; and whether it is written to."""
    role = visible(member.get("role") or "")
    words = [role, *(["read-only"] if member.get("read_only") and role == "primary" else [])]
    written = member.get("name") == writer.get("upstream")
    split = member.get("name") in (writer.get("split") or ())
    if written:
        words.append("writer")
    elif role == "primary" and not split and _is_left_alone(member, writer):
        return ", ".join([*words, "gets no session"]), "bad"
    return ", ".join(words), "bad" if split else "good" if written else ""


def _is_left_alone(member: Document, writer: Document) -> bool:
    """Whether a primary is an old one, or was decided against: it is not to be taken for a second writer."""
    return bool(writer.get("upstream")) or 0 < (member.get("timeline") or 0) < (writer.get("timeline") or 0)


def _member(member: Document, writer: Document, now: float) -> Sequence[Cell]:
    said_at = member.get("said_at")
    # A standby's own setting is not in force: it is not whether the primary waits for it.
    synchronous = member.get("synchronous") if member.get("role") == "primary" else None
    return [
        (visible(member.get("name", "")), ""),
        (visible(member.get("address", "")), ""),
        (visible(member.get("state", "")), ""),
        role_cell(member, writer),
        (str(member.get("timeline") or ""), ""),
        ("" if synchronous is None else "yes" if synchronous else "no", ""),
        (f"{age(now - float(said_at))} ago" if said_at else "", ""),
        (str(member.get("in_flight", 0)), ""),
    ]
