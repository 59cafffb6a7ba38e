"""L{LeaseFactory}: connections that count as a member's work while they live.

A connection counts from the moment it is dialled, so that many dials at once spread over
the members, until it is lost.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IAddress, IProtocol, IProtocolFactory, ITransport
from twisted.python.failure import Failure
from zope.interface import directlyProvides, implementer, providedBy

from quorumha.pool.pool import Member


class Leased:
    """What a protocol inherits that counts by itself; before any other stands a L{_LeasedProtocol}.

    It asks C{lease.connected} before it takes its transport, and tells C{lease.lost}.

    @ivar lease: set before it is connected.
    """

    lease: LeaseFactory | None = None


@implementer(IProtocolFactory)
class LeaseFactory:
    """Builds what another factory builds; one connection, counted in C{member.in_flight} until it ends.

    @ivar member: whose work it is.
    @ivar protocol: what the other factory built; None before.
    @ivar refused: the other factory would not build one.
    @ivar released: it counts no more.
    """

    protocol: IProtocol | None = None
    refused = False
    released = False
    _transport: ITransport | None = None

    def __init__(self, factory: IProtocolFactory, member: Member) -> None:
        self._factory = factory
        self.member = member
        member.in_flight += 1

    def buildProtocol(self, addr: IAddress) -> Any:
        """Build the protocol that holds the member's in-flight count; None if it comes too late."""
        if self.released:
            return None
        self.refused = True
        protocol = self.protocol = self._factory.buildProtocol(addr)
        if protocol is None:
            return None
        self.refused = False
        if isinstance(protocol, Leased):
            protocol.lease = self
            return protocol
        return _LeasedProtocol(protocol, self)

    def doStart(self) -> None:
        self._factory.doStart()

    def doStop(self) -> None:
        self._factory.doStop()

    def connected(self, transport: ITransport) -> bool:
        """Take note of the transport; whether the connection is still wanted."""
        self._transport = transport
        if self.released:
            self.give_up()
        return self._transport is not None

    def lost(self) -> None:
        """The connection is gone; any time after the first does nothing."""
        # What is left of it would wait for the garbage collector.
        self._transport = None
        if not self.released:
            self.released = True
            self.member.release()

    def give_up(self) -> None:
        """Nobody waits for it any more: whatever comes of the dial is dropped."""
        transport = self._transport
        self.lost()
        if transport is not None:
            transport.abortConnection()  # type: ignore[attr-defined]  # TCP, unix and TLS have it


class _LeasedProtocol:
    """Stands between a transport and a protocol, and sees the beginning and the end.

    Everything else, optional interfaces too, is the protocol's own.
    """

    def __init__(self, protocol: IProtocol, factory: LeaseFactory) -> None:
        self._protocol = protocol
        self._factory = factory
        self._wanted = False
        directlyProvides(self, providedBy(protocol))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._protocol, name)

    def makeConnection(self, transport: ITransport) -> None:
        self._wanted = self._factory.connected(transport)
        if self._wanted:
            self._protocol.makeConnection(transport)

    def connectionLost(self, reason: Failure) -> None:
        self._factory.lost()
        if self._wanted:
            self._protocol.connectionLost(reason)
