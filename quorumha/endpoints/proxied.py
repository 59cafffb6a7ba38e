"""Listening for a load balancer that tells who its clients are (PROXY protocol, versions 1 and 2).

Nothing is built for a connection before its header is whole: who serves it knows the client from its first
byte on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IProtocolFactory,
    IReactorTime,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.python.failure import Failure
from zope.interface import alsoProvides, directlyProvides, providedBy

from quorumha.endpoints.proxy_header import BadProxyHeader, ProxyHeader, read_proxy_header
from quorumha.net.idle_clients import Idle
from quorumha.net.timeout import Limit

#: Why who takes too long is refused.
LATE = "the PROXY header took too long"


class _Proxied(ProtocolWrapper):
    """One connection: its header, and then what the wrapped factory builds for its client."""

    factory: Any
    transport: Any = None
    # Twisted's class has it from the beginning.
    wrappedProtocol: Any = None

    def __init__(self, factory: ProxiedFactory) -> None:
        super().__init__(factory, None)  # type: ignore[arg-type]  # as above
        self._begun = b""
        self._header = ProxyHeader(0)
        self._refused = False
        self._limit: Limit | None = None
        #: When it was accepted, by the clock.
        self.begun = factory.clock.seconds()

    def logPrefix(self) -> str:
        """What log lines made below begin with."""
        return "PROXY protocol"

    def makeConnection(self, transport: Any) -> None:
        """Wait for the header."""
        directlyProvides(self, providedBy(transport))
        factory = self.factory
        factory.registerProtocol(self)
        Protocol.makeConnection(self, transport)
        if seconds := factory.timeout():
            self._limit = Limit(factory.clock, seconds, partial(self._refuse, LATE))

    def dataReceived(self, data: bytes) -> None:
        """The header, and then everything else."""
        if self.wrappedProtocol is not None:
            self.wrappedProtocol.dataReceived(data)
        elif not self._refused:
            self._begun += data
            try:
                header = read_proxy_header(self._begun)
            except BadProxyHeader as error:
                self._refuse(str(error))
            else:
                if header is not None:
                    self._known(header)

    def _known(self, header: ProxyHeader) -> None:
        self._header = header
        self._no_limit()
        rest, self._begun = self._begun[header.size :], b""
        protocol = self.factory.wrappedFactory.buildProtocol(self.getPeer())
        if protocol is None:
            self._refused = True
            self.transport.loseConnection()
            return
        self.wrappedProtocol = protocol
        if IHalfCloseableProtocol.providedBy(protocol):
            alsoProvides(self, IHalfCloseableProtocol)
        protocol.makeConnection(self)
        if rest:
            # It may have handed the connection over meanwhile.
            self.wrappedProtocol.dataReceived(rest)

    def end_idle(self) -> bool:
        """End it, if its header has not come; whether it did."""
        waits = self.wrappedProtocol is None and not self._refused
        if waits:
            self._refused = True
            self.transport.abortConnection()
        return waits

    def _refuse(self, cause: str) -> None:
        self._refused = True
        self._begun = b""
        self.factory.refused(getattr(self.transport.getPeer(), "host", "a unix socket"), cause)
        self.transport.abortConnection()

    def _no_limit(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Call whoever wants to know, if there is anybody."""
        self._refused = True
        self._no_limit()
        self.factory.unregisterProtocol(self)
        if self.wrappedProtocol is not None:
            self.wrappedProtocol.connectionLost(reason)
            # What holds on to each other would wait for the garbage collector.
            self.wrappedProtocol = None

    def readConnectionLost(self) -> None:
        """Half of it ended; asked for only where the wrapped protocol wants to know."""
        self.wrappedProtocol.readConnectionLost()

    def writeConnectionLost(self) -> None:
        """As L{readConnectionLost}, the other half."""
        self.wrappedProtocol.writeConnectionLost()

    def getPeer(self) -> Any:
        """The client, if the header says."""
        return self._header.source or self.transport.getPeer()

    def getHost(self) -> Any:
        """Where the client connected to, if the header says."""
        return self._header.destination or self.transport.getHost()


class ProxiedFactory(WrappingFactory[_Proxied]):
    """Builds what another factory builds, for each connection whose header has come.

    @ivar timeout: gives the seconds that a connection has for its header; 0 means no limit.
    @ivar refused: called with the sender's address and the cause, for each that has no good header.
    """

    noisy = False

    def __init__(
        self,
        factory: IProtocolFactory,
        clock: IReactorTime,
        timeout: Callable[[], float],
        refused: Callable[[str, str], object],
    ) -> None:
        super().__init__(factory)  # type: ignore[no-untyped-call]  # Twisted's own
        self.clock = clock
        self.timeout = timeout
        self.refused = refused

    def buildProtocol(self, addr: IAddress | None) -> _Proxied:
        """One that waits for its header."""
        return _Proxied(self)

    def in_handshake(self) -> Iterable[Idle]:
        """The connections whose header has not come: they may make room for others."""
        for one in self.protocols:
            if one.wrappedProtocol is None:
                yield Idle(one.begun, one.end_idle)

    def doStop(self) -> None:
        """Who has said nothing by now is not waited for."""
        for waiting in [p for p in self.protocols if p.wrappedProtocol is None]:
            waiting.transport.abortConnection()
        super().doStop()  # type: ignore[no-untyped-call]  # as above
