"""L{writable}: the members that may take transactions now.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from quorumha.goquorum.decide.heights import signs_of
from quorumha.pool.member import Member


def writable(members: Iterable[Member], now: float) -> list[Member]:
    """Those that may take a transaction, in the pool's order.

    Those that are behind only if no other may; then, as a bad guess beats a sure error, those that were
    ejected for what they did with requests: none that its checks put down, nor one that is read-only.
    """
    able = [m for m in members if m.eligible and not m.health.down and not signs_of(m).read_only]
    usable = [m for m in able if m.health.usable(now)]
    return [m for m in usable if not signs_of(m).behind] or usable or able
