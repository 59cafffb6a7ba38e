"""Why a member is not asked, in words for a client: no addresses, nothing of a call.  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from quorumha.goquorum.decide.heights import signs_of
from quorumha.pool.member import Member

#: How many members are named; a pool may have very many.
NAMED = 16


def cause_of(member: Member, now: float) -> str:
    """What is known against a member; empty: nothing."""
    if not member.enabled:
        return "disabled"
    if member.health.down:
        return "silent" if member.silent else "down by its checks"
    if now < member.health.ejected_until:
        return "ejected after failures"
    if member.full:
        return "has as many requests as it may have"
    signs = signs_of(member)
    return signs.behind or (f"read-only: {signs.read_only}" if signs.read_only else "")


def causes(members: Iterable[Member], now: float, failures: Mapping[Member, str] | None = None) -> str:
    """Each member and its cause: C{a1: could not connect (refused); a2: down by its checks}.

    @param failures: what became of one call, by member; it goes first.
    """
    failures = failures or {}
    named = [
        f"{member.name}: {failures.get(member) or cause_of(member, now) or 'not asked'}" for member in members
    ]
    if len(named) > NAMED:
        named = [*named[:NAMED], f"and {len(named) - NAMED} more"]
    return "; ".join(named)
