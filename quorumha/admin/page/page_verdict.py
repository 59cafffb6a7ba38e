"""What an operator has to know first: is all served, and who is out, since when and why.  Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from quorumha.admin.page.page_flow import pools_of
from quorumha.admin.page.page_member import trouble
from quorumha.admin.page.page_states import BAD, GOOD, LESS, OFF, SERVING, Served, of_state, served, worst
from quorumha.admin.page.page_words import several, shown, since
from quorumha.admin.page.piece import Piece, lines

#: What a listener serves, by the beginning of its kind; first in the list, first on the page.
_PARTS = (("goquorum", "GoQuorum"), ("tessera", "Tessera"), ("", "Relays and HTTP"))
#: All that lead to members of which one is written to.
_DATABASES = "Databases"


def tiles(document: Mapping[str, Any]) -> list[Piece]:
    """One for GoQuorum, one for Tessera, one for all else, as far as there are listeners for them."""
    found = []
    for name, names in _pools_by_part(document).items():
        pools = [one for one in document["pools"] if one["name"] in names]
        if not pools:
            continue
        how = worst([served(one["members"], one["writer"]) for one in pools])
        text = f"{how.count}, in {several(len(pools), 'pool')}"
        away = _away(pools, document["now"])
        found.append(
            Piece(
                {"name": name, "level": how.level, "sign": how.sign, "word": how.word, "count": text},
                {"list": [Piece({}, {"away": away})] if away else []},
            )
        )
    return found


def _pools_by_part(document: Mapping[str, Any]) -> dict[str, set[str]]:
    written = _of_one_writer(document)
    found: dict[str, set[str]] = {name: set() for _, name in _PARTS[:-1]}
    found |= {_DATABASES: set(), _PARTS[-1][1]: set()}
    for listener in document["listeners"]:
        pools = pools_of(listener)
        name = next(name for begins, name in _PARTS if listener["serve"].startswith(begins))
        found[_DATABASES if written.intersection(pools) else name].update(pools)
    return found


def _of_one_writer(document: Mapping[str, Any]) -> set[str]:
    """The names of the pools of which one member is written to."""
    return {one["name"] for one in document["pools"] if one["writer"] is not None}


def _away(pools: Sequence[Mapping[str, Any]], now: float) -> list[Piece]:
    """Those that do not serve, each node once: the pools in which it is away for one cause stand together."""
    found: dict[tuple[str, str, str], list[tuple[str, Mapping[str, Any]]]] = {}
    for pool in pools:
        for member in pool["members"]:
            if member["state"] not in SERVING:
                key = (member["name"], member["state"], member["cause"])
                found.setdefault(key, []).append((pool["name"], member))
    pieces = []
    for (name, _, _), places in found.items():
        first = min((member for _, member in places), key=lambda one: one["since"] or now)
        where = ", ".join(shown(pool) for pool, _ in places)
        pieces.append(Piece({"member": shown(name), "sentence": trouble(first, now), "where": f"in {where}"}))
    return pieces


def headline(document: Mapping[str, Any]) -> dict[str, str]:
    """All in one sentence: its level, its sign and itself; and the title of the page."""
    level, sign, said = _headline(document)
    return {"level": level, "sign": sign, "headline": said, "title": f"{sign} {said} \N{MIDDLE DOT} quorumha"}


def _headline(document: Mapping[str, Any]) -> tuple[str, str, str]:
    if document["draining"]:
        taken = "it takes no new clients" if document["drained"] else "soon it takes no new clients"
        return "off", OFF, f"Drains: {taken}."
    reached = {name for listener in document["listeners"] for name in pools_of(listener)}
    pools = [one for one in document["pools"] if one["name"] in reached]
    how: dict[str, Served] = {one["name"]: served(one["members"], one["writer"]) for one in pools}
    none = [shown(name) for name, one in how.items() if one.level == "bad"]
    if none:
        return "bad", BAD, f"Not served: {', '.join(none)}."
    members = [one for pool in pools for one in pool["members"] if one["state"] not in SERVING]
    if members:
        names = {f"{shown(one['name'])} ({of_state(one['state']).word})": None for one in members}
        return "less", LESS, f"Everything is served, without {', '.join(names)}."
    if any(one.level == "less" for one in how.values()):
        return "less", LESS, "Everything is served, in part by backups alone."
    if not document["listeners"]:
        return "off", OFF, "Nothing is served: there is no listener."
    return "good", GOOD, "Everything is served."


def notices(document: Mapping[str, Any]) -> list[Piece]:
    """What is the matter with the process itself."""
    found = []
    last = document["reload"]["last"]
    if last is not None and not last["taken"]:
        loaded = since(document["config"]["loaded"], document["now"])
        found.append(
            _notice(
                f"The reload at {since(last['at'], document['now'])} was refused.",
                f"What runs is the configuration of {loaded}.",
                last["problems"],
            )
        )
    # Where one alone is written to, the lane and the headline say it.
    written = _of_one_writer(document)
    waiting = sum(one["waiting"] for one in document["listeners"] if not written.intersection(pools_of(one)))
    if waiting:
        said = several(waiting, "request waits", "requests wait")
        found.append(_notice(f"{said} for a member.", "They are served as soon as one can respond.", []))
    return found


def _notice(what: str, more: str, problems: Sequence[str]) -> Piece:
    said = lines([shown(one) for one in problems])
    return Piece({"what": what, "more": more}, {"list": [Piece({}, {"lines": said})] if said else []})
