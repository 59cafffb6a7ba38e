"""L{Frames}: one end of a WebSocket without I/O: bytes become whole messages, and messages bytes.

wsproto reads and writes each frame.  Here is what it leaves open: a message is put together and has a limit,
and what nobody has taken yet is not read, so that whoever is busy stops reading.

Frames are read one by one: what puts them together in wsproto would make a head that goes to a thousand
clients a good deal dearer.
"""

from __future__ import annotations

from functools import lru_cache

from attrs import define
from wsproto.frame_protocol import (
    LOCAL_ONLY_CLOSE_REASONS,
    MAX_CLOSE_REASON,
    MAX_PAYLOAD_NORMAL,
    MAX_PROTOCOL_CLOSE_REASON,
    MIN_CLOSE_REASON,
    CloseReason,
    Frame,
    FrameDecoder,
    FrameProtocol,
    Opcode,
    ParseFailed,
)

#: Of a close frame's text: beside two bytes of its code.
REASON_LIMIT = MAX_PAYLOAD_NORMAL - 2


#: Bytes of a message up to which it is remembered what stands before one of that size.
SMALL = 64 * 1024
#: Bytes of a piece of a message, from which on another one is begun.
PIECE = 64 * 1024


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


#: The first of the control frames; and others that are compared with for each frame.
_CLOSE, _CONTINUATION, _TEXT = Opcode.CLOSE, Opcode.CONTINUATION, Opcode.TEXT


class Frames:
    """One end of an open WebSocket.

    @ivar closing: a close frame was written: nothing may follow it.
    """

    def __init__(self, limit: int, *, client: bool = False) -> None:
        """
        @param limit: bytes that a message may have.
        @param client: this is the client's end: what it writes is masked.
        """
        self._masks = client
        self._reader = FrameDecoder(client, [])
        self._writer = FrameProtocol(client, [])
        self._limit = limit
        #: What is there of a message, in pieces.
        self._pieces: list[bytearray] = []
        self._size = 0
        #: As what it began; None: none has begun.
        self._begun: Opcode | None = None
        self._over = False
        self.closing = False

    # What comes.

    @property
    def between(self) -> bool:
        """Whether what comes next is the beginning of a message: nothing of one is here."""
        reader = self._reader
        return not (reader.buffer.buffer or reader.header or self._over) and self._begun is None

    def feed(self, data: bytes) -> None:
        """Bytes have come; nothing is read yet."""
        if not self._over:
            self._reader.receive_bytes(data)

    def next(self) -> Incoming | None:
        """What is next in the bytes that came; None: it is not whole yet, or L{Closed} came before."""
        reader = self._reader
        while reader.buffer.buffer and not self._over:
            try:
                frame = reader.process_buffer()
                found = None if frame is None else self._take(frame)
            except ParseFailed as error:
                found = self._end(Closed(error.code, str(error) or "malformed"))
            if found is not None or frame is None:
                return found
        return None

    def _end(self, closed: Closed) -> Closed:
        self._over = True
        self._pieces.clear()
        return closed

    def _take(self, frame: Frame) -> Incoming | None:
        """@raise ParseFailed: it is malformed, or cannot be here."""
        opcode, payload, whole, last = frame
        begun = self._begun
        assert isinstance(payload, bytes)
        if opcode >= _CLOSE:
            if opcode is _CLOSE:
                return self._end(Closed(_code_in(payload)))
            return Pinged(payload) if opcode is Opcode.PING else Ponged()
        if (begun is None) is (opcode is _CONTINUATION):
            raise ParseFailed("a message begins as a continuation, or in another one")
        self._size += len(payload)
        if self._size > self._limit:
            said = f"a message has more than {self._limit} bytes"
            return self._end(Closed(CloseReason.MESSAGE_TOO_BIG, said))
        begun = begun or opcode
        if not (last and whole):
            # Put together at once: small ones, or empty ones, take no more room than their bytes.
            if self._pieces and len(self._pieces[-1]) < PIECE:
                self._pieces[-1] += payload
            else:
                self._pieces.append(bytearray(payload))
            self._begun = begun
            return None
        if self._pieces:
            payload = b"".join([*self._pieces, payload])
            self._pieces.clear()
        self._size, self._begun = 0, None
        if begun is _TEXT and not payload.isascii():
            _check_text(payload)
        return payload

    # What goes.

    def message(self, data: bytes) -> bytes:
        """A message of text; no other one may be under way."""
        if self._masks or len(data) > SMALL:
            return bytes(self._writer.send_data(data.decode("utf-8", "replace")))
        if not data.isascii():
            data = data.decode("utf-8", "replace").encode()
        return _before(len(data)) + data

    def part(self, data: str, *, last: bool) -> bytes:
        """A part of a message of text."""
        return bytes(self._writer.send_data(data, last))

    def ping(self) -> bytes:
        """A ping."""
        return bytes(self._writer.ping())

    def pong(self, payload: bytes) -> bytes:
        """What a ping is answered with."""
        return bytes(self._writer.pong(payload))

    def close(self, code: int, reason: str = "") -> bytes:
        """A close frame; empty: one was written before."""
        if self.closing:
            return b""
        self.closing = True
        if code == CloseReason.NO_STATUS_RCVD:
            # So it is answered that no code came.
            code = CloseReason.NORMAL_CLOSURE
        text = reason.encode()[:REASON_LIMIT].decode("utf-8", "ignore")
        return bytes(self._writer.close(code, text))


@lru_cache(maxsize=1024)
def _before(size: int) -> bytes:
    """What wsproto writes before a message of so many bytes, from a server."""
    return bytes(FrameProtocol(False, []).send_data("x" * size))[: -size or None]


_CODES = frozenset(CloseReason) - frozenset(LOCAL_ONLY_CLOSE_REASONS)


def _code_in(payload: bytes) -> int:
    """Of a close frame (RFC 6455, 5.5.1 and 7.4).

    @raise ParseFailed: it is malformed.
    """
    if not payload:
        return CloseReason.NO_STATUS_RCVD
    code = int.from_bytes(payload[:2], "big") if len(payload) > 1 else 0
    known = code in _CODES or code > MAX_PROTOCOL_CLOSE_REASON
    if not (known and MIN_CLOSE_REASON <= code <= MAX_CLOSE_REASON):
        raise ParseFailed("a close frame with an invalid code")
    _check_text(payload[2:])
    return code


def _check_text(data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        raise ParseFailed("text that is not UTF-8", CloseReason.INVALID_FRAME_PAYLOAD_DATA) from None
