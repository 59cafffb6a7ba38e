"""L{FailBack}: relayed connections of a backup end once a primary has been up for a while.

Clients dial anew, and get the primary.  Without that they stay at the backup for as long as they live,
beside new clients at the primary: two GoQuorum nodes would count one account's nonces.

A connection on which nobody waits for anything (L{Bridge.idle_since}) ends at once, any other when it gets
there, or after L{LATEST}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import Factory, define, field
from twisted.internet.interfaces import IReactorTime

from quorumha.events import ConnectionsEnded
from quorumha.net.timeout import Limit
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.relay.bridge import Bridge

#: Seconds of silence after which a connection whose last bytes went to the client is idle.
IDLE = 0.5
#: Seconds that a connection has to become idle.
LATEST = 30.0
#: Seconds between two looks while there are connections to be ended.
LOOK = 0.25


@define(eq=False)
class FailBack:
    """Watches one relay's connections at backups.  It has a delayed call only while there are some."""

    _pool: UpstreamPool
    _clock: IReactorTime
    #: That a primary has to be up.
    _seconds: float
    #: The connections that live.
    _bridges: Callable[[], Iterable[Bridge]]
    _call: Limit | None = None
    #: Since when each connection is to become idle.
    _since: dict[Bridge, float] = Factory(dict)
    _stop_watching: Callable[[], None] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._stop_watching = self._pool.watch(self._recovered)

    def stop(self) -> None:
        """End no more."""
        self._stop_watching()
        self._since.clear()
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def joined(self, member: Member) -> None:
        """A connection to C{member} is there."""
        if member.upstream.backup and self._call is None:
            self._look()

    def _recovered(self, member: Member) -> None:
        if not member.upstream.backup and self._call is None:
            self._look()

    def _look(self) -> None:
        self._call = None
        at_backups = [bridge for bridge in self._bridges() if (m := bridge.member) and m.upstream.backup]
        now = self._clock.seconds()
        due = self._due(now) if at_backups else None
        if due is None:
            # A primary that recovers, or a connection that comes, begins anew.
            self._since.clear()
            return
        if due > now:
            self._since.clear()
            self._call = Limit(self._clock, due - now, self._look)
            return
        self._since = {bridge: self._since.get(bridge, now) for bridge in at_backups}
        for bridge, since in list(self._since.items()):
            idle = now - bridge.idle_since >= IDLE
            if idle or now - since >= LATEST:
                self._end(bridge, idle)
        if self._since:
            # Each look comes after the sockets were read: what lies there is no silence.
            self._call = Limit(self._clock, LOOK, self._look)

    def _due(self, now: float) -> float | None:
        """When a primary will have been up for long enough; None: none is up, or has room."""
        up = [m.up_since for m in self._pool.members if not m.upstream.backup and _is_up(m, now)]
        return max(min(up) + self._seconds, 0.0) if up else None

    def _end(self, bridge: Bridge, idle: bool) -> None:
        del self._since[bridge]
        member, pool = bridge.member, self._pool
        name = "" if member is None else member.upstream.name
        pool.observers.notify(ConnectionsEnded(pool.name, name, 1, failed_back=True))
        if idle:
            bridge.end_idle()
        else:
            bridge.close()


def _is_up(member: Member, now: float) -> bool:
    """Whether it would take a client; one that is only half-open is not up."""
    return member.usable(now) and not member.health.ejected_until and not member.full
