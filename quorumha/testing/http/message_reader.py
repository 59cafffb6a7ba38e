"""A small, strict HTTP/1.1 reader that keeps the raw bytes, for either side.

It shares no code with the proxy that it judges.  It takes only what has one reading (RFC 9112):
CRLF line ends, C{name: value} fields without folding, one C{Content-Length} of digits or
C{Transfer-Encoding: chunked}, never both; chunk lines without extensions.
Anything else is L{BadMessage}.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache

from attrs import define, field

_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_VALUE = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*\Z")
_REQUEST = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ [\x21-\xff]+ HTTP/1\.[01]\Z")
_RESPONSE = re.compile(rb"HTTP/1\.[01] [1-9][0-9][0-9]( [^\x00-\x08\x0a-\x1f\x7f]*)?\Z")
_HEX = re.compile(rb"[0-9a-fA-F]{1,15}\Z")
_DIGITS = re.compile(rb"[0-9]{1,18}\Z")


class _Next(Enum):
    """What a reader's next bytes are."""

    HEAD = "head"
    COUNTED = "a body of known length"
    TO_THE_END = "a body that the end of the connection ends"
    CHUNK_SIZE = "chunk size"
    CHUNK = "chunk"
    CHUNK_CRLF = "line end of a chunk"
    TRAILERS = "trailers"


class BadMessage(ValueError):
    """Bytes that are not HTTP/1.1, or may be read in two ways."""


@define(eq=False)
class Message:
    """A request or an answer.

    @ivar head: its raw bytes, from the start line to the empty line inclusive.
    @ivar start_line: the first line, without its line end.
    @ivar headers: names and values as sent, in order; whitespace around values removed.
    @ivar body: the bytes of the body so far, without chunk lines.
    @ivar framing: C{"none"}, C{"content-length"}, C{"chunked"} or C{"close"}.
    @ivar chunks: sizes of the chunks, the last one, 0, left out.
    @ivar trailers: fields after the last chunk.
    @ivar complete: the end was seen.
    """

    head: bytes
    start_line: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""
    framing: str = "none"
    chunks: list[int] = field(factory=list)
    trailers: list[tuple[bytes, bytes]] = field(factory=list)
    complete: bool = False

    @property
    def method(self) -> bytes:
        """Of a request."""
        return self.start_line.split(b" ", 1)[0]

    @property
    def target(self) -> bytes:
        """Of a request, byte for byte."""
        return self.start_line.split(b" ")[1]

    @property
    def status(self) -> int:
        """Of an answer."""
        return int(self.start_line[9:12])

    def all(self, name: bytes) -> list[bytes]:
        """The values of every field of that name, in any spelling."""
        name = name.lower()
        # Most names are of another length, which costs less to see.
        return [value for key, value in self.headers if len(key) == len(name) and key.lower() == name]

    def get(self, name: bytes) -> bytes | None:
        """The value of the only field of that name; None if there is none.

        @raise BadMessage: there are several.
        """
        values = self.all(name)
        if len(values) > 1:
            raise BadMessage(f"{len(values)} fields {name!r}")
        return values[0] if values else None

    @property
    def keeps_alive(self) -> bool:
        """The connection may carry another message after this one."""
        said = {part.strip().lower() for value in self.all(b"connection") for part in value.split(b",")}
        if b"HTTP/1.0" in self.start_line:
            return b"keep-alive" in said
        return b"close" not in said


