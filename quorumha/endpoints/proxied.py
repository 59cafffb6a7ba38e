"""Listening for a load balancer that tells who its clients are (PROXY protocol, versions 1 and 2).

Nothing is built for a connection before its header is whole: who serves it knows the client from its first
byte on.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from twisted.internet.interfaces import IAddress, IHalfCloseableProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.protocols.policies import ProtocolWrapper
from twisted.python.failure import Failure
from zope.interface import alsoProvides, directlyProvides, providedBy

from quorumha.endpoints.early import EarlyFactory
from quorumha.endpoints.proxy_header import BadProxyHeader, ProxyHeader, read_proxy_header

#: Why who takes too long is refused.
LATE = "the PROXY header took too long"


class _Proxied(ProtocolWrapper):
    """One connection: its header, and then what the wrapped factory builds for its client."""

    factory: Any
    transport: Any = None
    # Twisted's class has it from the beginning.
    wrappedProtocol: Any
    _begun = b""
    _header = ProxyHeader(0)

    def logPrefix(self) -> str:
        """What log lines made below begin with."""
        return "PROXY protocol"

    def makeConnection(self, transport: Any) -> None:
        """Wait for the header."""
        directlyProvides(self, providedBy(transport))
        Protocol.makeConnection(self, transport)
        self.factory.wait(self, partial(self._refuse, LATE))

    def dataReceived(self, data: bytes) -> None:
        """The header, and then everything else."""
        if self.wrappedProtocol is not None:
            self.wrappedProtocol.dataReceived(data)
        elif self.factory.waits(self):
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
        self.factory.over(self)
        rest, self._begun = self._begun[header.size :], b""
        protocol = self.factory.wrappedFactory.buildProtocol(self.getPeer())
        if protocol is None:
            self.transport.loseConnection()
            return
        self.wrappedProtocol = protocol
        if IHalfCloseableProtocol.providedBy(protocol):
            alsoProvides(self, IHalfCloseableProtocol)
        protocol.makeConnection(self)
        if rest:
            # It may have handed the connection over meanwhile.
            self.wrappedProtocol.dataReceived(rest)

    def _refuse(self, cause: str) -> None:
        self._begun = b""
        self.factory.refuse(self.transport.getPeer(), cause)
        self.factory.give_up(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.factory.over(self)
        if self.wrappedProtocol is not None:
            self.wrappedProtocol.connectionLost(reason)
            # What holds on to each other would wait for the garbage collector.
            self.wrappedProtocol = None

    def readConnectionLost(self) -> None:
        """Half of it ended; asked for only where the wrapped protocol wants to know."""
        self.wrappedProtocol.readConnectionLost()

    def writeConnectionLost(self) -> None:
        self.wrappedProtocol.writeConnectionLost()

    def getPeer(self) -> Any:
        """The client, if the header says."""
        return self._header.source or self.transport.getPeer()

    def getHost(self) -> Any:
        """Where the client connected to, if the header says."""
        return self._header.destination or self.transport.getHost()


class ProxiedFactory(EarlyFactory):
    """Builds what another factory builds, for each connection whose header has come."""

    def buildProtocol(self, addr: IAddress | None) -> _Proxied:
        """One that waits for its header."""
        return _Proxied(self, None)  # type: ignore[arg-type]  # the wrapped one comes later
