"""L{RelayFactory}: relays each connection it is given, and knows those that live."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IReactorTime, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.logger import Logger

from quorumha.events import ConnectionDone, ConnectionsEnded, Observers
from quorumha.net.idle_clients import Idle
from quorumha.net.timeout import Limit
from quorumha.pool.pool import Counters, Member, UpstreamPool
from quorumha.relay.bridge import LINGER, Bridge
from quorumha.relay.endpoint import FailoverEndpoint
from quorumha.relay.failback import FailBack
from quorumha.relay.protocol import RelayProtocol

log = Logger()

T = TypeVar("T")

#: Seconds from one look at who is idle, while it drains, to the next.
IDLE_LOOK = 0.1


class RelayFactory(Factory):
    """Listen with it: every client is relayed to an upstream.

    @ivar endpoint: where clients are relayed to.
    @ivar clock: what time it is.
    @ivar idle_timeout: seconds without a byte in either direction before both sides are cut; 0
        means no limit.
    @ivar linger: seconds that a side has left once the other one is gone.
    @ivar counters: the pool's, or the relay's own over any other endpoint.
    @ivar name: what logs call it.
    @ivar connections: the clients that are connected, or whose upstream still is.
    @ivar accepted: clients taken since the beginning.
    """

    noisy = False

    def __init__(
        self,
        upstream: UpstreamPool | IStreamClientEndpoint,
        clock: IReactorTime,
        idle_timeout: float = 0.0,
        linger: float = LINGER,
        counters: Counters | None = None,
        name: str | None = None,
        close_down: bool = False,
        fail_back: float = 0.0,
    ) -> None:
        """
        @param upstream: a pool, dialled by a L{FailoverEndpoint}, or any other client endpoint.
        @param close_down: the connections of a pool's member end when its checks put it down.
        @param fail_back: seconds that a primary of a pool has to be up before connections of a backup end;
            0: they stay.
        """
        self._fail_back: FailBack | None = None
        self._pool = ""
        self._observers = Observers()
        if isinstance(upstream, UpstreamPool):
            if close_down:
                upstream.watch_down(self._down)
            if fail_back:
                bridges = lambda: [connection.bridge for connection in self.connections]  # noqa: E731  # short
                self._fail_back = FailBack(upstream, clock, fail_back, bridges)
            counters = counters or upstream.counters
            name = name or upstream.name
            self._pool, self._observers = upstream.name, upstream.observers
            upstream = FailoverEndpoint(upstream, clock)
        self.endpoint = upstream
        self.clock = clock
        self.idle_timeout = idle_timeout
        self.linger = linger
        self.counters = Counters() if counters is None else counters
        self.name = name or "relay"
        self.connections: set[RelayProtocol] = set()
        self.accepted = 0
        self._draining: list[Deferred[None]] | None = None

    def buildProtocol(self, addr: IAddress | None) -> RelayProtocol | None:
        """Relay a new client; None, which turns it away, while the listener drains."""
        return RelayProtocol(self) if self._draining is None else None

    def began(self, connection: RelayProtocol) -> None:
        """A client is connected."""
        self.connections.add(connection)
        self.accepted += 1
        self.counters.requests += 1

    def joined(self, connection: RelayProtocol) -> None:
        """It has an upstream."""
        member = connection.bridge.member
        connection.member = "" if member is None else member.upstream.name
        if self._fail_back is not None and member is not None:
            self._fail_back.joined(member)

    def notify(self, connection: RelayProtocol, error: str = "") -> None:
        """A connection has ended.

        @param error: why it never had an upstream.
        """
        upstream = connection.upstream
        received, sent = connection.passed, 0 if upstream is None else upstream.passed
        seconds = self.clock.seconds() - connection.begun
        self._observers.notify(
            ConnectionDone(
                self.name, self._pool, connection.client, connection.member, error, received, sent, seconds
            )
        )

    def _down(self, member: Member) -> None:
        """Its checks put a member down: nothing good comes of its connections."""
        bridges = [one.bridge for one in self.connections if one.bridge.member is member]
        for bridge in bridges:
            bridge.close()
        if bridges:
            self._observers.notify(ConnectionsEnded(self._pool, member.upstream.name, len(bridges)))

    def idle(self) -> Iterable[Idle]:
        """The connections in which nobody waits for anything."""
        for connection in self.connections:
            since = connection.bridge.idle_since
            if since is not None:
                yield Idle(since, partial(_close_idle, connection.bridge, since))

    def ended(self, connection: RelayProtocol) -> None:
        """Both sides of it are gone."""
        self.connections.discard(connection)
        if self._observers.requests and connection.upstream is not None:
            self.notify(connection)
        if self._draining and not self.connections:
            waiting, self._draining = self._draining, []
            for drained in waiting:
                drained.callback(None)

    def drain(self, deadline: float = 0.0, idle: float = 0.0) -> Deferred[None]:
        """Take no more clients, and wait for those that are there.

        @param deadline: seconds after which the rest is cut; 0 means no limit.
        @param idle: seconds of silence after which a connection in which nobody waits for anything is ended:
            the last bytes went to the client.  Where they went to the upstream, it may be at work.  0: no
            connection is ended for that.
        @return: fires when none is left.
        """
        drained: Deferred[None] = Deferred()
        if self._draining is None:
            self._draining = []
            if self._fail_back is not None:
                self._fail_back.stop()
                self._fail_back = None
        if not self.connections:
            drained.callback(None)
            return drained
        self._draining.append(drained)
        if idle:
            self._end_idle(idle)
        if deadline:
            limit = self.clock.callLater(deadline, self.cut)

            def stop_limit(result: T) -> T:
                if limit.active():
                    limit.cancel()
                return result

            drained.addBoth(stop_limit)
        return drained

    def _end_idle(self, idle: float) -> None:
        """End those that are idle, now and from time to time, until none is left."""
        now = self.clock.seconds()
        for connection in list(self.connections):
            if connection.bridge.idle_for(now) >= idle:
                connection.bridge.end_idle()
        if self.connections:
            # Each look comes after the sockets were read: what lies there is no silence.
            Limit(self.clock, IDLE_LOOK, lambda: self._end_idle(idle))

    def cut(self) -> None:
        """Break off every connection that lives."""
        for connection in list(self.connections):
            connection.cut()


def _close_idle(bridge: Bridge, since: float) -> bool:
    """End a connection, if it is idle since then, and say whether it is."""
    idle = bridge.idle_since == since
    if idle:
        bridge.end_idle()
    return idle
