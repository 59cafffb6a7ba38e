"""L{SocketTransport}: a connected TCP or unix socket as a Twisted transport.

It keeps Twisted's contract: what is written arrives in order, C{connectionLost} comes once and never from
within a call of the protocol's own, a streaming producer is paused while more than L{QUEUE_LIMIT} bytes
wait.  What differs: C{write} tries the kernel at once, C{loseWriteConnection} with nothing queued ends the
writing, and reports it, at once, and there is no Nagle from the beginning.

The file is over 300 lines because a transport is one thing with many methods.
"""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from attrs import define, field
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import (
    IHalfCloseableDescriptor,
    IHalfCloseableProtocol,
    IProtocol,
    IReadWriteDescriptor,
    ISSLTransport,
    ISystemHandle,
)
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.net.interest import Watch
from quorumha.net.poller import Poller, watch_of
from quorumha.net.progress import INetTransport
from quorumha.net.socket_options import SocketOptions, end_behind, end_without_reset, reset_on_close
from quorumha.net.splice import PIPE_SIZE, CannotSplice, splice_bytes

#: Bytes taken from the kernel at once, at first and after every pause.
READ_SIZE = 65536
#: Bytes taken at once from a connection that always has more: in such pieces a stream costs half as much.
#: A reader that is slow leaves one of them to be kept, and then smaller ones.
READ_MOST = 524288
#: Bytes that wait before a streaming producer is paused; as in Twisted's transports.
QUEUE_LIMIT = 65536

_DONE = Failure(ConnectionDone())
_ABORTED = Failure(ConnectionAborted())


class Spliced(Protocol):
    """Whose bytes go by.  One object: two bound methods for each connection are memory."""

    def may_splice(self) -> int:
        """How many of the next bytes may go by."""

    def spliced(self, size: int) -> None:
        """So many did; it ends no connection."""


