"""L{RelayProtocol}: a client's connection, from its first byte to the end of both sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IProtocol
from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.dialling import connect_failed
from quorumha.errors import UpstreamError
from quorumha.relay.bridge import Bridge
from quorumha.relay.side import Side
from quorumha.upstream import describe

if TYPE_CHECKING:
    from quorumha.relay.factory import RelayFactory

log = Logger()


class _UpstreamFactory(Factory):
    """Builds the upstream side of one connection; anew for each upstream that is tried."""

    noisy = False

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def buildProtocol(self, addr: IAddress | None) -> Side:
        """See L{Factory.buildProtocol}."""
        side = Side()
        side.bridge = self._bridge
        return side


class RelayProtocol(Side):
    """The client's side.  Dials as soon as it is connected; L{RelayFactory} builds it."""

    def __init__(self, relay: RelayFactory) -> None:
        super().__init__()
        self.bridge = Bridge(self, relay.clock, relay.idle_timeout, relay.linger, self._ended)
        self._relay = relay
        self._dialling: Deferred[IProtocol] | None = None

    def connectionMade(self) -> None:
        """See L{Side.connectionMade}."""
        super().connectionMade()
        relay = self._relay
        relay.began(self)
        dialling = self._dialling = relay.endpoint.connect(_UpstreamFactory(self.bridge))
        dialling.addCallbacks(self._connected, self._no_upstream)
        dialling.addErrback(self._bug)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """See L{Side.connectionLost}."""
        super().connectionLost(reason)
        dialling, self._dialling = self._dialling, None
        if dialling is not None:
            dialling.cancel()

    def cut(self) -> None:
        """Break off both sides, whatever is going on."""
        self.bridge.cut()

    def _connected(self, upstream: IProtocol) -> None:
        assert isinstance(upstream, Side)
        self._dialling = None
        if self.lost:
            # The endpoint connected although it was told to stop.
            upstream.abort()
            return
        self._relay.counters.answered += 1
        self.bridge.join(upstream)

    def _no_upstream(self, failure: Failure) -> None:
        self._dialling = None
        if self.lost:
            return
        self._relay.counters.failed += 1
        log.warn(
            "{relay}: a client was dropped: {reason}",
            event="client-dropped",
            relay=self._relay.name,
            reason=str(failure.value) if failure.check(UpstreamError) else describe(connect_failed(failure)),
        )
        self.abort()

    def _bug(self, failure: Failure) -> None:
        log.failure("relaying failed", failure=failure)
        self.cut()

    def _ended(self) -> None:
        self._relay.ended(self)