def read_fields(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    """Names and values of field lines.

    @raise BadMessage: a line is not C{name: value}.
    """
    fields: list[tuple[bytes, bytes]] = []
    for line in lines:
        read = _field_of(line)
        if read is None:
            raise BadMessage(f"bad field line of {len(line)} bytes, number {len(fields) + 1}")
        fields.append(read)
    return fields


# Nearly all fields of nearly all messages are those of the one before.
@lru_cache(1024)
def _field_of(line: bytes) -> tuple[bytes, bytes] | None:
    name, colon, value = line.partition(b":")
    value = value.strip(b" \t")
    return (name, value) if colon and _NAME.match(name) and _VALUE.match(value) else None


class Reader:
    """Reads messages from the bytes of one connection.

    @ivar raw: every byte that was fed.
    """

    def __init__(
        self,
        on_head: Callable[[Message], None],
        on_end: Callable[[Message], None],
        requests: bool = True,
    ) -> None:
        """
        @param on_head: called when a head is complete, before any of the body is taken.
        @param on_end: called when the same message is complete.
        @param requests: read requests; False: answers.
        """
        self._on_head = on_head
        self._on_end = on_end
        self._requests = requests
        self._kept: list[bytes] = []
        self._rest = b""
        self._state = _Next.HEAD
        self._left = 0
        self._message: Message | None = None
        self._bodiless: list[bool] = []

    @property
    def raw(self) -> bytes:
        return b"".join(self._kept)

    @property
    def between(self) -> bool:
        """No message has begun that is not complete."""
        return self._state == _Next.HEAD and not self._rest

    def expect(self, method: bytes) -> None:
        """A reader of answers is told of each request, because an answer to HEAD has no body."""
        self._bodiless.append(method == b"HEAD")

    def feed(self, data: bytes) -> None:
        """Take bytes as they come.

        @raise BadMessage: they cannot be read; the reader is of no use any more.
        """
        self._kept.append(data)
        self._rest += data
        while self._step():
            pass

    def end(self) -> None:
        """The other side ended its writing.

        @raise BadMessage: a message was not complete.
        """
        if self._state == _Next.TO_THE_END:
            self._finish()
        elif not self.between:
            raise BadMessage("ended inside a message")

    def _step(self) -> bool:
        match self._state:
            case _Next.HEAD:
                return self._read_head()
            case _Next.COUNTED | _Next.TO_THE_END | _Next.CHUNK:
                return self._read_body()
            case _Next.CHUNK_SIZE:
                return self._read_chunk_size()
            case _Next.CHUNK_CRLF:
                return self._read_chunk_end()
            case _Next.TRAILERS:
                return self._read_trailers()

    def _read_head(self) -> bool:
        end = self._rest.find(b"\r\n\r\n")
        if end < 0:
            return False
        head, self._rest = self._rest[: end + 4], self._rest[end + 4 :]
        start_line, *lines = head[:-4].split(b"\r\n")
        if not (_REQUEST if self._requests else _RESPONSE).match(start_line):
            raise BadMessage(f"bad start line of {len(start_line)} bytes")
        message = self._message = Message(head, start_line, read_fields(lines))
        if self._requests and b"HTTP/1.1" in start_line and len(message.all(b"host")) != 1:
            raise BadMessage(f"{len(message.all(b'host'))} Host fields")
        self._state, self._left = self._framing_of(message)
        self._on_head(message)
        if self._state == _Next.COUNTED and not self._left:
            self._finish()
        return bool(self._rest)

    def _framing_of(self, message: Message) -> tuple[_Next, int]:
        lengths, codings = message.all(b"content-length"), message.all(b"transfer-encoding")
        if len(lengths) + len(codings) > 1:
            raise BadMessage("more than one field says where the body ends")
        if lengths and not _DIGITS.match(lengths[0]):
            raise BadMessage("Content-Length is not a number")
        if codings and codings[0].lower() != b"chunked":
            raise BadMessage("unknown Transfer-Encoding")
        if not self._requests:
            informational = message.status < 200
            bodiless = informational or message.status in (204, 304)
            if self._bodiless and not informational:
                bodiless = self._bodiless.pop(0) or bodiless
            if bodiless:
                return _Next.COUNTED, 0
        if codings:
            message.framing = "chunked"
            return _Next.CHUNK_SIZE, 0
        if lengths:
            message.framing = "content-length"
            return _Next.COUNTED, int(lengths[0])
        if self._requests:
            return _Next.COUNTED, 0
        message.framing = "close"
        return _Next.TO_THE_END, 0

    def _read_body(self) -> bool:
        if not self._rest:
            return False
        size = len(self._rest) if self._state == _Next.TO_THE_END else self._left
        taken, self._rest = self._rest[:size], self._rest[size:]
        self._current.body += taken
        self._left -= len(taken)
        if not self._left:
            if self._state == _Next.COUNTED:
                self._finish()
            elif self._state == _Next.CHUNK:
                self._state = _Next.CHUNK_CRLF
        return bool(self._rest)

    def _read_chunk_size(self) -> bool:
        line, found, rest = self._rest.partition(b"\r\n")
        if not found:
            return False
        if not _HEX.match(line):
            raise BadMessage("bad chunk size")
        self._rest, self._left = rest, int(line, 16)
        if self._left:
            self._current.chunks.append(self._left)
        self._state = _Next.CHUNK if self._left else _Next.TRAILERS
        return True

    def _read_chunk_end(self) -> bool:
        if len(self._rest) < 2:
            return False
        if not self._rest.startswith(b"\r\n"):
            raise BadMessage("no line end after a chunk")
        self._rest, self._state = self._rest[2:], _Next.CHUNK_SIZE
        return True

    def _read_trailers(self) -> bool:
        if self._rest.startswith(b"\r\n"):
            block, self._rest = b"", self._rest[2:]
        else:
            block, found, rest = self._rest.partition(b"\r\n\r\n")
            if not found:
                return False
            self._rest = rest
        self._current.trailers = read_fields(block.split(b"\r\n")) if block else []
        self._finish()
        return bool(self._rest)

    @property
    def _current(self) -> Message:
        if self._message is None:
            raise RuntimeError("no message has begun")
        return self._message

    def _finish(self) -> None:
        message = self._current
        self._message, self._state = None, _Next.HEAD
        message.complete = True
        self._on_end(message)
