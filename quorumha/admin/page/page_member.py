"""One member of a pool, as the page shows it: state, cause, what happens next, numbers, buttons.  Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from quorumha.admin.page.page_states import TAKEN_AWAY, of_state
from quorumha.admin.page.page_words import age, at, count, sentence, shown
from quorumha.admin.page.page_writer import may_be_used, role_tags
from quorumha.admin.page.piece import Piece, lines

#: How attempts end beside with a response, and what that is called.
_ENDS = {
    "connect_failed": "connect failed",
    "timed_out": "timed out",
    "broken": "broken",
    "cancelled": "cancelled",
}


def member_piece(
    pool: str, member: Mapping[str, Any], now: float, writer: Mapping[str, Any] | None = None
) -> Piece:
    """Its line, and its buttons.

    @param writer: who in its pool is written to; None: all may be.
    """
    look = of_state(member["state"])
    name = shown(member["name"])
    said = trouble(member, now)
    tags = (
        role_tags(member, writer)
        + (["backup"] if member["backup"] else [])
        + ([f"weight {member['weight']}"] if member["weight"] != 1 else [])
    )
    return Piece(
        {
            "id": f"member:{pool}/{name}",
            "level": look.level,
            "sign": look.sign,
            "word": look.word,
            "name": name,
            "address": shown(member["address"]),
            "numbers": _numbers(member, now),
        },
        {
            "tags": lines(tags, "tag"),
            "sentences": lines([said] if said else [], "sentence"),
            "buttons": [
                *([_use(pool, name)] if may_be_used(member, writer) else []),
                *_buttons(pool, name, member["state"]),
            ],
        },
    )


def trouble(member: Mapping[str, Any], now: float) -> str:
    """What is the matter with it, why, and what happens next; empty: nothing is."""
    state = member["state"]
    if state == "up":
        return ""
    word = of_state(state).word.capitalize()
    began = member["since"]
    if state in TAKEN_AWAY:
        word += f" by {'the file' if member['enabled_by'] == 'file' else shown(member['enabled_by'])}"
        began = member["enabled_since"] or began
    if began:
        word += f" for {age(now - began)}, since {at(began, now)}"
    cause = shown(member["cause"]).strip().rstrip(".")
    said = f"{word}: {cause}." if cause else f"{word}."
    follows = sentence(shown(member["next"]))
    return f"{said} {follows}" if follows else said


def _numbers(member: Mapping[str, Any], now: float) -> str:
    attempts = member["attempts"]
    parts = [f"{count(member['in_flight'])} in flight", f"{count(attempts.get('responded', 0))} responded"]
    parts += [f"{count(attempts[key])} {word}" for key, word in _ENDS.items() if attempts.get(key)]
    if check := member["check"]:
        took = f"{check['seconds'] * 1000:.0f} ms" if check["seconds"] >= 0.001 else "< 1 ms"
        said = shown(check["said"]).strip()
        # What the sentence above says already is not said again.
        result = "" if said == shown(member["cause"]).strip() else f" {said}"
        parts.append(f"check {age(now - check['at'])} ago, {took}{result if said else ': good'}")
    return " \N{MIDDLE DOT} ".join(parts)


def _buttons(pool: str, name: str, state: str) -> list[Piece]:
    if state in TAKEN_AWAY:
        return [
            _button(
                pool, name, "enable", "Enable", "It gets requests again as soon as it is healthy.", "enabled"
            )
        ]
    return [
        _button(
            pool,
            name,
            "disable",
            "Disable",
            "It gets nothing new; what is in flight there finishes.",
            "disabled",
        ),
        _button(
            pool,
            name,
            "drain",
            "Drain",
            "It gets nothing new; relayed connections are ended when idle, after 30 s at the latest.",
            "drained",
        ),
    ]


def _use(pool: str, name: str) -> Piece:
    then = "All sessions go there; what other members have that it lacks is given up."
    return _button(pool, name, "use", "Use", then, "written to")


def _button(pool: str, name: str, action: str, label: str, then: str, done: str) -> Piece:
    return Piece(
        {
            # Enable stands where disable stood: who pressed one has the focus on the other.
            "id": f"{action if action in ('drain', 'use') else 'switch'}:{pool}/{name}",
            "post": f"api/v1/pools/{quote(pool, safe='')}/upstreams/{quote(name, safe='')}/{action}",
            "label": label,
            "aria": f"{label} {name} of {pool}",
            "ask": f"{label} {name} of pool {pool}?",
            "then": then,
            "done": f"{name} of pool {pool} is {done}.",
        }
    )
