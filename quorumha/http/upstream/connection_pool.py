"""L{Connections}: the connections of one pool that wait to be used again, and how new ones are made."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory

from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.upstream.stale_check import is_silent
from quorumha.http.wire.head_cache import HeadCache
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.dial import Dial, DialFailed
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Phase


class _Quiet(Factory):
    """Builds the connection that was made for a dial, without a line in the log for each."""

    noisy = False

    def __init__(self, connection: UpstreamConnection) -> None:
        self._connection = connection

    def buildProtocol(self, addr: IAddress | None) -> UpstreamConnection:
        return self._connection


#: Seconds after which a connection to an upstream that is given by name is not used again, however
#: busy it is: the name may lead to another machine by then.
NAMED_FOR = 60.0


@define(eq=False)
class Connections:
    """Kept connections of the members of a pool, the youngest used first.

    @ivar _keepalive: connections kept for each member; 0 means none.
    @ivar _idle: seconds one is kept without use; 0 means no limit.
    """

    _clock: IReactorTime
    _keepalive: int = 16
    _idle: float = 20.0
    _kept: dict[Member, list[UpstreamConnection]] = field(factory=dict, init=False)
    _heads: HeadCache[ResponseHead] = field(factory=HeadCache, init=False)
    _stopped: bool = field(default=False, init=False)

    def kept(self, member: Member) -> UpstreamConnection | None:
        """One that waits and is clean, taken out, or None.  Those that are not are ended."""
        waiting = self._kept.get(member)
        while waiting:
            connection = waiting.pop()
            if connection.writer.closed:
                continue
            if connection.below is None or is_silent(connection.below):
                return connection
            connection.leave()
        return None

    def dial(
        self,
        member: Member,
        connected: Callable[[UpstreamConnection], object],
        failed: DialFailed,
        seconds: float = 0.0,
        phase: Phase = Phase.CONNECT,
    ) -> Dial:
        """Make a new one; the parameters are those of L{Dial}."""
        connection = UpstreamConnection(member, self._clock, self._forget, self._heads)
        if member.upstream.named:
            connection.use_until = self._clock.seconds() + NAMED_FOR
        factory = _Quiet(connection)
        return Dial(member, factory, lambda _: connected(connection), failed, self._clock, seconds, phase)

    def give_back(self, connection: UpstreamConnection) -> None:
        """Keep it for the next request, if it may be; else end it."""
        if not connection.reusable:
            connection.abort()
            return
        member, until = connection.member, connection.use_until
        over = self._stopped or member.removed or (until and self._clock.seconds() >= until)
        if over or len(waiting := self._kept.setdefault(member, [])) >= self._keepalive:
            connection.leave()
            return
        connection.limit.rest(Phase.BETWEEN_BYTES, self._idle)
        waiting.append(connection)

    def _forget(self, connection: UpstreamConnection) -> None:
        waiting = self._kept.get(connection.member)
        if waiting and connection in waiting:
            waiting.remove(connection)

    def keep(self, keepalive: int, idle: float) -> None:
        """Keep so many for each member, for so long, from now on; see the class."""
        self._keepalive, self._idle = keepalive, idle

    def drop(self, member: Member) -> None:
        """End all that wait for requests to a member, as one that was removed."""
        for connection in self._kept.pop(member, ()):
            connection.leave()

    def stop(self) -> None:
        """End all that wait, and keep no more."""
        self._stopped = True
        self.close_idle()

    def close_idle(self) -> None:
        """End all that wait."""
        for member in tuple(self._kept):
            self.drop(member)
