"""L{RelayFactory}: relays each connection it is given, and knows those that live."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IReactorTime, IStreamClientEndpoint

from quorumha.events import ConnectionDone, ConnectionsCut, ConnectionsEnded, Observers
from quorumha.net.drain import DrainingFactory
from quorumha.numbers import ListenerNumbers
from quorumha.pool.pool import Counters, Member, UpstreamPool
from quorumha.relay.bridge import LINGER
from quorumha.relay.endpoint import FailoverEndpoint
from quorumha.relay.failback import FailBack
from quorumha.relay.protocol import RelayProtocol


class RelayFactory(DrainingFactory[RelayProtocol]):
    """Listen with it: every client is relayed to an upstream.

    @cvar connection: what each client's is; who has another relays otherwise.
    @ivar endpoint: where clients are relayed to.
    @ivar idle_timeout: seconds without a byte in either direction before both sides are cut; 0
        means no limit.
    @ivar linger: seconds that a side has left once the other one is gone.
    @ivar counters: the pool's, or the relay's own over any other endpoint.
    @ivar name: what logs call it.
    @ivar numbers: what it has done, for its listener.
    """

    connection: Callable[[Any], RelayProtocol] = RelayProtocol

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
        numbers: ListenerNumbers | None = None,
    ) -> None:
        """
        @param upstream: a pool, dialled by a L{FailoverEndpoint}, or any other client endpoint.
        @param close_down: the connections of a pool's member end when its checks put it down.
        @param fail_back: seconds that a primary of a pool has to be up before connections of a backup end;
            0: they stay.
        """
        super().__init__(clock)
        self._fail_back: FailBack | None = None
        self._pool: UpstreamPool | None = None
        self._observers = Observers()
        self._close_down = close_down
        self._fail_back_after = fail_back
        #: What ends the watching of its pool, and of those of older connections, for members that go down.
        self._watching: dict[UpstreamPool, Callable[[], None]] = {}
        if isinstance(upstream, UpstreamPool):
            counters = counters or upstream.counters
            name = name or upstream.name
            self._pool, self._observers = upstream, upstream.observers
            upstream = FailoverEndpoint(upstream, clock)
        self.endpoint = upstream
        self.idle_timeout = idle_timeout
        self.linger = linger
        self.counters = Counters() if counters is None else counters
        self.name = name or "relay"
        self.numbers = ListenerNumbers() if numbers is None else numbers

    def startFactory(self) -> None:
        """It is listened with: watch the pool."""
        self._watch()

    def _watch(self) -> None:
        pool = self._pool
        if pool is not None and self._close_down and pool not in self._watching:
            self._watching[pool] = pool.watch_down(partial(self._down, pool))
        if pool is not None and self._fail_back_after and self._fail_back is None:
            bridges = lambda: [one.bridge for one in self.connections if one.pool is pool]  # noqa: E731  # short
            self._fail_back = FailBack(pool, self.clock, self._fail_back_after, bridges)

    def stop(self) -> None:
        """Nobody is relayed any more: watch the pool no longer."""
        self._stop_fail_back()
        self._watch_only(set())

    def _stop_fail_back(self) -> None:
        fail_back, self._fail_back = self._fail_back, None
        if fail_back is not None:
            fail_back.stop()

    def _watch_only(self, pools: Collection[UpstreamPool | None]) -> None:
        for pool in self._watching.keys() - pools:
            self._watching.pop(pool)()

    def turn(self, other: DrainingFactory[Any]) -> bool:
        """Serve new connections as another relay would; those that are there stay as they are."""
        if not isinstance(other, RelayFactory) or other.connection is not self.connection:
            return False
        self.endpoint, self.idle_timeout, self.linger = other.endpoint, other.idle_timeout, other.linger
        self.counters, self.name, self.numbers = other.counters, other.name, other.numbers
        self._pool, self._observers = other._pool, other._observers
        self._close_down, self._fail_back_after = other._close_down, other._fail_back_after
        self._stop_fail_back()
        # Those of another pool end with its members, as they always did.
        self._watch_only({one.pool for one in self.connections} - {self._pool})
        # Not startFactory: that is Twisted's word, and whoever derives from this has it said once.
        self._watch()
        return True

    def buildProtocol(self, addr: IAddress | None) -> RelayProtocol | None:
        """Relay a new client; None, which turns it away, while the listener drains."""
        return self.connection(self) if not self.draining else None

    def began(self, connection: RelayProtocol) -> None:
        """A client is connected."""
        self.connections.add(connection)
        connection.pool, connection.counters, connection.listener = self._pool, self.counters, self.name
        self.counters.requests += 1
        self.numbers.connections += 1

    def joined(self, connection: RelayProtocol) -> None:
        """It has an upstream."""
        member = connection.bridge.member
        connection.member = "" if member is None else member.upstream.name
        if self._fail_back is not None and member is not None:
            self._fail_back.joined(member)

    def carried_to(self, member: object) -> list[RelayProtocol]:
        """The connections of a member."""
        return [one for one in self.connections if one.bridge.member is member]

    def notify(self, connection: RelayProtocol, error: str = "") -> None:
        """A connection has ended; C{error}: why it never had an upstream."""
        if not error and not self._observers.requests:
            # Nobody wants it.
            return
        upstream = connection.upstream
        self._observers.notify(
            ConnectionDone(
                connection.listener,
                "" if connection.pool is None else connection.pool.name,
                connection.client,
                connection.member,
                error,
                connection.passed,
                0 if upstream is None else upstream.passed,
                self.clock.seconds() - connection.begun,
                "" if upstream is None else connection.bridge.ended_by,
            )
        )

    def _down(self, pool: UpstreamPool, member: Member) -> None:
        """Its checks put a member down: nothing good comes of its connections."""
        ending = self.carried_to(member)
        for one in ending:
            one.end_whole()
        if ending:
            self._observers.notify(ConnectionsEnded(pool.name, member.upstream.name, len(ending)))

    def ended(self, connection: RelayProtocol) -> None:
        """Both sides of it are gone."""
        if self._observers.requests and connection.upstream is not None:
            self.notify(connection)
        super().ended(connection)
        if connection.pool is not self._pool:
            # An older pool is watched for those that are left of it.
            self._watch_only({self._pool, *(one.pool for one in self.connections)})

    def notify_cut(self, count: int) -> None:
        """Tell of connections that are cut."""
        self._observers.notify(ConnectionsCut(self.name, count))

    def drain(self, limit: float = 0.0, idle: float = 0.0, recent: float = 0.0) -> Deferred[None]:
        """Take no more clients, and wait for those that are there; see L{DrainingFactory.drain}."""
        self._stop_fail_back()
        return super().drain(limit, idle, recent)
