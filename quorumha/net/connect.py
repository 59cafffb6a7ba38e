"""L{SocketClientEndpoint}: dials an IP address or a unix socket, and needs neither resolver nor connector."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import (
    BadFileError,
    ConnectError,
    ConnectingCancelledError,
    NoProtocol,
    getConnectError,
)
from twisted.internet.interfaces import (
    IProtocol,
    IProtocolFactory,
    IWriteDescriptor,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.net.callbacks import Connected, Failed, ICallbackEndpoint, Pending, deferred_dial
from quorumha.net.poller import watch_of
from quorumha.net.socket_options import address_of
from quorumha.net.transport import SocketTransport

# Sockets are made as SocketType, the class below socket.socket: that adds enums and files, which cost
# each connection time and serve none.
_STREAM = socket.SOCK_STREAM | socket.SOCK_NONBLOCK
_IN_PROGRESS = (errno.EINPROGRESS, errno.EALREADY)


@implementer(ICallbackEndpoint)
class SocketClientEndpoint:
    """Dials one address."""

    def __init__(self, reactor: Any, family: int, address: Any) -> None:
        """
        @param reactor: one that has C{addWriter}.
        @param family: C{AF_INET}, C{AF_INET6} or C{AF_UNIX}.
        @param address: as C{socket.connect} takes it; never a name that must be resolved.
        """
        self._reactor = reactor
        self._family = int(family)
        self._address = address
        self._remote = address_of(family, address)

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect.  Cancel the Deferred to give up.

        @return: fires with the connected protocol, or fails with C{ConnectError}, or C{NoProtocol}
            when the factory builds none.
        """
        return deferred_dial(self, protocolFactory)

    def dial(self, factory: IProtocolFactory, connected: Connected, failed: Failed) -> Pending | None:
        """Connect without a Deferred; the failures are those of L{connect}."""
        try:
            handle: Any = socket.SocketType(self._family, _STREAM)
        except OSError as error:
            # No descriptors left, most likely.
            failed(Failure(_error_of(error.errno)))
            return None
        result = handle.connect_ex(self._address)
        if result == errno.EINPROGRESS:
            # Within one machine the other side has answered by now: asking again saves a turn.
            result = handle.connect_ex(self._address)
        if result in _IN_PROGRESS:
            try:
                return _Dial(self._reactor, self, handle, factory, connected, failed)
            except BaseException:
                failure = Failure()
                handle.close()
                failed(failure)
                return None
        self.ended(handle, result, factory, connected, failed)
        return None

    def ended(
        self,
        handle: socket.socket,
        code: int,
        factory: IProtocolFactory,
        connected: Connected,
        failed: Failed,
    ) -> None:
        """The kernel has said what came of it.

        @param code: an C{errno}; 0 when there is a connection.
        """
        if code and code != errno.EISCONN:
            handle.close()
            failed(Failure(_error_of(code)))
            return
        try:
            protocol = factory.buildProtocol(self._remote)
        except BaseException:
            handle.close()
            failed(Failure())
            return
        if protocol is None:
            handle.close()
            failed(Failure(NoProtocol()))
            return
        end: Callable[[], object] = handle.close
        try:
            transport = SocketTransport(self._reactor, handle, protocol, self._address)
            end = transport.abortConnection
            transport.begin()
        except BaseException:
            failure = Failure()
            end()
            failed(failure)
            return
        connected(protocol)

    def gave_up(self, handle: socket.socket, failed: Failed) -> None:
        """Nobody waits for it any more."""
        handle.close()
        failed(Failure(ConnectingCancelledError(self._remote)))


@implementer(IWriteDescriptor)
class _Dial:
    """One attempt that the kernel is still at."""

    __slots__ = ("_connected", "_endpoint", "_factory", "_failed", "_fd", "_handle", "_watch")

    def __init__(
        self,
        reactor: Any,
        endpoint: SocketClientEndpoint,
        handle: socket.socket,
        factory: IProtocolFactory,
        connected: Connected,
        failed: Failed,
    ) -> None:
        self._watch = watch_of(reactor)
        self._endpoint = endpoint
        self._handle = handle
        self._fd = handle.fileno()
        self._factory = factory
        self._connected = connected
        self._failed = failed
        self._watch.addWriter(self)

    def fileno(self) -> int:
        """For the reactor."""
        return self._fd

    def logPrefix(self) -> str:
        """For the reactor's log."""
        return "SocketClientEndpoint"

    def doWrite(self) -> None:
        """The attempt has ended, well or not."""
        self._leave()
        result = self._handle.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._endpoint.ended(self._handle, result, self._factory, self._connected, self._failed)

    def connectionLost(self, reason: Failure) -> None:
        """The reactor saw a hang-up before the end of the attempt."""
        if self._fd >= 0:
            self.doWrite()

    def cancel(self) -> None:
        """Give up the connection that is being made, and close its socket."""
        if self._fd >= 0:
            self._leave()
            self._endpoint.gave_up(self._handle, self._failed)

    def _leave(self) -> None:
        self._watch.removeWriter(self)
        self._fd = -1


def _error_of(code: int | None) -> Exception:
    """What Twisted's own endpoints would fail with."""
    if code == errno.ENOENT:
        return BadFileError(string=os.strerror(code))
    error: ConnectError = getConnectError((code, os.strerror(code or 0)))
    return error
