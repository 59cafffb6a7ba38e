"""L{CountedFactory}: connections that count as a member's work while they live.

A connection counts from the moment it is dialled, so that many dials at once spread over
the members, until it is lost.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IAddress, IProtocol, IProtocolFactory, ITransport
from twisted.python.failure import Failure
from zope.interface import directlyProvides, implementer, providedBy

from quorumha.pool import Member


class Lease:
    """One connection, counted in C{member.in_flight} until L{release}."""

    __slots__ = ("_member",)

    def __init__(self, member: Member) -> None:
        self._member: Member | None = member
        member.in_flight += 1

    @property
    def released(self) -> bool:
        """Whether it counts no more."""
        return self._member is None

    def release(self) -> None:
        """Count no more; any time after the first does nothing."""
        if self._member is not None:
            self._member.in_flight -= 1
            self._member = None


@implementer(IProtocolFactory)
class CountedFactory:
    """Builds what another factory builds, with a lease that ends when the connection does.

    @ivar protocol: what the other factory built; None before.
    @ivar refused: the other factory would not build one.
    """

    def __init__(self, factory: IProtocolFactory, member: Member) -> None:
        self.protocol: IProtocol | None = None
        self.refused = False
        self._factory = factory
        self._lease = Lease(member)
        self._transport: ITransport | None = None

    def buildProtocol(self, addr: IAddress) -> Any:
        """See L{IProtocolFactory.buildProtocol}; None, which drops the connection, if it comes late."""
        if self._lease.released:
            return None
        self.refused = True
        protocol = self.protocol = self._factory.buildProtocol(addr)
        if protocol is None:
            return None
        self.refused = False
        return _Counted(protocol, self)

    def doStart(self) -> None:
        self._factory.doStart()

    def doStop(self) -> None:
        self._factory.doStop()

    def connected(self, transport: ITransport) -> bool:
        """Take note of the transport.

        @return: whether the connection is still wanted.
        """
        self._transport = transport
        if self._lease.released:
            self.give_up()
            return False
        return True

    def lost(self) -> None:
        """The connection is gone."""
        self._lease.release()

    def give_up(self) -> None:
        """Nobody waits for it any more: whatever comes of the dial is dropped."""
        self._lease.release()
        if self._transport is not None:
            self._transport.abortConnection()  # type: ignore[attr-defined]  # TCP, unix and TLS have it


class _Counted:
    """Stands between a transport and a protocol, and sees the beginning and the end.

    Everything else, optional interfaces too, is the protocol's own.
    """

    def __init__(self, protocol: IProtocol, factory: CountedFactory) -> None:
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
