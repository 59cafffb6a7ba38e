"""What relays have to do with the sessions that they have: L{Change}, L{Sessions}, and L{Relays} for all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from attrs import define, field, frozen
from twisted.logger import Logger

from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool

log = Logger()


def place_of(member: Member) -> str:
    """Which database a member is: one address in all pools of a group is one database."""
    return member.upstream.address or member.node.name


@frozen
class Change:
    """What becomes of the sessions that there are.

    @ivar place: whose go on; empty: nobody's.
    @ivar paused: they pause, both ways, until the next change; else they are resumed, if they were paused.
    @ivar cause: why, in words.
    """

    place: str
    paused: bool
    cause: str

    def keeps(self, member: Member) -> bool:
        """Whether a member's sessions go on, and those that are being dialled.  All others are cut."""
        return bool(self.place) and place_of(member) == self.place


class Sessions(Protocol):
    """One relay's sessions.

    @ivar pool: whose members they are at.
    """

    @property
    def pool(self) -> UpstreamPool: ...

    def apply(self, change: Change) -> int:
        """Do so, in this turn; how many were cut."""

    def opened(self) -> object:
        """Who waits may be dialled for: L{WriterGroup.member_for} says at whom."""


@define(eq=False)
class Relays:
    """All relays of a group.  What one of them raises is logged, and the others follow all the same.

    @ivar _group: the group's name.
    """

    _group: str
    _all: list[Sessions] = field(factory=list, init=False)

    def add(self, relay: Sessions) -> Callable[[], None]:
        """Have one more follow.

        @return: call it to have it follow no more.
        """
        self._all.append(relay)
        return lambda: self._all.remove(relay)

    def apply(self, change: Change, pool: UpstreamPool | None = None) -> list[tuple[Sessions, int]]:
        """Have all do so, or those of one pool; those that cut sessions, and how many."""
        cut = []
        for relay in [one for one in self._all if pool is None or one.pool is pool]:
            try:
                count = relay.apply(change)
            except Exception:
                log.failure("a relay of {group} could not follow", group=self._group)
            else:
                cut.append((relay, count))
        return [(relay, count) for relay, count in cut if count]

    def opened(self) -> None:
        """Have all dial for who waits."""
        for relay in tuple(self._all):
            try:
                relay.opened()
            except Exception:
                log.failure("a relay of {group} could not follow", group=self._group)
