"""L{SocketOptions}: what a transport's socket is called, and how the kernel treats it.

And what the kernel knows of the other side: how much it has taken, whether it is still there.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import struct
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST

#: Bytes written and not sent yet that the kernel keeps for a TCP socket.  With more, as is its habit, it
#: tells of room for others only when a third of some megabytes is free: a slow reader seems to take nothing.
UNSENT_MOST = 128 * 1024

#: The same where a stream goes by without a copy: as much as the buffer holds.
MUCH_UNSENT = 1 << 30

#: Seconds without a byte before the kernel asks whether the other side is still there.
KEEP_ALIVE_IDLE = 60
#: Seconds between two such questions.
KEEP_ALIVE_INTERVAL = 10
#: Questions without a response after which the connection is lost.
KEEP_ALIVE_PROBES = 6

#: Bytes that are read and dropped at most before a close that shall be no reset.
DROPPED_MOST = 4 * 1024 * 1024

# Linux's; tcp_info(7) has tcpi_bytes_acked (RFC 4898's tcpEStatsAppHCThruOctetsAcked) from 4.1 on.
_UNSENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", None)
_TCP_INFO = getattr(socket, "TCP_INFO", None)
_ACKED = struct.Struct("Q")
_ACKED_AT = 120
_OUTGOING = 0x5411
# Plain numbers: the socket module's enums cost each connection time.
_TCP, _SOCKET, _KEEPALIVE = int(socket.IPPROTO_TCP), int(socket.SOL_SOCKET), int(socket.SO_KEEPALIVE)
_IDLE, _INTERVAL, _PROBES = int(socket.TCP_KEEPIDLE), int(socket.TCP_KEEPINTVL), int(socket.TCP_KEEPCNT)
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)

Address = IPv4Address | IPv6Address | UNIXAddress


def address_of(family: int, name: Any) -> Address:
    """What C{getsockname} and C{getpeername} return, as Twisted has it."""
    if family == socket.AF_INET:
        return IPv4Address("TCP", *name)
    if family == socket.AF_INET6:
        return IPv6Address("TCP", *name)
    return UNIXAddress(name or None)


def limit_unsent(handle: socket.socket, most: int = UNSENT_MOST) -> None:
    """Let the kernel keep no more than so many unsent bytes of a TCP socket, where it can do that."""
    if _UNSENT_LOWAT is not None:
        try:  # noqa: SIM105  # for each connection: three times as fast
            handle.setsockopt(_TCP, _UNSENT_LOWAT, most)
        except OSError:
            pass


def keep_alive(handle: socket.socket) -> None:
    """Let the kernel find out within two minutes that the other side of a TCP socket has vanished."""
    set_option = handle.setsockopt
    set_option(_SOCKET, _KEEPALIVE, 1)
    set_option(_TCP, _IDLE, KEEP_ALIVE_IDLE)
    set_option(_TCP, _INTERVAL, KEEP_ALIVE_INTERVAL)
    set_option(_TCP, _PROBES, KEEP_ALIVE_PROBES)


def bytes_taken(handle: socket.socket) -> int | None:
    """As L{INetTransport<quorumha.net.progress.INetTransport>} has it."""
    try:
        if handle.family == socket.AF_UNIX:
            waiting = fcntl.ioctl(handle, _OUTGOING, b"\0\0\0\0")
            return -int.from_bytes(waiting, "little", signed=True)
        if _TCP_INFO is None:
            return None
        info = handle.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, _ACKED_AT + _ACKED.size)
        return int(_ACKED.unpack_from(info, _ACKED_AT)[0]) if len(info) > _ACKED_AT else None
    except OSError:
        return None


def end_without_reset(handle: socket.socket) -> None:
    """Say that no more will come, and drop what has; the socket is closed next.

    A kernel that finds bytes unread at the close sends a reset, and a reset destroys what the other side
    has not taken yet.
    """
    with contextlib.suppress(OSError):
        handle.shutdown(socket.SHUT_WR)
        dropped = 0
        while dropped < DROPPED_MOST:
            data = handle.recv(65536)
            if not data:
                return
            dropped += len(data)


def end_behind(handle: socket.socket) -> tuple[Exception | None, bool]:
    """Why a socket is over that is not read, and whose other side has sent its last byte.

    @return: None while there are bytes to be read before; and whether it is only reading that is over.
    """
    try:
        waiting = handle.recv(1, socket.MSG_PEEK)
    except (BlockingIOError, InterruptedError):
        return None, True
    except OSError:
        return CONNECTION_LOST, False
    return None if waiting else CONNECTION_DONE, True


def reset_on_close(handle: socket.socket) -> None:
    """Let the close break the connection; a unix socket has no such thing."""
    if handle.family != socket.AF_UNIX:
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)


class SocketOptions:
    """The part of a transport that speaks of its socket alone.

    @ivar _remote: the other side's address as the socket module has it.  Asking for it later fails when the
        other side has left meanwhile.
    """

    __slots__ = ()
    _handle: socket.socket
    _remote: Any
    _family: int
    _takes_much: bool

    def _prepare(self) -> None:
        """Let it send small pieces at once, and the kernel keep few unsent bytes."""
        handle = self._handle
        # An attribute of the socket makes an enum each time it is asked for.
        self._family = int(handle.family)  # type: ignore[misc]  # the transport has the slot
        if self._family != socket.AF_UNIX:
            handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            limit_unsent(handle)

    def take_much(self) -> None:
        """Let the kernel take as much as its buffer holds: a stream comes without a copy.

        What does not go by is copied, so a socket that is full sooner costs more than it tells.
        """
        if not self._takes_much:
            self._takes_much = True  # type: ignore[misc]  # as above
            if self._family != socket.AF_UNIX:
                limit_unsent(self._handle, MUCH_UNSENT)

    def watch_for_silence(self) -> None:
        """Let the kernel find out that the other side has vanished; see L{keep_alive}."""
        if self._family != socket.AF_UNIX:
            keep_alive(self._handle)

    def getHandle(self) -> socket.socket:
        return self._handle

    def getHost(self) -> Any:
        return address_of(self._family, self._handle.getsockname())

    def getPeer(self) -> Any:
        return address_of(self._family, self._remote)

    def getTcpNoDelay(self) -> bool:
        """Whether small pieces are sent at once; a unix socket does so always."""
        if self._family == socket.AF_UNIX:
            return True
        return bool(self._handle.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Send small pieces at once, or not.  twisted.web asks for it of whatever claims to be TCP."""
        if self._family != socket.AF_UNIX:
            self._handle.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, int(enabled))

    def getTcpKeepAlive(self) -> bool:
        return bool(self._handle.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))

    def setTcpKeepAlive(self, enabled: bool) -> None:
        self._handle.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(enabled))

    def bytes_taken(self) -> int | None:
        return bytes_taken(self._handle)
