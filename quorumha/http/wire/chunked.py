"""Chunked bodies: a strict decoder that knows to the byte where the body ends.

RFC 9112 section 7.1.  Size lines and trailers are read and dropped; what goes on is framed anew.  Refused: a
size that is not 1 to 16 hexadecimal digits, white space where none belongs, a line end that is not CRLF,
controls or an open quote in an extension, trailers that are no fields or that would frame or route a message.
"""

from __future__ import annotations

import re

from attrs import define

_SIZE_LINE = re.compile(
    rb"([0-9A-Fa-f]{1,16})"
    rb"(?:[ \t]*;[ \t]*[!#$%&\'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*=[ \t]*(?:[!#$%&\'*+.^_`|~0-9A-Za-z-]+"
    rb'|"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"))?)*'
)
_TRAILER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t -~\x80-\xff]*")
_FORBIDDEN_TRAILERS = frozenset(
    b"content-length transfer-encoding host connection te upgrade trailer".split()
)

#: Bytes of one size line, extensions included, and of all trailers together.
LINE_LIMIT = 1024
TRAILERS_LIMIT = 8 * 1024

_CRLF = b"\r\n"


class BadChunk(ValueError):
    """The body is not well-formed chunked coding."""


class TooMuch(BadChunk):
    """A size line announces more than the whole body may have."""


@define(eq=False)
class ChunkedDecoder:
    """Feed it bytes; it gives back payload, and says when the body is over.

    @ivar limit: bytes of payload in all; 0 means no limit.
    @ivar done: the empty line after the last chunk was seen.
    @ivar surplus: the bytes after it.
    """

    limit: int = 0
    done: bool = False
    surplus: bytes = b""
    _buffer: bytes = b""
    #: Payload bytes still missing from the current chunk.
    _missing: int = 0
    _in_chunk: bool = False
    _in_trailers: bool = False
    _trailer_bytes: int = 0
    _announced: int = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes.

        @return: pieces of payload, none of them empty.
        @raise BadChunk: the coding is broken, or (L{TooMuch}) announces too much; nothing more may be fed.
        """
        pieces: list[bytes] = []
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        at = 0
        end = len(data)
        while at < end and not self.done:
            if self._in_chunk:
                at = self._chunk_data(data, at, pieces)
                if at < 0:
                    break
                continue
            line_end = data.find(_CRLF, at)
            limit = TRAILERS_LIMIT if self._in_trailers else LINE_LIMIT
            if line_end < 0 or line_end - at > limit:
                self._partial_line(data, at, limit)
                break
            line = data[at:line_end]
            at = line_end + 2
            if self._in_trailers:
                self._trailer(line)
            else:
                self._size_line(line)
        if self.done:
            self.surplus = data[at:]
        return pieces

    def _partial_line(self, data: bytes, at: int, limit: int) -> None:
        """Keep a line that has not ended, unless it can only end badly."""
        line = data[at:]
        if len(line) - line.endswith(b"\r") > limit or b"\n" in line or b"\0" in line or b"\r" in line[:-1]:
            raise BadChunk("a line is too long or ends badly")
        self._buffer = line

    def _size_line(self, line: bytes) -> None:
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            raise BadChunk("bad size line")
        self._missing = int(match[1], 16)
        if self._missing >> 60:
            raise BadChunk("the chunk is too large")
        self._announced += self._missing
        if self.limit and self._announced > self.limit:
            raise TooMuch("the body is too large")
        if self._missing:
            self._in_chunk = True
        else:
            self._in_trailers = True

    def _chunk_data(self, data: bytes, at: int, pieces: list[bytes]) -> int:
        """Take payload from C{at} on; return where to go on, or -1 when more bytes are needed."""
        missing = self._missing
        if missing:
            piece = data[at : at + missing]
            pieces.append(piece)
            self._missing = missing - len(piece)
            return at + len(piece)
        ending = data[at : at + 2]
        if ending != _CRLF:
            if ending != b"\r":
                raise BadChunk("no CRLF after the chunk")
            self._buffer = ending
            return -1
        self._in_chunk = False
        return at + 2

    def _trailer(self, line: bytes) -> None:
        if not line:
            self.done = True
            return
        self._trailer_bytes += len(line) + 2
        match = _TRAILER.fullmatch(line)
        if match is None or self._trailer_bytes > TRAILERS_LIMIT or match[1].lower() in _FORBIDDEN_TRAILERS:
            raise BadChunk("bad trailer")


#: What ends a chunked body that carries no trailers.
LAST_CHUNK = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    """Frame payload as one chunk; not empty, for that would end the body."""
    return b"%x\r\n%b\r\n" % (len(data), data)
