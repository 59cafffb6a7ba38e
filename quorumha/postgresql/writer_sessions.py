"""What relays have to do with the sessions that they have: L{Change}, and the interface L{Sessions}."""

from __future__ import annotations

from typing import Protocol

from attrs import frozen

from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool


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
