"""L{MemberDrain}: relayed connections and tunnels of a member end, because its operator drains it.

One on which nobody waits for anything ends at once, any other when it gets there, or when the time is over.
Clients dial anew, and get another member.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

from quorumha.net.timeout import Limit
from quorumha.pool.member import Member
from quorumha.relay.failback import IDLE, LOOK


class Carrying(Protocol):
    """A connection that carries bytes to a member, and back."""

    @property
    def quiet_since(self) -> float:
        """Since when, by the clock, it is silent behind bytes to its client; infinity: somebody may wait."""

    def end_idle(self) -> None:
        """End now, while nobody waits for anything."""

    def end_whole(self) -> None:
        """End now; what was written arrives."""


@define(eq=False)
class MemberDrain:
    """Ends what is carried to a member, until nothing is in flight there, or it is enabled again."""

    _clock: IReactorTime
    _member: Member
    #: What is carried to it now.
    _connections: Callable[[Member], Iterable[Carrying]]
    #: When the time is over, by the clock.
    _until: float
    #: Called with how many were ended.
    _ended: Callable[[int], object]
    #: Those that were ended, and may not be gone yet.
    _ending: set[Carrying] = field(factory=set, init=False)
    _call: Limit | None = field(default=None, init=False)

    def look(self) -> None:
        """End those that can be ended now, and look again while there is anything."""
        self._call = None
        member = self._member
        member.draining = not member.enabled
        if member.enabled:
            return
        now = self._clock.seconds()
        left = set(self._connections(member))
        before = len(self._ending & left)
        self._ending &= left
        for one in left - self._ending:
            if one.quiet_since <= now - IDLE:
                one.end_idle()
            elif now >= self._until:
                one.end_whole()
            else:
                continue
            self._ending.add(one)
        if len(self._ending) > before:
            self._ended(len(self._ending) - before)
        if member.in_flight:
            # Each look comes after the sockets were read: what lies there is no silence.
            self._call = Limit(self._clock, LOOK, self.look)
        else:
            member.draining = False

    @property
    def looking(self) -> bool:
        """Whether anything is left."""
        return self._call is not None

    def stop(self) -> None:
        """End no more."""
        self._member.draining = False
        if self._call is not None:
            self._call.cancel()
            self._call = None
