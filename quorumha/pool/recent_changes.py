"""L{RecentChanges}: the last changes of members' states, and what each member's numbers say of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from attrs import frozen

from quorumha.events import MemberChanged
from quorumha.pool.pool import UpstreamPool

#: How many are kept.
KEPT = 50
#: Those after which another word is right for a member.
STATE_CHANGES = frozenset({"up", "down", "ejected", "enabled", "disabled", "added"})


@frozen
class StateChange:
    """A member's state has changed.

    @ivar at: in seconds since the epoch.
    @ivar change: as L{MemberChanged} has it, and C{cause} and C{next}, too.
    """

    at: float
    pool: str
    upstream: str
    change: str
    cause: str
    next: str


class RecentChanges:
    """The last L{KEPT} changes.  It is an L{Observer<quorumha.events.Observer>}."""

    def __init__(self, pools: Callable[[], Mapping[str, UpstreamPool]], wall: Callable[[], float]) -> None:
        """
        @param pools: those there are when it is asked, by name.
        @param wall: gives the seconds since the epoch.
        """
        self._pools = pools
        self._wall = wall
        self._kept: deque[StateChange] = deque(maxlen=KEPT)

    @property
    def newest(self) -> tuple[StateChange, ...]:
        """All of them, the newest first."""
        return tuple(self._kept)

    def __call__(self, fact: object) -> None:
        """Take note of a fact, if it is such a change."""
        if not isinstance(fact, MemberChanged):
            return
        at, change = self._wall(), fact.change
        self._kept.appendleft(StateChange(at, fact.pool, fact.upstream, change, fact.cause, fact.next))
        pool = self._pools().get(fact.pool) if change in STATE_CHANGES else None
        for member in () if pool is None else pool.members:
            if member.name == fact.upstream:
                member.numbers.changed(change, at, fact.cause, fact.next)
