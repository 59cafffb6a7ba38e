"""L{ApiVersions}: what the members of a pool can do together.  Pure.

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


class ApiVersions:
    """What each member said last.

    @ivar by_member: by name; members that never answered are not there.
    """

    def __init__(self, by_member: Mapping[str, Iterable[str]] | None = None) -> None:
        self.by_member = {name: frozenset(known) for name, known in (by_member or {}).items()}

    def learn(self, member: str, versions: frozenset[str]) -> bool:
        """A member answered.

        @return: whether that is news.
        """
        news = self.by_member.get(member) != versions
        self.by_member[member] = versions
        return news

    def common(self, members: Iterable[str]) -> list[str]:
        """What all of these know of which anything is known, lowest first; empty: nothing is known.

        With nothing in common, the oldest: every Tessera understands it.
        """
        known = [self.by_member[name] for name in members if name in self.by_member]
        if not known:
            return []
        common = frozenset.intersection(*known)
        return sorted(common, key=lambda version: (order(version), version)) or [OLDEST]
