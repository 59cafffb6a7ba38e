"""Listening: Twisted's ports, with transports of ours for those that they accept, as a gate allows.

It counts at the accept, so a client in its TLS handshake counts as any other.  Who does not get in waits in
the kernel's backlog: nobody is refused.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from attrs import frozen
from twisted.internet import tcp
from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import IListeningPort, IProtocol, IProtocolFactory, IStreamServerEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.net.socket_options import address_of
from quorumha.net.transport import SocketTransport

if TYPE_CHECKING:
    from quorumha.net.connection_limit import ListenerLimit

log = Logger()

#: Clients that are taken before anybody else's sockets are looked at again.
AT_ONCE = 100


class _Accepted(SocketTransport):
    """What C{tcp.Port} makes of an accepted socket: it calls C{makeConnection} itself."""

    __slots__ = ()

    def __init__(
        self, handle: socket.socket, protocol: IProtocol, client: Any, port: Any, session: int, reactor: Any
    ) -> None:
        # accept() gives a blocking socket, even of a listening one that is not.
        try:
            handle.setblocking(False)
            super().__init__(reactor, handle, protocol, client)
            self._watch.addReader(self)
        except BaseException:
            handle.close()
            raise


def guard(port: tcp.Port, gate: ListenerLimit) -> None:
    """Put a gate before a port, TCP or unix, whoever made it.  Before it has taken anybody."""
    acceptor = port.doRead
    if isinstance(acceptor, _Acceptor):
        acceptor.gate, acceptor.transport = gate, _counted(SocketTransport, gate)
    else:
        port.doRead = _Guarded(port, acceptor, gate)  # type: ignore[method-assign]  # it is called as a method is
    port.transport = _counted(port.transport, gate)


@frozen(eq=False)
class _Guarded:
    """A port's C{doRead} that asks the gate before each client; the reactor calls it."""

    _port: tcp.Port
    _thorough: Callable[[], object]
    _gate: ListenerLimit

    def __call__(self) -> None:
        port = self._port
        for count in range(AT_ONCE):
            if not self._gate.room():
                if not count:
                    self._gate.full()
                return
            # One by one: where a client gets a descriptor that is kept back, there is no room any more.
            port.numberAccepts = 1
            self._thorough()
            if port.numberAccepts == 1:
                # Twisted asks for more next time where there was one.
                return


def _counted(kind: Any, gate: ListenerLimit) -> Any:
    """The transport that a port makes for its clients, counted while it is open."""

    class Counted(kind):  # type: ignore[misc]  # whatever the port has
        __slots__ = ("_open",)

        def __init__(self, *args: Any, **named: Any) -> None:
            super().__init__(*args, **named)
            self._open = True
            gate.took(self.fileno())

        def connectionLost(self, reason: Failure) -> None:
            was, self._open = self._open, False
            try:
                super().connectionLost(reason)
            finally:
                if was:
                    gate.released()

    return Counted


def accept_bare(port: tcp.Port) -> None:
    """Let a port, TCP or unix, make transports of ours."""
    port.transport = _Accepted  # type: ignore[assignment]  # called like the one that it replaces
    if port.addressFamily != socket.AF_INET6:
        # The addresses of IPv6 may need a look-up; Twisted knows which.
        port.doRead = _Acceptor(port, port.doRead)  # type: ignore[method-assign]  # it is called as a method is


class _Acceptor:
    """A port's C{doRead} that asks for no enums, and prepares for what goes wrong when it does."""

    def __init__(self, port: tcp.Port, thorough: Callable[[], object]) -> None:
        self._port = port
        self._thorough = thorough
        self._family = int(port.addressFamily)
        #: Says how many may be taken; None: nobody counts.
        self.gate: ListenerLimit | None = None
        self.transport: Any = SocketTransport

    def __call__(self) -> None:
        port = self._port
        accept = getattr(port.socket, "_accept", None)
        if accept is None:
            # Not a name that Python promises.
            self._thorough()
            return
        gate = self.gate
        count = 0
        while count < port.numberAccepts:
            if gate is not None and not gate.room():
                if not count:
                    gate.full()
                return
            try:
                fd, client = accept()
            except BlockingIOError:
                break
            except OSError as error:
                if gate is not None and gate.lacks(error):
                    return
                # No descriptors left, most likely, or the client has left; it meets the same, and knows.
                self._thorough()
                return
            count += 1
            self._take(fd, client)
        # As Twisted does: next time as many as there were, so that none is asked for in vain.
        port.numberAccepts = count + 20 if count == port.numberAccepts else max(1, count)

    def _take(self, fd: int, client: Any) -> None:
        handle: Any = None
        transport: Any = None
        try:
            # Not socket.socket: see dialling.
            handle = socket.SocketType(self._family, socket.SOCK_STREAM, 0, fd)
            handle.setblocking(False)
            factory = self._port.factory
            assert factory is not None
            protocol = factory.buildProtocol(address_of(self._family, client))
            if protocol is None:
                handle.close()
                return
            transport = self.transport(self._port.reactor, handle, protocol, client)
            transport.begin()
        except BaseException:
            # What came out of here would end the port.
            log.failure("taking a client failed")
            if handle is None:
                os.close(fd)
            elif transport is None:
                handle.close()
            else:
                transport.abortConnection()


@frozen(eq=False, repr=False)
@implementer(IStreamServerEndpoint)
class SocketServerEndpoint:
    """Listens at a TCP port.

    @ivar port: 0 means any.
    @ivar interface: an IP address; every IPv4 address of the machine unless given.
    """

    _reactor: Any
    _port: int
    _backlog: int
    _interface: str = ""

    def listen(self, protocolFactory: IProtocolFactory) -> Deferred[IListeningPort]:
        """Listen; has fired, or failed with C{CannotListenError}."""
        return execute(self._listen, protocolFactory)

    def _listen(self, factory: IProtocolFactory) -> IListeningPort:
        port = tcp.Port(self._port, factory, self._backlog, self._interface, self._reactor)
        accept_bare(port)
        port.startListening()
        return port
