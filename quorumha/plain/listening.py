"""Listening with plain transports: Twisted's port, which knows how to accept, and ours behind it."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import tcp
from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import IListeningPort, IProtocol, IProtocolFactory, IStreamServerEndpoint
from zope.interface import implementer

from quorumha.plain.transport import PlainTransport


class _Accepted(PlainTransport):
    """What C{tcp.Port} makes of an accepted socket: it calls C{makeConnection} itself."""

    __slots__ = ()

    def __init__(
        self, handle: socket.socket, protocol: IProtocol, client: Any, port: Any, session: int, reactor: Any
    ) -> None:
        # accept() gives a blocking socket, even of a listening one that is not.
        handle.setblocking(False)
        super().__init__(reactor, handle, protocol, client)
        reactor.addReader(self)


def accept_plainly(port: tcp.Port) -> None:
    """Let a port, TCP or unix, make plain transports."""
    port.transport = _Accepted  # type: ignore[assignment]  # called like the one that it replaces


@implementer(IStreamServerEndpoint)
class PlainServerEndpoint:
    """Listens at a TCP port."""

    def __init__(self, reactor: Any, port: int, backlog: int, interface: str = "") -> None:
        """
        @param port: 0 means any.
        @param backlog: connections that may wait to be accepted.
        @param interface: an IP address; every IPv4 address of the machine unless given.
        """
        self._reactor = reactor
        self._port = port
        self._backlog = backlog
        self._interface = interface

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen; has fired, or failed with C{CannotListenError}."""
        return execute(self._listen, protocolFactory)

    def _listen(self, factory: IProtocolFactory) -> IListeningPort:
        port = tcp.Port(self._port, factory, self._backlog, self._interface, self._reactor)
        accept_plainly(port)
        port.startListening()
        return port
