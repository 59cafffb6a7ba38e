"""L{Writer}: write at once, queue only the rest.

On a transport of our own with nothing queued.  Others (TLS, memory, Twisted's own) are written to as usual.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from attrs import define
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IPullProducer, IPushProducer, ITCPTransport, ITransport
from zope.interface import implementer

from quorumha.net.progress import INetTransport, Progress, close_now, lowest, lowest_socket
from quorumha.net.socket_options import limit_unsent
from quorumha.net.timeout import nothing
from quorumha.net.transport import READ_SIZE, SocketTransport


def send_small_pieces_at_once(transport: ITransport) -> None:
    """Switch Nagle's algorithm off where there is one; unix sockets have none."""
    if isinstance(transport, SocketTransport):
        # It does so from the beginning.
        return
    if isinstance(transport.getPeer(), IPv4Address | IPv6Address) and ITCPTransport.providedBy(transport):
        transport.setTcpNoDelay(True)


def read_small_pieces(transport: ITransport) -> None:
    """Never read much at once: pieces that are kept, or cut, cost more when they are large."""
    if isinstance(transport, SocketTransport):
        transport.read_most = READ_SIZE


@implementer(IPushProducer, IPullProducer)
@define(eq=False, repr=False, weakref_slot=False)
class Writer:
    """The writing half of one connection.

    Whoever writes looks at L{queued} afterwards and stops its source until
    C{drained} is called; so one piece at the most waits beyond the kernel's buffer.

    @ivar _drained: called when C{queued} becomes False again.
    @ivar _progressed: called when the other side took some of what waits, while more waits; where
        the transport cannot know, only L{is_progressing} knows.
    @ivar spliceable: the transport, if a stream may be spliced into it.
    @ivar queued: bytes wait for the other side to read.
    """

    _transport: ITransport
    _drained: Callable[[], None]
    _progressed: Callable[[], object] | None = None
    _progress: Progress | None = None
    spliceable: SocketTransport | None = None
    _registering: bool = False
    queued: bool = False
    closed: bool = False

    def __attrs_post_init__(self) -> None:
        transport = self._transport
        if isinstance(transport, SocketTransport):
            self.spliceable = transport
        else:
            transport.registerProducer(self, True)  # type: ignore[attr-defined]  # IConsumer, as all are
            handle = lowest_socket(transport)
            if handle is not None and handle.family != socket.AF_UNIX:
                # Ours have it from the beginning.
                limit_unsent(handle)

    def write(self, data: bytes) -> None:
        """Write; never blocks, never raises for a connection that is gone."""
        transport = self.spliceable
        if transport is not None and not self.queued and not self.closed:
            if transport.write(data):
                self._wait()
        elif not self.closed:
            self._transport.write(data)

    def _wait(self) -> None:
        """Call C{drained} when nothing is queued any more."""
        self.queued = True
        self._registering = True
        self._transport.registerProducer(self, False)  # type: ignore[attr-defined]  # as above
        self._registering = False
        self._count()

    def _count(self) -> None:
        """Bytes begin to wait: see from now on whether the other side takes any."""
        if self._progress is None:
            self._progress = Progress(self._transport)
            below = lowest(self._transport)
            if INetTransport.providedBy(below):
                below.progressed = self._took_some
        self._progress.begin()

    def _took_some(self) -> None:
        """The transport knows that the other side takes bytes."""
        if self.queued and self._progressed is not None:
            self._progressed()

    def is_progressing(self) -> bool:
        """Whether the other side took bytes since this was asked last, or since they began to wait.

        Ask when a limit for writing has passed: the kernel's own buffer holds megabytes, so a reader may be
        at work for long before there is room for more.
        """
        return self.queued and self._progress is not None and self._progress.made()

    def close_now(self) -> None:
        """End the connection now, without a reset: what was sent so far arrives, what waits is dropped."""
        self.closed = True
        close_now(self._transport)

    def close(self) -> None:
        """Write no more; end the connection when what waits is written."""
        if not self.closed:
            self.closed = True
            if self.spliceable is None:
                self._transport.unregisterProducer()  # type: ignore[attr-defined]  # as above
            self._transport.loseConnection()

    def release(self) -> None:
        """Leave the transport to somebody else, as it was found.  Nothing may wait."""
        self.closed = True
        if self.spliceable is None:
            self._transport.unregisterProducer()  # type: ignore[attr-defined]  # as above

    def pauseProducing(self) -> None:
        self.queued = True
        self._count()

    def resumeProducing(self) -> None:
        if self._registering:
            # A pull producer is asked once when it is registered.
            return
        if self.spliceable is not None:
            self._transport.unregisterProducer()  # type: ignore[attr-defined]  # as above
        self.queued = False
        if not self.closed:
            self._drained()

    def stopProducing(self) -> None:
        self.closed = True

    def lost(self) -> None:
        """The connection is gone; hold on to nothing, or it would wait for the garbage collector."""
        self.closed = True
        self._drained = nothing
        self._progressed = None
