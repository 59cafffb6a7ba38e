"""L{Refusal}: what a client of PostgreSQL is told that gets no database.  PURE.

The protocol: PostgreSQL's documentation, "Message Flow", "Start-up", and "Message Formats".  A client begins
with a message without a type byte: a request for TLS or GSSAPI, which is refused with one byte and followed
by another message; a request to cancel, which is never answered; or the start-up message, to which an error
is a good answer.
"""

from __future__ import annotations

import struct

#: Bytes of a start-up message that a server takes (C{MAX_STARTUP_PACKET_LENGTH}).
LARGEST = 10000
#: Requests for encryption that a client may make, one of each kind.
ENCRYPTIONS = 2
#: The error's code, C{cannot_connect_now} (PostgreSQL's documentation, "Error Codes").
CANNOT_CONNECT_NOW = b"57P03"
#: Letters of an error's text.
LONGEST = 500

_SSL, _GSS = 80877103, 80877104
_MAJOR = 3
_HEAD = struct.Struct("!II")


class Refusal:
    """Reads what a client begins with, in whatever pieces it comes."""

    def __init__(self, text: str) -> None:
        """
        @param text: why it gets no database.
        """
        self._text = text
        self._data = b""
        self._encryptions = 0

    def received(self, data: bytes) -> tuple[bytes, bool]:
        """More of it.

        @return: what is said to that, and whether it is closed then.
        """
        self._data += data
        said = b""
        while len(self._data) >= _HEAD.size:
            size, code = _HEAD.unpack_from(self._data)
            if not _HEAD.size <= size <= LARGEST:
                return said, True
            if size == _HEAD.size and code in (_SSL, _GSS) and self._encryptions < ENCRYPTIONS:
                self._encryptions += 1
                self._data = self._data[size:]
                said += b"N"
                continue
            if code >> 16 != _MAJOR:
                # To be cancelled, or of another protocol: TLS without a request for it is one.
                return said, True
            if len(self._data) < size:
                break
            return said + fatal(self._text), True
        return said, False


def fatal(text: str) -> bytes:
    """An C{ErrorResponse} that ends a session."""
    shown = text.encode("ascii", "replace").replace(b"\0", b"?")[:LONGEST]
    fields = b"".join(
        kind + value + b"\0"
        for kind, value in ((b"S", b"FATAL"), (b"V", b"FATAL"), (b"C", CANNOT_CONNECT_NOW), (b"M", shown))
    )
    return b"E" + struct.pack("!I", 4 + len(fields) + 1) + fields + b"\0"
