"""L{MemoryTransport}: one end of a connection without a socket.

It keeps to what Twisted's TCP transport does, as read in C{twisted.internet.abstract}
and C{twisted.internet.tcp} of 26.10, wherever a protocol can tell the difference:

  - nothing is delivered inside C{write}: bytes move in later turns;
  - C{loseConnection} stops reading at once and closes when everything is written and no
    producer is left that still has to be asked;
  - C{abortConnection} drops what is unsent; this side's C{connectionLost} comes in a later turn, with
    C{ConnectionAborted}; the other side reads what was in flight, then gets C{ConnectionLost};
  - an end closed with bytes it never read breaks the connection (RST), as does writing
    to an end that is gone;
  - the end of the other side's bytes is C{readConnectionLost} for a protocol that provides
    C{IHalfCloseableProtocol}, and the end of the connection for any other;
  - a paused reader sees neither bytes nor their end.

One thing is kinder: bytes in flight survive a break, where a kernel drops what it has not sent yet.

It is a class of 200 lines because a transport is one thing with many methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
    IProducer,
    IProtocol,
    IPullProducer,
    IPushProducer,
)
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.net.progress import INetTransport
from quorumha.testing.net.pipe import Gauge, Pipe, Segments
from quorumha.testing.net.turns import Turns

log = Logger()

#: A streaming producer is paused when more than this waits to be sent, in bytes; the same
#: number as in Twisted's transports.
WRITE_BUFFER = 65536


@implementer(INetTransport)
class MemoryTransport:
    """One end.

    @ivar protocol: who reads here; may be replaced, as with any Twisted transport.
    @ivar connected: until this end is closed.
    @ivar disconnecting: C{loseConnection} was called.
    @ivar frozen: its process hangs: nothing is read, sent or noticed.
    @ivar progressed: see L{INetTransport}.
    @ivar on_lost: called once when this end has closed.
    """

    def __init__(
        self, turns: Turns, gauge: Gauge, host: IAddress, remote: IAddress, outgoing: Pipe, incoming: Pipe
    ) -> None:
        self.protocol: IProtocol | None = None
        self.other: MemoryTransport = self
        self.connected = True
        self.disconnected = False
        self.disconnecting = False
        self.frozen = False
        self.progressed: Callable[[], None] | None = None
        self.on_lost: Callable[[], None] = lambda: None
        self._turns = turns
        self._host = host
        self._remote = remote
        self._outgoing = outgoing
        self._incoming = incoming
        self._unsent = Segments(gauge)
        self._producer: IProducer | None = None
        self._streaming = False
        self._producer_paused = False
        self._reading = True
        self._still = False
        self._end_seen = False
        self._aborting = False
        self._writing = False
        self._write_ending = False
        self._write_ended = False
        self._will_read = False
        self._will_write = False

    # What a test looks at.

    @property
    def unsent(self) -> int:
        """Bytes written here that the connection has not taken yet."""
        return self._unsent.size

    @property
    def unread(self) -> int:
        """Bytes on their way to this end."""
        return self._incoming.size

    @property
    def read(self) -> int:
        """Bytes handed to this end's protocol since the beginning."""
        return self._incoming.carried

    # ITransport

    def write(self, data: bytes) -> None:
        """Queue bytes; they leave in a later turn."""
        if not isinstance(data, bytes):
            raise TypeError("only bytes can be written")
        if self.connected and not self._write_ended and data:
            self._unsent.put(data)
            self._pause_producer_when_full()
            self._start_writing()

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        if not self.connected or self.disconnecting:
            return
        if self._write_ended:
            self.lost(Failure(ConnectionDone()))
            return
        self._reading = False
        self.disconnecting = True
        self._start_writing()

    # A unix socket's transport has the same methods and another kind of address.

    def getPeer(self) -> IAddress:  # type: ignore[override]
        return self._remote

    def getHost(self) -> IAddress:  # type: ignore[override]
        return self._host

    # ITCPTransport

    def loseWriteConnection(self) -> None:
        self._write_ending = True
        self._start_writing()

    def abortConnection(self) -> None:
        if self.disconnected or self._aborting:
            return
        self._aborting = True
        self._turns.add(lambda: self.lost(Failure(ConnectionAborted()), reset=True))

    # INetTransport

    def bytes_taken(self) -> int | None:
        return self._outgoing.carried

    def close_now(self) -> None:
        if not self.disconnected and not self._aborting:
            self._aborting = True
            self._send()
            self._turns.add(lambda: self.lost(Failure(ConnectionAborted()), reset=False))

    def stand_still(self) -> None:
        self._still = True
        self.wake_reading()

    def move_on(self, reading: bool) -> None:
        self._still = False
        if reading:
            self.resumeProducing()
        else:
            self.pauseProducing()
        self.wake_writing()

    # ITCPTransport, the rest

    def getTcpNoDelay(self) -> bool:
        return False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """There is nothing to delay."""

    def getTcpKeepAlive(self) -> bool:
        return False

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """There is nothing to keep alive."""

    # IConsumer

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        if self._producer is not None:
            raise RuntimeError(f"{self._producer!r} is registered and was never unregistered")
        if self.disconnected:
            producer.stopProducing()
            return
        self._producer = producer
        self._streaming = streaming
        if not streaming:
            IPullProducer(producer).resumeProducing()

    def unregisterProducer(self) -> None:
        self._producer = None
        if self.connected and self.disconnecting:
            self._start_writing()

    # IPushProducer: what this end does to the bytes that come in

    def pauseProducing(self) -> None:
        self._reading = False

    def resumeProducing(self) -> None:
        if self.connected and not self.disconnecting:
            self._reading = True
            self.wake_reading()

    def stopProducing(self) -> None:
        self.loseConnection()

    # What the network does.

    def thaw(self) -> None:
        """The process goes on."""
        self.frozen = False
        self.wake_reading()
        self.wake_writing()

    def wake_reading(self) -> None:
        """There may be something to read."""
        if not self._will_read:
            self._will_read = True
            self._turns.add(self._read_turn)

    def wake_writing(self) -> None:
        """There may be room for what waits to be sent."""
        if self._writing and not self._will_write:
            self._will_write = True
            self._turns.add(self._write_turn)

    def lost(self, reason: Failure, reset: bool | None = None) -> None:
        """Close this end, whatever is unsent.

        @param reset: the other side sees a break (True) or a clean end (False);
            None does what TCP does: a break if there were unread bytes.
        """
        if self.disconnected:
            return
        self.connected = False
        self.disconnected = True
        self._reading = False
        self._outgoing.broken = self._incoming.size > 0 if reset is None else reset
        self._outgoing.ended = True
        self._incoming.clear()
        self._unsent.clear()
        producer, self._producer = self._producer, None
        if producer is not None:
            producer.stopProducing()
        self.other.wake_reading()
        self.other.wake_writing()
        self.on_lost()
        if self.protocol is not None:
            self.protocol.connectionLost(reason)

    def _start_writing(self) -> None:
        self._writing = True
        self.wake_writing()

    def _read_turn(self) -> None:
        self._will_read = False
        protocol = self.protocol
        if self._still and not (self.frozen or self._aborting or self.disconnected or self._end_seen):
            # An end is seen at once, whatever bytes are before it.
            if self._incoming.ended:
                self.lost(Failure(ConnectionLost()))
            return
        if not self._reading or self.frozen or self._aborting or self._end_seen or protocol is None:
            return
        if self._incoming.size:
            piece = self._incoming.take()
            self.other.wake_writing()
            self.wake_reading()
            self._guarded(lambda: protocol.dataReceived(piece))
        elif self._incoming.broken:
            self.lost(Failure(ConnectionLost()))
        elif self._incoming.ended:
            self._end_seen = True
            half = _half_closeable(protocol)
            if half is None:
                self.lost(Failure(ConnectionDone()))
            else:
                self._guarded(half.readConnectionLost)

    def _write_turn(self) -> None:
        self._will_write = False
        if not self.connected or self.frozen or self._aborting or self._still:
            return
        if self.other.disconnected:
            # What had arrived before the other end went is read first, as a kernel has it.
            if self._unsent.size and (not self._reading or self._end_seen):
                self.lost(Failure(ConnectionLost()))
                return
            if self._unsent.size:
                return
        before = self._unsent.size
        self._send()
        if self._unsent.size:
            if self.progressed is not None and self._unsent.size < before:
                self._guarded(self.progressed)
            return
        self._writing = False
        if self._producer is not None and (not self._streaming or self._producer_paused):
            self._producer_paused = False
            producer = self._producer
            self._guarded(producer.resumeProducing)  # type: ignore[attr-defined]
        elif self.disconnecting:
            self.lost(Failure(ConnectionDone()))
        elif self._write_ending and not self._write_ended:
            self._write_ended = True
            self._outgoing.ended = True
            self.other.wake_reading()
            half = _half_closeable(self.protocol)
            if half is not None:
                self._guarded(half.writeConnectionLost)

    def _send(self) -> None:
        """What the connection takes of what waits."""
        while self._unsent.size and self._outgoing.room > 0:
            self._outgoing.put(self._unsent.take(min(self._unsent.first, self._outgoing.room)))
            self.other.wake_reading()

    def _pause_producer_when_full(self) -> None:
        if self._producer is not None and self._streaming and self._unsent.size > WRITE_BUFFER:
            self._producer_paused = True
            IPushProducer(self._producer).pauseProducing()

    def _guarded(self, call: Callable[[], object]) -> None:
        # A protocol that raises loses its connection, and the error is logged, as reactors do.
        try:
            call()
        except Exception:
            failure = Failure()
            log.failure("A protocol on a memory transport raised", failure)
            self.lost(failure)


def _half_closeable(protocol: object) -> IHalfCloseableProtocol | None:
    return IHalfCloseableProtocol(protocol) if IHalfCloseableProtocol.providedBy(protocol) else None
