"""L{RemovedMembers}: ends what is carried to a member that is one no more, after a while."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import define, field
from twisted.internet.interfaces import IReactorTime

from quorumha.app.member_drain import Carrying
from quorumha.events import ConnectionsEnded, Observers
from quorumha.net.timeout import Limit
from quorumha.pool.member import Member


@define(eq=False)
class RemovedMembers:
    """Has a delayed call for each of them."""

    _clock: IReactorTime
    _observers: Observers
    #: What is carried to a member now.
    _connections: Callable[[Member], Iterable[Carrying]]
    _limits: dict[Member, Limit] = field(factory=dict, init=False)

    def removed(self, pool: str, member: Member, timeout: float) -> None:
        """It was one until now.

        @param timeout: seconds that its relayed connections, and tunnels, go on; 0: for ever.
        """
        if timeout and member.in_flight:
            self._limits[member] = Limit(self._clock, timeout, lambda: self._end(pool, member))

    def stop(self) -> None:
        """End none any more."""
        limits, self._limits = self._limits, {}
        for limit in limits.values():
            limit.cancel()

    def _end(self, pool: str, member: Member) -> None:
        del self._limits[member]
        ending = list(self._connections(member))
        for one in ending:
            one.end_whole()
        if ending:
            self._observers.notify(ConnectionsEnded(pool, member.name, len(ending), removed=True))
