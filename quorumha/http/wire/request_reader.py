"""What a client sends, taken apart: where a head ends, how much of a body has come.  No I/O, no time.

What comes after a message is left where it is, to the byte.
"""

from __future__ import annotations

from enum import Enum

from quorumha.errors import DownstreamError
from quorumha.http.wire.chunked import BadChunk, ChunkedDecoder, TooMuch
from quorumha.http.wire.messages import HeadLimits
from quorumha.http.wire.parsing import find_stray

#: Bytes of empty lines that may stand before a request line.
EMPTY_LINES_BYTES = 8
#: Bytes of a request line beside its target, generously.
METHOD_AND_VERSION = 64


class Reading(Enum):
    """What the next byte from the client belongs to."""

    HEAD = "head"
    BODY = "body"
    #: The request is whole; bytes that come are kept until it is answered.
    WAITING = "waiting"
    TUNNEL = "tunnel"
    #: An error went down; what still comes is dropped.
    LINGERING = "lingering"
    CLOSED = "closed"

    # Each is equal to itself alone; Enum hashes names, in Python.
    __hash__ = object.__hash__


def find_head(data: bytes, limits: HeadLimits) -> tuple[int, int]:
    """Where the head of a request begins and ends.

    @return: the second one is 0 when it is not whole yet.
    @raise DownstreamError: these bytes can no longer become a good one.
    """
    start = 0
    while data.startswith(b"\r\n", start):
        # RFC 9112 section 2.2: empty lines before the request line are ignored.
        start += 2
        if start > EMPTY_LINES_BYTES:
            raise DownstreamError("malformed head")
    end = data.find(b"\r\n\r\n", start) + 4
    if end >= 4:
        return start, end
    if limits.total and len(data) - start > limits.total:
        raise DownstreamError("the head is too large", 431 if b"\n" in data[start:] else 414)
    if limits.line and len(data) - start > limits.line + METHOD_AND_VERSION and b"\r\n" not in data[start:]:
        raise DownstreamError("the target is too long", 414)
    if find_stray(data):
        raise DownstreamError("malformed head")
    return start, 0


def has_begun(data: bytes, start: int = 0) -> bool:
    """Whether what a client sent from C{start} on begins a head: more than half an empty line.

    >>> has_begun(b"G"), has_begun(b"\\r"), has_begun(b"")
    (True, False, False)
    """
    size = len(data) - start
    return size > 1 or (size == 1 and data[-1:] != b"\r")


class CountedBody:
    """A body of known length; C{done}: all of it was taken."""

    __slots__ = ("_remaining", "done")

    def __init__(self, length: int) -> None:
        self._remaining = length
        self.done = not length

    def take(self, data: bytes) -> tuple[bytes, int]:
        """Take what belongs to the body: payload, and how many bytes of C{data} that was."""
        piece = data if len(data) <= self._remaining else data[: self._remaining]
        self._remaining -= len(piece)
        self.done = not self._remaining
        return piece, len(piece)


class ChunkedBody:
    """A chunked body; C{done}: all of it was taken, trailers included."""

    __slots__ = ("_decoder", "done")

    def __init__(self, limit: int) -> None:
        self._decoder = ChunkedDecoder(limit)
        self.done = False

    def take(self, data: bytes) -> tuple[bytes, int]:
        """As L{CountedBody.take}.

        @raise DownstreamError: the coding is broken, or announces too much.
        """
        decoder = self._decoder
        try:
            pieces = decoder.feed(data)
        except TooMuch as error:
            raise DownstreamError(str(error), 413) from None
        except BadChunk as error:
            raise DownstreamError(f"malformed chunk: {error}") from None
        self.done = decoder.done
        payload = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return payload, len(data) - len(decoder.surplus)
