"""L{Frames}: one end of a WebSocket without I/O: bytes become whole messages, and messages bytes.

wsproto reads and writes each frame.  Here is what it leaves open: a message is put together and has a limit,
and what nobody has taken yet is not read, so that whoever is busy stops reading.
"""

from __future__ import annotations

from attrs import frozen
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Event, Ping, Pong, TextMessage
from wsproto.frame_protocol import MAX_PAYLOAD_NORMAL, CloseReason

#: Of a close frame's text: beside two bytes of its code.
REASON_LIMIT = MAX_PAYLOAD_NORMAL - 2


@frozen
class Whole:
    """A message, whether it came as text or as binary."""

    data: bytes


@frozen
class Pinged:
    """A ping, to be answered with this."""

    payload: bytes


@frozen
class Ponged:
    """A pong."""


@frozen
class Closed:
    """The other side closes, or did what it must not: then C{code} is what it is told.

    @ivar fault: the other side's mistake; empty: it said a close frame.
    """

    code: int
    fault: str = ""


Incoming = Whole | Pinged | Ponged | Closed


class Frames:
    """One end of an open WebSocket.

    @ivar closing: a close frame was written: nothing may follow it.
    """

    def __init__(self, limit: int, *, client: bool = False) -> None:
        """
        @param limit: bytes that a message may have.
        @param client: this is the client's end: what it writes is masked.
        """
        self._connection = Connection(ConnectionType.CLIENT if client else ConnectionType.SERVER)
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._over = False
        self.closing = False

    # What comes.

    def feed(self, data: bytes) -> None:
        """Bytes have come; nothing is read yet."""
        if not self._over:
            self._connection.receive_data(data)

    def next(self) -> Incoming | None:
        """What is next in the bytes that came; None: it is not whole yet, or L{Closed} came before."""
        while not self._over:
            # Breaking off leaves the rest where it is, to be gone on with.
            event = next(iter(self._connection.events()), None)
            if event is None:
                return None
            found = self._take(event)
            if found is not None:
                self._over = isinstance(found, Closed)
                return found
        return None

    def _take(self, event: Event) -> Incoming | None:
        if isinstance(event, TextMessage | BytesMessage):
            data = event.data.encode() if isinstance(event.data, str) else bytes(event.data)
            self._size += len(data)
            if self._size > self._limit:
                self._pieces.clear()
                return Closed(CloseReason.MESSAGE_TOO_BIG, f"a message has more than {self._limit} bytes")
            self._pieces.append(data)
            if not event.message_finished:
                return None
            message = b"".join(self._pieces)
            self._pieces, self._size = [], 0
            return Whole(message)
        if isinstance(event, Ping):
            return Pinged(bytes(event.payload))
        if isinstance(event, Pong):
            return Ponged()
        assert isinstance(event, CloseConnection)
        # A mistake is said as a close frame is; only by that does the state move.
        faulty = self._connection.state in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING)
        return Closed(event.code, (event.reason or "malformed") if faulty else "")

    # What goes.

    def message(self, data: bytes) -> bytes:
        """A message of text."""
        return self._connection.send(TextMessage(data=data.decode("utf-8", "replace")))

    def part(self, data: str, *, last: bool) -> bytes:
        """A part of a message of text."""
        return self._connection.send(TextMessage(data=data, message_finished=last))

    def ping(self) -> bytes:
        """A ping."""
        return self._connection.send(Ping())

    def pong(self, payload: bytes) -> bytes:
        """What a ping is answered with."""
        return self._connection.send(Pong(payload))

    def close(self, code: int, reason: str = "") -> bytes:
        """A close frame; empty: one was written before."""
        if self.closing:
            return b""
        self.closing = True
        if code == CloseReason.NO_STATUS_RCVD:
            # So it is answered that no code came.
            return self._connection.send(CloseConnection(code=CloseReason.NORMAL_CLOSURE))
        text = reason.encode()[:REASON_LIMIT].decode("utf-8", "ignore")
        return self._connection.send(CloseConnection(code=code, reason=text))
