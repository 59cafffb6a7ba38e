"""From listeners over routes and pools to members: a lane for each pool.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quorumha.admin.page.page_member import member_piece
from quorumha.admin.page.page_states import OFF, Served, served
from quorumha.admin.page.page_words import count, several, shown
from quorumha.admin.page.page_writer import writer_sentences
from quorumha.admin.page.piece import MARK, Piece, lines

#: What a failover was for, in words.
_REASONS = {"connect": "connect failed", "timeout": "timed out", "broken": "broken", "status": "by status"}


def flow(document: Mapping[str, Any]) -> list[Piece]:
    """The lanes, in the order of the file; last listeners that lead to no pool."""
    listeners, now = document["listeners"], document["now"]
    found = []
    first_at: set[str] = set()
    leading: dict[str, list[Mapping[str, Any]]] = {}
    for one in listeners:
        for led_to in pools_of(one):
            leading.setdefault(led_to, []).append(one)
    for pool in document["pools"]:
        name, writer = shown(pool["name"]), pool["writer"]
        what = "session" if writer else "request"
        entries = [_entry(one, pool["name"], first_at, what) for one in leading.get(pool["name"], ())]
        members = [member_piece(name, member, now, writer) for member in pool["members"]]
        how, numbers = served(pool["members"], writer), _pool_numbers(pool)
        found.append(_lane(name, how, entries, members, numbers, writer_sentences(pool, now)))
    alone = [_entry(one, None, first_at) for one in listeners if not pools_of(one)]
    if alone:
        found.append(_lane("no pool", Served("none", OFF, "responds itself", 0, 0), alone, [], []))
    return found


def pools_of(listener: Mapping[str, Any]) -> list[str]:
    """Those that its routes lead to, each once."""
    return list(dict.fromkeys([*(route["pool"] for route in listener["routes"]), *listener["pools"]]))


def _lane(
    name: str,
    how: Served,
    entries: list[Piece],
    members: list[Piece],
    numbers: Sequence[str],
    writer: Sequence[str] = (),
) -> Piece:
    return Piece(
        {"id": f"pool:{name}", "level": how.level, "sign": how.sign, "word": how.word, "pool": name},
        {
            "unreached": [] if entries else [MARK],
            "entries": entries,
            "numbers": lines([*([how.count] if how.level != "none" else []), *numbers]),
            "writer": lines(writer),
            "members": members,
        },
    )


def _entry(listener: Mapping[str, Any], pool: str | None, first_at: set[str], what: str = "request") -> Piece:
    name = shown(listener["name"])
    again = name in first_at
    first_at.add(name)
    paths = [shown(one["path"]) or "everything" for one in listener["routes"] if one["pool"] == pool]
    waiting = listener["waiting"]
    return Piece(
        {
            "listener": name,
            "serve": shown(listener["serve"]),
            "address": shown(listener["address"] or "does not listen"),
        },
        {
            # Whose routes lead to several pools has its numbers where it comes first.
            "numbers": [] if again else lines(_listener_numbers(listener)),
            "waiting": lines([several(waiting, f"{what} waits", f"{what}s wait")] if waiting else []),
            "routes": lines(paths or ["everything"], "path"),
        },
    )


def _listener_numbers(listener: Mapping[str, Any]) -> list[str]:
    found = [f"{count(listener['open'])} open of {several(listener['connections'], 'connection')}"]
    classes = [
        f"{count(number)} \N{MULTIPLICATION SIGN} {key}"
        for key, number in listener["requests"].items()
        if number
    ]
    if classes:
        found.append(", ".join(classes))
    own = [
        f"{count(number)} \N{MULTIPLICATION SIGN} {key}" for key, number in listener["own"].items() if number
    ]
    if own:
        found.append(f"of these the proxy's own: {', '.join(own)}")
    if listener["parties"] is not None:
        found.append(f"{several(listener['parties'], 'party', 'parties')} known")
    return found


def _pool_numbers(pool: Mapping[str, Any]) -> list[str]:
    found = [f"{several(pool['requests'], 'request')}, {count(pool['failed'])} failed"]
    over = [
        f"{count(number)} {_REASONS.get(key, shown(key))}"
        for key, number in pool["failovers"].items()
        if number
    ]
    if over:
        found.append(f"failed over: {', '.join(over)}")
    return found
