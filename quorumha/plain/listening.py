"""Listening with plain transports: Twisted's ports, and ours behind them."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet import tcp
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import IListeningPort, IProtocol, IProtocolFactory, IStreamServerEndpoint
from twisted.logger import Logger
from zope.interface import implementer

from quorumha.plain.transport import PlainTransport

log = Logger()


class _Accepted(PlainTransport):
    """What C{tcp.Port} makes of an accepted socket: it calls C{makeConnection} itself."""

    __slots__ = ()

    def __init__(
        self, handle: socket.socket, protocol: IProtocol, client: Any, port: Any, session: int, reactor: Any
    ) -> None:
        # accept() gives a blocking socket, even of a listening one that is not.
        handle.setblocking(False)
        super().__init__(reactor, handle, protocol, client)
        self._watch.addReader(self)


def accept_plainly(port: tcp.Port) -> None:
    """Let a port, TCP or unix, make plain transports."""
    port.transport = _Accepted  # type: ignore[assignment]  # called like the one that it replaces


class _Port(tcp.Port):
    """A port at an IPv4 address that makes little of each client.

    C{socket.accept} asks for the family and the type, as enums, each time; and Twisted's C{doRead}
    prepares for what goes wrong.  Here that is done when it does.
    """

    transport = _Accepted  # type: ignore[assignment]  # called like the one that it replaces

    def doRead(self) -> None:
        """Accept whoever waits; the reactor calls this."""
        accept = getattr(self.socket, "_accept", None)
        if accept is None:
            # Not a name that Python promises.
            super().doRead()  # type: ignore[no-untyped-call]  # Twisted has no types here
            return
        count = 0
        while count < self.numberAccepts:
            try:
                fd, client = accept()
            except BlockingIOError:
                break
            except OSError:
                # No descriptors left, most likely, or the client has left; it meets the same, and knows.
                super().doRead()  # type: ignore[no-untyped-call]  # as above
                return
            count += 1
            # Not socket.socket: see dialling.
            self._take(socket.SocketType(socket.AF_INET, socket.SOCK_STREAM, 0, fd), client)
        # As Twisted does: next time as many as there were, so that none is asked for in vain.
        self.numberAccepts = count + 20 if count == self.numberAccepts else max(1, count)

    def _take(self, handle: Any, client: tuple[str, int]) -> None:
        handle.setblocking(False)
        end: Callable[[], object] = handle.close
        try:
            assert self.factory is not None
            protocol = self.factory.buildProtocol(IPv4Address("TCP", *client))
            if protocol is None:
                handle.close()
                return
            transport = PlainTransport(self.reactor, handle, protocol, client)
            end = transport.abortConnection
            transport.begin()
        except Exception:
            log.failure("taking a client failed")
            end()


@implementer(IStreamServerEndpoint)
class PlainServerEndpoint:
    """Listens at a TCP port of IPv4."""

    def __init__(self, reactor: Any, port: int, backlog: int, interface: str = "") -> None:
        """
        @param port: 0 means any.
        @param backlog: connections that may wait to be accepted.
        @param interface: an IPv4 address; every IPv4 address of the machine unless given.
        """
        self._reactor = reactor
        self._port = port
        self._backlog = backlog
        self._interface = interface

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen; has fired, or failed with C{CannotListenError}."""
        return execute(self._listen, protocolFactory)

    def _listen(self, factory: IProtocolFactory) -> IListeningPort:
        port = _Port(self._port, factory, self._backlog, self._interface, self._reactor)
        port.startListening()
        return port
