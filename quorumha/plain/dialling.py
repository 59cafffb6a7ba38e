"""L{PlainClientEndpoint}: dials an IP address or a unix socket, and needs neither resolver nor connector."""

from __future__ import annotations

import errno
import os
import socket
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
    IStreamClientEndpoint,
    IWriteDescriptor,
)
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.plain.transport import PlainTransport, address_of


@implementer(IStreamClientEndpoint)
class PlainClientEndpoint:
    """Dials one address."""

    def __init__(self, reactor: Any, family: int, address: Any) -> None:
        """
        @param reactor: one that has C{addWriter}.
        @param family: C{AF_INET}, C{AF_INET6} or C{AF_UNIX}.
        @param address: as C{socket.connect} takes it; never a name that must be resolved.
        """
        self._reactor = reactor
        self._family = family
        self._address = address

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect.  Cancel the Deferred to give up.

        @return: fires with the connected protocol, or fails with C{ConnectError}, or C{NoProtocol}
            when the factory builds none.
        """
        return _Dial(self._reactor, self._family, self._address, protocolFactory).done


@implementer(IWriteDescriptor)
class _Dial:
    """One attempt.

    @ivar done: what C{connect} returns.
    """

    __slots__ = ("_address", "_factory", "_family", "_fd", "_handle", "_reactor", "done")

    def __init__(self, reactor: Any, family: int, address: Any, factory: IProtocolFactory) -> None:
        self._reactor = reactor
        self._family = family
        self._address = address
        self._factory = factory
        self.done: Deferred[IProtocol] = Deferred(self._cancelled)
        try:
            handle = self._handle = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        except OSError as error:
            # No descriptors left, most likely.
            self.done.errback(Failure(_told(error.errno)))
            return
        self._fd = handle.fileno()
        result = handle.connect_ex(address)
        if result == errno.EINPROGRESS:
            # Within one machine the other side has answered by now: asking again saves a turn.
            result = handle.connect_ex(address)
        if result in (0, errno.EISCONN):
            self._connected()
        elif result in (errno.EINPROGRESS, errno.EALREADY):
            reactor.addWriter(self)
        else:
            self._failed(result)

    def fileno(self) -> int:
        """For the reactor."""
        return self._fd

    def logPrefix(self) -> str:
        """For the reactor's log."""
        return "PlainClientEndpoint"

    def doWrite(self) -> None:
        """The attempt has ended, well or not."""
        self._reactor.removeWriter(self)
        result = self._handle.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if result:
            self._failed(result)
        else:
            self._connected()

    def connectionLost(self, reason: Failure) -> None:
        """The reactor saw a hang-up before the end of the attempt."""
        if self._fd >= 0:
            self.doWrite()

    def _connected(self) -> None:
        self._fd = -1
        factory = self._factory
        try:
            protocol = factory.buildProtocol(address_of(self._family, self._address))
        except BaseException:
            self._handle.close()
            self.done.errback(Failure())
            return
        if protocol is None:
            self._handle.close()
            self.done.errback(Failure(NoProtocol()))
            return
        PlainTransport(self._reactor, self._handle, protocol, self._address).begin()
        self.done.callback(protocol)

    def _failed(self, code: int) -> None:
        self._fd = -1
        self._handle.close()
        self.done.errback(Failure(_told(code)))

    def _cancelled(self, connecting: Deferred[IProtocol]) -> None:
        if self._fd >= 0:
            self._reactor.removeWriter(self)
            self._fd = -1
            self._handle.close()
        connecting.errback(Failure(ConnectingCancelledError(address_of(self._family, self._address))))


def _told(code: int | None) -> Exception:
    """What Twisted's own endpoints would fail with."""
    if code == errno.ENOENT:
        return BadFileError(string=os.strerror(code))
    error: ConnectError = getConnectError((code, os.strerror(code or 0)))
    return error
