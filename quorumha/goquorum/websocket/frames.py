"""L{Frames}: one end of a WebSocket without I/O: bytes become whole messages, and messages bytes.

wsproto reads and writes each frame.  Here is what it leaves open: a message is put together and has a limit,
and what nobody has taken yet is not read, so that whoever is busy stops reading.
"""

from __future__ import annotations

from collections.abc import Iterator

from attrs import define
from wsproto.frame_protocol import (
    MAX_PAYLOAD_NORMAL,
    CloseReason,
    Frame,
    FrameProtocol,
    Opcode,
    ParseFailed,
)

#: Of a close frame's text: beside two bytes of its code.
REASON_LIMIT = MAX_PAYLOAD_NORMAL - 2


@define
class Pinged:
    """A ping, to be answered with this."""

    payload: bytes


@define
class Ponged:
    """A pong."""


@define
class Closed:
    """The other side closes, or did what it must not: then C{code} is what it is told.

    @ivar fault: the other side's mistake; empty: it said a close frame.
    """

    code: int
    fault: str = ""


#: Bytes are a message, whether it came as text or as binary.
Incoming = bytes | Pinged | Ponged | Closed


class Frames:
    """One end of an open WebSocket.

    @ivar closing: a close frame was written: nothing may follow it.
    """

    def __init__(self, limit: int, *, client: bool = False) -> None:
        """
        @param limit: bytes that a message may have.
        @param client: this is the client's end: what it writes is masked.
        """
        self._protocol = FrameProtocol(client, [])
        self._limit = limit
        #: What is there of a message, in pieces.
        self._pieces: list[bytes] = []
        self._size = 0
        #: Frames of the bytes that are there; None: none is whole.
        self._reading: Iterator[Frame] | None = None
        self._over = False
        self.closing = False

    # What comes.

    def feed(self, data: bytes) -> None:
        """Bytes have come; nothing is read yet."""
        if not self._over:
            self._protocol.receive_bytes(data)
            if self._reading is None:
                self._reading = self._protocol.received_frames()

    def next(self) -> Incoming | None:
        """What is next in the bytes that came; None: it is not whole yet, or L{Closed} came before."""
        while self._reading is not None:
            try:
                frame = next(self._reading, None)
            except ParseFailed as error:
                return self._end(Closed(error.code, str(error) or "malformed"))
            if frame is None:
                self._reading = None
                return None
            found = self._take(frame)
            if found is not None:
                return found
        return None

    def _end(self, closed: Closed) -> Closed:
        self._over, self._reading = True, None
        self._pieces.clear()
        return closed

    def _take(self, frame: Frame) -> Incoming | None:
        opcode, payload = frame.opcode, frame.payload
        if opcode is Opcode.TEXT or opcode is Opcode.BINARY:
            data = payload.encode() if isinstance(payload, str) else _bytes(payload)
            self._size += len(data)
            if self._size > self._limit:
                said = f"a message has more than {self._limit} bytes"
                return self._end(Closed(CloseReason.MESSAGE_TOO_BIG, said))
            if frame.message_finished:
                self._size = 0
                if not self._pieces:
                    return data
                self._pieces.append(data)
                data = b"".join(self._pieces)
                self._pieces.clear()
                return data
            self._pieces.append(data)
            return None
        if opcode is Opcode.CLOSE:
            return self._end(Closed(int(payload[0])))
        return Pinged(_bytes(payload)) if opcode is Opcode.PING else Ponged()

    # What goes.

    def message(self, data: bytes) -> bytes:
        """A message of text."""
        return bytes(self._protocol.send_data(data.decode("utf-8", "replace")))

    def part(self, data: str, *, last: bool) -> bytes:
        """A part of a message of text."""
        return bytes(self._protocol.send_data(data, last))

    def ping(self) -> bytes:
        """A ping."""
        return bytes(self._protocol.ping())

    def pong(self, payload: bytes) -> bytes:
        """What a ping is answered with."""
        return bytes(self._protocol.pong(payload))

    def close(self, code: int, reason: str = "") -> bytes:
        """A close frame; empty: one was written before."""
        if self.closing:
            return b""
        self.closing = True
        if code == CloseReason.NO_STATUS_RCVD:
            # So it is answered that no code came.
            code = CloseReason.NORMAL_CLOSURE
        text = reason.encode()[:REASON_LIMIT].decode("utf-8", "ignore")
        return bytes(self._protocol.close(code, text))


def _bytes(payload: bytes | str | tuple[int, str]) -> bytes:
    """Of what is neither text nor a close frame."""
    assert isinstance(payload, bytes | bytearray)
    return bytes(payload)