@implementer(INetTransport, IReadWriteDescriptor, IHalfCloseableDescriptor, ISystemHandle)
@define(eq=False, repr=False, weakref_slot=False)
class SocketTransport(SocketOptions):
    """Reads and writes one bare socket for a protocol, as Twisted's transports do.

    @ivar _handle: connected and non-blocking; it is the transport's from now on.
    @ivar _remote: see L{SocketOptions}.
    @ivar protocol: what reads; may be replaced while the connection lives.
    @ivar connected: the socket is open.
    @ivar disconnecting: it is going to be closed; nothing more may be written.
    @ivar progressed: see L{INetTransport}.
    @ivar read_most: bytes taken from the kernel at once, at most; not below L{READ_SIZE}.
    """

    _reactor: Any
    _handle: socket.socket
    protocol: IProtocol
    _remote: Any
    connected: bool = True
    disconnecting: bool = False
    progressed: Callable[[], None] | None = None
    read_most: int = READ_MOST
    _read_size: int = READ_SIZE
    _read_ended: bool = False
    _queue: deque[bytes | memoryview] | None = None
    _queued: int = 0
    _producer: Any = None
    _streaming: bool = False
    _producer_paused: bool = False
    _splicing: tuple[SocketTransport, Spliced] | None = None
    _takes_much: bool = False
    _still: bool = False
    _write_ending: bool = False
    _write_ended: bool = False
    _family: int = field(init=False)
    _fd: int = field(init=False)
    _watch: Watch = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._prepare()
        self._watch = watch_of(self._reactor)
        self._fd = self._handle.fileno()

    def begin(self) -> None:
        """Connect the protocol, and read, unless it paused at once."""
        self._watch.addReader(self)
        self.protocol.makeConnection(self)

    def fileno(self) -> int:
        """The descriptor; -1 once it is closed."""
        return self._fd

    def logPrefix(self) -> str:
        return "SocketTransport"

    def doRead(self) -> Any:
        """Read; return an exception when the connection is over, else None."""
        size = self._read_size
        if size == READ_MOST and self._splicing is not None:
            sink, source = self._splicing
            if sink.connected and not (sink.waits or sink.disconnecting or sink._write_ending):
                most = source.may_splice()
                if most >= size:
                    return self._splice(sink, most, source)
        try:
            data = self._handle.recv(size)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return CONNECTION_LOST
        if not data:
            return CONNECTION_DONE
        if len(data) == size:
            self._read_size = min(size * 2, self.read_most)
        elif size > READ_SIZE:
            self._read_size = size // 2
        self.protocol.dataReceived(data)
        return None

    def _splice(self, sink: SocketTransport, most: int, source: Spliced) -> Exception | None:
        sink.take_much()
        try:
            gone, rest = splice_bytes(self._fd, sink._fd, min(most, PIPE_SIZE))
        except (BlockingIOError, InterruptedError):
            return None
        except CannotSplice:
            # What is there is read in the next turn.
            self._splicing = None
            return None
        except OSError:
            return CONNECTION_LOST
        there = gone + len(rest)
        if not there:
            return CONNECTION_DONE
        if there < READ_SIZE:
            self._read_size = READ_SIZE
        if gone:
            source.spliced(gone)
        if rest:
            self.protocol.dataReceived(rest)
        return None

    def doWrite(self) -> Any:
        """Write what waits; return an exception when the connection is over, else None."""
        queue, before = self._queue, self._queued
        while queue:
            piece = queue[0]
            try:
                sent = self._handle.send(piece)
            except (BlockingIOError, InterruptedError):
                break
            except OSError:
                return CONNECTION_LOST
            self._queued -= sent
            if sent < len(piece):
                # A view: a large piece is not copied for each part of it that is sent.
                queue[0] = memoryview(piece)[sent:]
                break
            queue.popleft()
        if queue:
            if self.progressed is not None and self._queued < before:
                self.progressed()
            return None
        self._queue = None
        self._watch.removeWriter(self)
        return self._all_sent()

    def _all_sent(self) -> Exception | None:
        producer = self._producer
        if producer is not None and (self._producer_paused or not self._streaming):
            self._producer_paused = False
            producer.resumeProducing()
            if self.waits:
                return None
        if self.disconnecting and self._all_produced():
            return CONNECTION_DONE
        if self._write_ending and not self._write_ended:
            self._end_writing()
        return None

    @property
    def waits(self) -> bool:
        """Bytes that were written wait for the kernel to take them."""
        return self._queue is not None

    def readConnectionLost(self, reason: Failure) -> None:
        """The other side sends no more; the reactor calls this."""
        self._read_ended = True
        if IHalfCloseableProtocol.providedBy(self.protocol):
            self.protocol.readConnectionLost()
        else:
            self.connectionLost(reason)

    def writeConnectionLost(self, reason: Failure) -> None:
        """Part of the interface; this class notices by itself."""

    def connectionLost(self, reason: Failure) -> None:
        """The connection is over; the reactor, or a delayed call, calls this."""
        if not self.connected:
            return
        self.connected = False
        if reason is not _ABORTED:
            # Else it was done when it was aborted.
            self._drop()
        self._fd = -1
        self._splicing = self.progressed = None
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.stopProducing()
        self._handle.close()
        protocol = self.protocol
        self.protocol = None  # type: ignore[assignment]  # the cycle is cut; nothing is called any more
        protocol.connectionLost(reason)

    def write(self, data: bytes) -> bool:  # type: ignore[override]  # more than the interface asks for
        """Write; what the kernel does not take waits.  It returns whether anything waits."""
        if not data or self.disconnecting or self._write_ending:
            return self._queue is not None
        if self._queue is None:
            try:
                sent = self._handle.send(data)
            except OSError:
                # Full, or broken; then the next turn of the reactor meets the error.
                sent = 0
            if sent == len(data):
                return False
            self._queue = deque([memoryview(data)[sent:] if sent else data])
            self._queued = len(data) - sent
            self._watch.addWriter(self)
        else:
            self._queue.append(data)
            self._queued += len(data)
        if self._producer is not None and self._streaming and self._queued > QUEUE_LIMIT:
            self._producer_paused = True
            self._producer.pauseProducing()
        return True

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.write(b"".join(data))

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        if self._producer is not None:
            raise RuntimeError("there is a producer already")
        if not self.connected or self.disconnecting:
            producer.stopProducing()
            return
        self._producer = producer
        self._streaming = streaming
        self._producer_paused = False
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """Forget the producer; a close that waited for it goes on."""
        self._producer = None
        if self.connected and self.disconnecting and self._queue is None:
            self._close_soon(_DONE)

    def loseConnection(self) -> None:
        if not self.connected or self.disconnecting:
            return
        self.disconnecting = True
        self._watch.removeReader(self)
        if self._queue is None and self._all_produced():
            self._close_soon(_DONE)

    def _all_produced(self) -> bool:
        """Nobody has more to write.  TLS does not take its producer out when it ends the connection."""
        return self._producer is None or (
            self._streaming and not self._producer_paused and ISSLTransport.providedBy(self.protocol)
        )

    def abortConnection(self) -> None:
        """Close now, with a reset; drop what waits."""
        if not self.connected:
            return
        self._drop()
        reset_on_close(self._handle)
        self._close_soon(_ABORTED)

    def _drop(self) -> None:
        """Neither read nor write any more."""
        self.disconnecting = True
        self._watch.removeReader(self)
        self._watch.removeWriter(self)
        self._queue = None
        self._queued = 0

    def close_now(self) -> None:
        """Drop what is queued and close without a reset, so that the other side can read what it has."""
        if self.connected:
            self._drop()
            end_without_reset(self._handle)
            self._close_soon(_ABORTED)

    def _close_soon(self, reason: Failure) -> None:
        """Close in a later turn: C{connectionLost} is never called from within a call of the protocol."""
        watch = self._watch
        if not (isinstance(watch, Poller) and watch.end_soon(self, reason)):
            self._reactor.callLater(0, self.connectionLost, reason)

    def loseWriteConnection(self) -> None:
        if self.connected and not self._write_ending:
            self._write_ending = True
            if self._queue is None:
                self._end_writing()

    def _end_writing(self) -> None:
        self._write_ended = True
        try:
            self._handle.shutdown(socket.SHUT_WR)
        except OSError:
            # The other side is gone already; reading tells how.
            return
        if IHalfCloseableProtocol.providedBy(self.protocol):
            self.protocol.writeConnectionLost()

    def splice_into(self, sink: SocketTransport, source: Spliced) -> None:
        """Let a stream go on to C{sink} without a copy while it fills the largest reads and none waits there.

        All else comes to the protocol as ever, which writes it to C{sink}.
        """
        self._splicing = (sink, source)

    def stop_splicing(self) -> None:
        self._splicing = None

    def pauseProducing(self) -> None:
        """Read no more for now; that the other side is gone is noticed all the same."""
        self._read_size = READ_SIZE
        watch = self._watch
        if not isinstance(watch, Poller):
            watch.removeReader(self)
        elif self.connected and not self.disconnecting and not self._read_ended:
            watch.pauseReader(self, not IHalfCloseableProtocol.providedBy(self.protocol))

    def hung_up(self) -> tuple[Exception | None, bool]:
        """Why an end came while nothing was read (None: bytes are left), and whether of reading alone."""
        if self._still:
            return CONNECTION_LOST, False
        return (CONNECTION_DONE, False) if self._read_ended else end_behind(self._handle)

    def resumeProducing(self) -> None:
        if self.connected and not self.disconnecting and not self._read_ended:
            self._watch.addReader(self)

    def stopProducing(self) -> None:
        self.loseConnection()

    def stand_still(self) -> None:
        if self.connected and not self.disconnecting:
            self._still = True
            self._read_size = READ_SIZE
            watch = self._watch
            watch.removeWriter(self)
            if isinstance(watch, Poller):
                watch.pauseReader(self, not self._read_ended)
            else:
                watch.removeReader(self)

    def move_on(self, reading: bool) -> None:
        if self._still:
            self._still = False
            if self._queue is not None:
                self._watch.addWriter(self)
            if reading:
                self.resumeProducing()
            else:
                self.pauseProducing()
