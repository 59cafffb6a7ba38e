"""What has been: what was saved, how reloads went, and who changed last.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quorumha.admin.page.page_states import of_change
from quorumha.admin.page.page_words import at, count, iso, sentence, several, shown, since
from quorumha.admin.page.piece import MARK, Piece, lines

#: What the proxy did for its clients: the document's key, and what it is called.
_SAVED = {
    "failed_over": "responded by another member after one failed",
    "waited_and_served": "waited for a member, and were served",
    "false_404_prevented": "wrong 404s that another member corrected",
    "healed": "parties that a Tessera was brought",
}


def saved(document: Mapping[str, Any]) -> list[Piece]:
    """A count of each."""
    found = document["saved"]
    return [Piece({"what": word, "count": count(found[key])}) for key, word in _SAVED.items()]


def reloads(document: Mapping[str, Any]) -> dict[str, str]:
    """How many there were."""
    reload = document["reload"]
    return {"reloads": f"{count(reload['taken'])} taken, {count(reload['refused'])} refused"}


def last_reload(document: Mapping[str, Any]) -> list[Piece]:
    """What the last one changed, or why it was refused; nothing where there was none."""
    last = document["reload"]["last"]
    if last is None:
        return []
    said = last["changes"] if last["taken"] else last["problems"]
    what = "taken" if last["taken"] else "refused"
    nothing = "" if said or not last["taken"] else "; nothing changed"
    text = f"{what.capitalize()} at {since(last['at'], document['now'])}{nothing}"
    listed = [Piece({}, {"lines": lines([shown(one) for one in said])})] if said else []
    return [Piece({"what": f"{text}{':' if said else '.'}"}, {"list": listed})]


def changes(document: Mapping[str, Any]) -> dict[str, list[Piece]]:
    """The last ones, newest first."""
    found = document["changes"]
    return {
        "strip": [Piece({}, {"changes": [_change(one, document["now"]) for one in found]})] if found else [],
        "unchanged": [] if found else [MARK],
    }


def changes_count(document: Mapping[str, Any]) -> str:
    """How many are shown."""
    number = len(document["changes"])
    return several(number, "change") + ", newest first" if number else ""


def _change(change: Mapping[str, Any], now: float) -> Piece:
    look = of_change(change["change"])
    why = " ".join(filter(None, (sentence(shown(change["cause"])), sentence(shown(change["next"])))))
    return Piece(
        {
            "id": f"change:{change['at']}/{shown(change['pool'])}/{shown(change['upstream'])}/{look.word}",
            "level": look.level,
            "iso": iso(change["at"]),
            "at": at(change["at"], now),
            "sign": look.sign,
            "word": look.word,
            "member": shown(change["upstream"]),
            "pool": f"in {shown(change['pool'])}",
            "why": why,
        }
    )
