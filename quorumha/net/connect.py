"""L{SocketClientEndpoint}: dials an IP address or a unix socket, and needs neither resolver nor connector."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import (
    BadFileError,
    ConnectError,
    ConnectingCancelledError,
    NoProtocol,
    getConnectError,
)
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IWriteDescriptor
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.net.callbacks import Connected, Failed, ICallbackEndpoint, Pending, deferred_dial
from quorumha.net.interest import Watch
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
        @param family: C{AF_INET}, C{AF_INET6} or C{AF_UNIX}.
        @param address: as C{socket.connect} takes it; never a name that must be resolved.
        """
        self._reactor = reactor
        self._family = int(family)
        self._address = address
        self._remote = address_of(family, address)

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect; fails with C{ConnectError}, or C{NoProtocol} when the factory builds none."""
        return deferred_dial(self, protocolFactory)

    def dial(self, factory: IProtocolFactory, connected: Connected, failed: Failed) -> Pending | None:
        """Connect without a Deferred; the failures are those of L{connect}."""
        try:
            handle: Any = socket.SocketType(self._family, _STREAM)
        except OSError as error:
            # No descriptors left, most likely.
            failed(Failure(self._error_of(error.errno)))
            return None
        result = handle.connect_ex(self._address)
        if result == errno.EINPROGRESS:
            # Within one machine the other side has answered by now: asking again saves a turn.
            result = handle.connect_ex(self._address)
        if result in _IN_PROGRESS:
            try:
                return _Dial(
                    watch_of(self._reactor), handle, partial(self._ended, handle, factory, connected, failed)
                )
            except BaseException:
                failure = Failure()
                handle.close()
                failed(failure)
                return None
        self._ended(handle, factory, connected, failed, result)
        return None

    def _ended(
        self, handle: Any, factory: IProtocolFactory, connected: Connected, failed: Failed, code: int
    ) -> None:
        """It came to this C{errno}: 0 is a connection; C{ECANCELED}: nobody waits for it."""
        if code and code != errno.EISCONN:
            # Not raised: the traceback would keep all this until the garbage is collected.
            handle.close()
            failed(Failure(self._error_of(code)))
            return
        end: Callable[[], object] = handle.close
        try:
            protocol = factory.buildProtocol(self._remote)
            if protocol is None:
                raise NoProtocol()
            transport = SocketTransport(self._reactor, handle, protocol, self._address)
            end = transport.abortConnection
            transport.begin()
        except BaseException:
            failure = Failure()
            end()
            failed(failure)
            return
        connected(protocol)

    def _error_of(self, code: int | None) -> Exception:
        """What Twisted's own endpoints would fail with."""
        if code == errno.ECANCELED:
            return ConnectingCancelledError(self._remote)
        if code == errno.ENOENT:
            return BadFileError(string=os.strerror(code))
        error: ConnectError = getConnectError((code, os.strerror(code or 0)))
        return error


@implementer(IWriteDescriptor)
class _Dial:
    """One attempt that the kernel is still at."""

    __slots__ = ("_ended", "_fd", "_handle", "_watch")

    def __init__(self, watch: Watch, handle: socket.SocketType, ended: Callable[[int], None]) -> None:
        self._watch = watch
        self._handle = handle
        self._fd = handle.fileno()
        self._ended = ended
        self._watch.addWriter(self)

    def fileno(self) -> int:
        return self._fd

    def logPrefix(self) -> str:
        return "SocketClientEndpoint"

    def doWrite(self) -> None:
        self._end(self._handle.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    def connectionLost(self, reason: Failure) -> None:
        """The reactor saw a hang-up before the end of the attempt."""
        if self._fd >= 0:
            self.doWrite()

    def cancel(self) -> None:
        """Give up the connection that is being made, and close its socket."""
        if self._fd >= 0:
            self._end(errno.ECANCELED)

    def _end(self, code: int) -> None:
        self._watch.removeWriter(self)
        self._fd = -1
        self._ended(code)
