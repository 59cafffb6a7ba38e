"""L{RelayProtocol}: a client's connection, from its first byte to the end of both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import UpstreamError
from quorumha.net.callbacks import Pending, dial
from quorumha.pool.dial_errors import connect_failed
from quorumha.pool.pool import Counters, UpstreamPool
from quorumha.pool.upstream import describe
from quorumha.relay.bridge import Bridge
from quorumha.relay.side import Side

if TYPE_CHECKING:
    from quorumha.relay.factory import RelayFactory

log = Logger()


class RelayProtocol(Side):
    """The client's side.  Dials as soon as it is connected; L{RelayFactory} builds it.

    @ivar begun: when it was connected, by the clock.
    @ivar member: the name of the member that it was relayed to; empty: of none.
    @ivar upstream: the other side, once there is one.
    @ivar pool, counters, listener: what the relay had when it came; it may serve another pool by now.
    """

    is_client = True
    begun = 0.0
    member = ""
    upstream: Side | None = None
    # L{RelayFactory.began} says which, when it is connected.
    pool: UpstreamPool | None = None
    counters: Counters
    listener = ""

    def __init__(self, relay: RelayFactory) -> None:
        super().__init__()
        self.bridge = Bridge(self, relay)
        self._relay = relay
        self._dialling: Pending | None = None

    def connectionMade(self) -> None:
        """Begin to dial an upstream for the client that has come."""
        super().connectionMade()
        relay = self._relay
        self.begun = relay.clock.seconds()
        relay.began(self)
        self.dial()

    def upstream_side(self) -> Side:
        """Makes the other side, for one upstream that is tried."""
        return Side()

    def dial(self) -> None:
        """Begin to dial."""
        relay = self._relay
        self._dialling = dial(relay.endpoint, self.bridge, self._connected, self._no_upstream)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """End the upstream's side, or stop dialling it."""
        super().connectionLost(reason)
        dialling, self._dialling = self._dialling, None
        if dialling is not None:
            dialling.cancel()

    @property
    def client(self) -> str:
        """The client's address, as text; asked for by facts alone, and few connections make one."""
        return getattr(self.transport.getPeer(), "host", "a unix socket")

    @property
    def idle_since(self) -> float:
        """Since when, by the clock, nobody waits for anything; infinity: somebody may."""
        return self.bridge.idle_since

    quiet_since = idle_since

    def finish_soon(self, recent: float) -> None:
        """What it is at ends when its two sides say so."""

    def end_idle(self) -> None:
        """End both sides, while nobody waits for anything."""
        self.bridge.end_idle()

    def end_whole(self) -> None:
        """End both sides; what was written to them arrives."""
        self.bridge.close()

    def cut(self) -> None:
        """Break off both sides, whatever is going on."""
        self.bridge.cut()

    def _connected(self, upstream: IProtocol) -> None:
        assert isinstance(upstream, Side)
        self._dialling = None
        if self.lost:
            # The endpoint connected although the dial was cancelled.
            upstream.abort()
            return
        self.counters.answered += 1
        self.upstream = upstream
        try:
            self.bridge.join(upstream)
            self._relay.joined(self)
        except Exception:
            log.failure("relaying failed")
            self.cut()

    def _no_upstream(self, failure: Failure) -> None:
        self._dialling = None
        if self.lost:
            return
        self.counters.failed += 1
        reason = str(failure.value) if failure.check(UpstreamError) else describe(connect_failed(failure))
        self._relay.notify(self, reason)
        self.turn_away(reason)

    def turn_away(self, reason: str) -> None:
        """There is no upstream for it; C{reason}: why not."""
        self.abort()
