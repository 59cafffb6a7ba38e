"""The states of members and pools: how each looks, and what it is called.  Pure.

A state is told by a sign and a word; the colour, which the style gives its level, only goes with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from quorumha.admin.page.page_words import several


@frozen
class Look:
    """@ivar level: for the style: C{good}, C{soft}, C{bad} or C{off}."""

    level: str
    sign: str
    word: str


GOOD = "\N{CHECK MARK}"
BAD = "\N{MULTIPLICATION X}"
LESS = "\N{BLACK UP-POINTING TRIANGLE}"
HALF = "\N{CIRCLE WITH RIGHT HALF BLACK}"
OFF = "\N{WHITE SQUARE}"

_STATES = {
    "up": Look("good", GOOD, "up"),
    "starting": Look("soft", HALF, "starting"),
    "half_open": Look("soft", HALF, "half-open"),
    "ejected": Look("bad", BAD, "ejected"),
    "down": Look("bad", BAD, "down"),
    "disabled": Look("off", OFF, "disabled"),
    "draining": Look("off", OFF, "draining"),
}

#: Of changes that are no states.
_CHANGES = {
    "enabled": Look("good", GOOD, "enabled"),
    "caught up": Look("good", GOOD, "caught up"),
    "writable": Look("good", GOOD, "writable"),
    "back from backup": Look("good", GOOD, "first choice again"),
    "backup in use": Look("soft", LESS, "backup in use"),
    "unprepared": Look("soft", LESS, "up, unprepared"),
    "behind": Look("soft", LESS, "behind"),
    "read-only": Look("soft", LESS, "read-only"),
    "writer": Look("good", GOOD, "writer"),
    "writer resumed": Look("good", GOOD, "goes on"),
    "writer silent": Look("soft", LESS, "silent"),
    "no writer": Look("bad", BAD, "no writer"),
    "database split": Look("bad", BAD, "split"),
}

#: Those that have a share of the requests.
SERVING = frozenset({"up", "starting"})
#: Those that the operator took away.
TAKEN_AWAY = frozenset({"disabled", "draining"})


def of_state(state: str) -> Look:
    """Of a member."""
    return _STATES.get(state) or Look("off", OFF, state)


def of_change(change: str) -> Look:
    """Of what a member has become."""
    return _STATES.get(change) or _CHANGES.get(change) or Look("off", OFF, change)


@frozen
class Served:
    """How a pool is served, or several together.

    @ivar level: C{good}: by all that are to; C{less}: by fewer, or by the last one; C{bad}: by none.
    """

    level: str
    sign: str
    word: str
    serving: int
    members: int

    @property
    def count(self) -> str:
        """How many serve."""
        return f"{self.serving} of {several(self.members, 'member')} up"


_LEVELS = ("good", "less", "bad")


def served(members: Sequence[Mapping[str, Any]], writer: Mapping[str, Any] | None = None) -> Served:
    """How a pool of these members is.

    @param writer: who of them is written to; None: all may be.
    """
    serving = [one for one in members if one["state"] in SERVING]
    wanted = sum(one["state"] not in TAKEN_AWAY for one in members)
    level, sign, word = "good", GOOD, "served"
    if not serving:
        again = any(one["state"] == "half_open" for one in members)
        level, sign, word = "bad", BAD, "not served; one is tried again" if again else "not served"
    elif len(serving) == 1 < len(members):
        level, sign, word = "less", LESS, "served by one alone"
    elif all(one["backup"] for one in serving):
        level, sign, word = "less", LESS, "served by backups alone"
    elif len(serving) < wanted:
        level, sign, word = "less", LESS, "served by fewer"
    if serving and writer is not None and writer["cause"]:
        level, sign, word = "bad", BAD, "split" if writer["split"] else "not written to: sessions wait"
    return Served(level, sign, word, len(serving), len(members))


def worst(pools: Sequence[Served]) -> Served:
    """Of pools that are looked at together."""
    first = max(pools, key=lambda one: _LEVELS.index(one.level))
    return Served(
        first.level,
        first.sign,
        first.word,
        sum(one.serving for one in pools),
        sum(one.members for one in pools),
    )
