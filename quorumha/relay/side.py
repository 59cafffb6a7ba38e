"""L{Side}: one of the two ends of a relayed connection.

What arrives goes out on the other side at once; while that side's reader is slow, this one
is not read.  Endings are carried as they are: an end of writing as an end of writing, after all
bytes before it, and a break as a break.

Before the sides are joined a side keeps up to L{EARLY_LIMIT} bytes, and leaves the rest to the kernel.

TLS, as Twisted has it, cannot end its writing alone: see L{Side.no_more}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import (
    IHalfCloseableDescriptor,
    IHalfCloseableProtocol,
    ISSLTransport,
    ITCPTransport,
    ITransport,
)
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.net.progress import closed_cleanly, move_on, stand_still, watch_for_silence
from quorumha.net.splice import PIPE_SIZE
from quorumha.net.writer import Writer, send_small_pieces_at_once
from quorumha.relay.lease import Leased

if TYPE_CHECKING:
    from quorumha.relay.bridge import Bridge

#: Bytes that are read from a side before there is another; one delivery may go over it.
EARLY_LIMIT = 65536


@implementer(IHalfCloseableProtocol)
class Side(Leased, Protocol):
    """One end.

    @ivar bridge: the connection it belongs to; set by who makes the side.
    @ivar writer: its writing half; there once it is connected.
    @ivar lost: its connection is gone.
    @ivar read_ended: it sends no more; what it sent has been read.
    @ivar passed: bytes of it that were passed on.
    @ivar is_client: it is the client's, not the upstream's.
    @ivar write_ended: it has all bytes, and its half was closed.
    @ivar closing: both its directions end once it has all bytes; TLS waits for its word on that.
    @ivar still: it is neither read nor written; see L{stand_still}.
    @ivar closed_as_announced: once it is lost: it had said that it was done.
    """

    writer: Writer
    # Twisted's transports have what is used here; no single interface says so.
    transport: Any = None

    bridge: Bridge

    # Where most sides stay as they begin, the class says how: a side is made for each connection.
    lost = False
    passed = 0
    read_ended = False
    closed_as_announced = False
    is_client = False
    _vanished = False
    write_ended = False
    closing = False
    still = False
    _half_closes = False
    _paused = False
    _discards = False
    _other: Side | None = None
    _onward: Writer | None = None
    _early: list[bytes] | None = None
    _early_size = 0

    def makeConnection(self, transport: ITransport) -> None:
        """Take the connection, unless its lease ran out while it was being made."""
        lease = self.lease
        if lease is None or lease.connected(transport):
            self.connected = 1
            self.transport = transport
            self.connectionMade()

    def connectionMade(self) -> None:
        """Find out what the transport can do: half-close, and notice a machine that is gone."""
        transport = self.transport
        self.writer = Writer(transport, self._drained, self.bridge.taken)
        if self.writer.spliceable is not None:
            # One of ours: it has no TLS, and needs not be asked.
            self._half_closes = True
            transport.watch_for_silence()
        else:
            send_small_pieces_at_once(transport)
            self._half_closes = not ISSLTransport.providedBy(transport) and (
                ITCPTransport.providedBy(transport) or IHalfCloseableDescriptor.providedBy(transport)
            )
            watch_for_silence(transport)

    def join(self, other: Side) -> None:
        """Pass on to C{other} from now on; what was kept goes first."""
        self._other = other
        self._onward = other.writer
        self._write_kept(other.writer)
        source, sink = self.writer.spliceable, other.writer.spliceable
        if source is not None and sink is not None:
            source.splice_into(sink, self)
        if self.lost:
            self._notify_lost()
            return
        if self.read_ended:
            other.no_more()
        if not other.writer.queued:
            if self._paused:
                self.go_on()
        elif not self._paused:
            self._pause()

    def dataReceived(self, data: bytes) -> None:
        """Pass bytes on; pause this side while the other one has not taken them."""
        onward = self._onward
        if onward is None or self.still:
            self._keep(data)
            return
        onward.write(data)
        if onward.queued:
            self._pause()
        size = len(data)
        self.passed += size
        self.bridge.progressed(self, size)

    def may_splice(self) -> int:
        """How much may go by without being looked at."""
        onward = self._onward
        return 0 if onward is None or onward.queued or onward.closed or self.still else PIPE_SIZE

    def spliced(self, size: int) -> None:
        """So much went by."""
        self.passed += size
        self.bridge.progressed(self, size)

    def _keep(self, data: bytes) -> None:
        if self._discards:
            return
        if self._early is None:
            self._early = []
        self._early.append(data)
        self._early_size += len(data)
        if self._early_size >= EARLY_LIMIT:
            self._pause()

    def _write_kept(self, onward: Writer) -> None:
        early, self._early = self._early, None
        if early is not None:
            size, self._early_size = self._early_size, 0
            onward.write(b"".join(early))
            self.passed += size
            self.bridge.progressed(self, size)

    def _pause(self) -> None:
        self._paused = True
        if not self.still:
            self.transport.pauseProducing()

    def go_on(self) -> None:
        """Read, if it is not read."""
        if self._paused and not self.read_ended and not self.lost:
            self._paused = False
            if not self.still:
                self.transport.resumeProducing()

    def stand_still(self) -> None:
        """Let no byte pass for now.  That the other side ends is seen all the same, and at once."""
        if not (self.still or self.lost):
            self.still = True
            stand_still(self.transport)

    def move_on(self) -> None:
        """Go on, in order."""
        if self.still:
            self.still = False
            if not self.lost:
                move_on(self.transport, not (self._paused or self.read_ended))

    def pass_on_kept(self) -> None:
        """Both sides go on: what was read in the moment in which they were told to stand still goes first."""
        onward = self._onward
        if onward is None or self._early is None:
            return
        self._write_kept(onward)
        if onward.queued:
            self._pause()
        else:
            self.go_on()

    def _drained(self) -> None:
        if self._other is not None:
            self.bridge.taken()
            self._other.go_on()

    # Endings.

    def no_more(self) -> None:
        """It gets no more bytes after those written; where only closing can say so, the bridge decides."""
        if self.lost or self.writer.closed:
            return
        if self._half_closes:
            # A transport with a producer that is paused would never come to the end.
            self.writer.closed = True
            self.transport.unregisterProducer()
            self.transport.loseWriteConnection()
        else:
            self.bridge.cannot_half_close(self)

    def outlive(self) -> None:
        """The other side is gone and was done: write what there is, and end.

        What still comes is read and dropped.  Closing with bytes unread would be a reset, and a reset
        destroys what the reader has not taken yet.
        """
        self._onward = None
        self._discards = True
        self.move_on()
        self.go_on()
        if self._half_closes:
            self.no_more()
        else:
            self.close()

    def close(self) -> None:
        """Write what there is, and end both directions."""
        if not self.lost:
            self.closing = True
            self.writer.closed = True
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def leave(self) -> None:
        """End both directions and wait for nobody; with TLS for the other side, for a limited time."""
        # What becomes of it is no news for the other side.
        self._other = self._onward = None
        self._discards = True
        if self._half_closes:
            self.writer.close_now()
        else:
            self.move_on()
            self.go_on()
            self.close()

    def abort(self) -> None:
        """Break off."""
        if not self.lost:
            self.writer.closed = True
            self.transport.abortConnection()

    def readConnectionLost(self) -> None:
        """Carry the half-close to the other side: nothing more is read here."""
        self.read_ended = True
        self.bridge.ends("client" if self.is_client else "upstream")
        if self._other is not None:
            self._other.no_more()
        self.bridge.changed()
        self._close_when_both_ended()

    def writeConnectionLost(self) -> None:
        """Note that nothing more can be written here; close when both directions ended."""
        self.write_ended = True
        self.bridge.changed()
        self._close_when_both_ended()

    def _close_when_both_ended(self) -> None:
        if self.read_ended and self.write_ended:
            self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Give back the lease, and end the other side as this one ended: cleanly, or cut off."""
        lease, self.lease = self.lease, None
        if lease is not None:
            lease.lost()
            if self.transport is None:
                # It was not wanted any more when it came.
                return
        self.lost = True
        self.bridge.ends("client" if self.is_client else "upstream")
        self.writer.lost()
        clean = closed_cleanly(reason)
        self.closed_as_announced = self.read_ended or clean
        self._vanished = self.read_ended and not clean
        if self._other is not None:
            self._notify_lost()
        self.bridge.side_lost()

    def _notify_lost(self) -> None:
        other = self._other
        # Two sides that know each other would wait for the garbage collector.
        self._other = self._onward = None
        if other is None or other.lost:
            return
        if self._vanished and self.is_client and other.write_ended:
            # It said that it was done, and left before the response: its request is whole, and nobody waits.
            other.writer.close_now()
        elif self.closed_as_announced:
            self.bridge.linger()
            other.outlive()
        else:
            other.abort()
