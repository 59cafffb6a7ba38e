"""What the members of a pool can do together.  Pure.

GoQuorum asks C{/version/api} once, takes the highest version listed, and keeps to it for life;
whichever member gets a call later must know that version.  So what is told is what all know.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

#: What a Tessera without C{/version/api} can do; GoQuorum, too, takes it for that.
OLDEST = "1.0"


def parse_versions(body: bytes) -> frozenset[str] | None:
    """The versions an answer lists: a JSON array of text; None when it is not one."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return as_versions(found)


def as_versions(found: object) -> frozenset[str] | None:
    """A list of short texts, else None."""
    if not isinstance(found, list) or not all(isinstance(one, str) and len(one) < 20 for one in found):
        return None
    return frozenset(found[:100])


def order(version: str) -> tuple[int, ...]:
    """By numbers: 2.1 before 10.0."""
    return tuple(int(part) if part.isdecimal() and part.isascii() else 0 for part in version.split("."))


def common(known: Mapping[str, frozenset[str]], members: Iterable[str]) -> list[str]:
    """What all of these know of which anything is known, lowest first; empty: nothing is known.

    With nothing in common, the oldest: every Tessera understands it.

    @param known: what each member said last, by its name; members that never answered are not there.
    """
    said = [known[name] for name in members if name in known]
    if not said:
        return []
    return sorted(frozenset.intersection(*said), key=lambda version: (order(version), version)) or [OLDEST]
