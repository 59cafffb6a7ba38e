"""Messages of PostgreSQL's protocol, as far as simulated databases and their clients need them.  PURE.

From its documentation, "Message Formats": a type byte, the length with itself, the rest.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

#: What a client may begin with, by their codes.
SSL_REQUEST = struct.pack("!II", 8, 80877103)
GSS_REQUEST = struct.pack("!II", 8, 80877104)
CANCEL = 80877102


def message(kind: bytes, body: bytes = b"") -> bytes:
    """One message."""
    return kind + struct.pack("!I", 4 + len(body)) + body


def start_up(**parameters: str) -> bytes:
    """A client's first message."""
    pairs = b"".join(f"{name}\0{value}\0".encode() for name, value in parameters.items())
    return struct.pack("!II", 9 + len(pairs), 196608) + pairs + b"\0"


def cancel_request(process: int, secret: int) -> bytes:
    """What cancels a query of another session."""
    return struct.pack("!IIII", 16, CANCEL, process, secret)


def fields(**given: str) -> bytes:
    """The body of an error."""
    return b"".join(f"{name}{value}\0".encode() for name, value in given.items()) + b"\0"


def read_fields(body: bytes) -> dict[str, str]:
    """What an error says, by the letters of its fields."""
    return {part[:1].decode(): part[1:].decode() for part in body.split(b"\0") if part}


def row(*values: str) -> bytes:
    """The body of a C{DataRow}."""
    parts = [value.encode() for value in values]
    return struct.pack("!H", len(parts)) + b"".join(struct.pack("!I", len(one)) + one for one in parts)


def read_row(body: bytes) -> tuple[str, ...]:
    """The values of a C{DataRow}; none of them may be null."""
    (count,) = struct.unpack_from("!H", body)
    values, at = [], 2
    for _ in range(count):
        (size,) = struct.unpack_from("!I", body, at)
        values.append(body[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return tuple(values)


class Messages:
    """Cuts what comes into messages, in whatever pieces it does."""

    def __init__(self) -> None:
        self._data = b""

    def first(self, data: bytes) -> tuple[int, bytes] | None:
        """What a client begins with: its code, and the rest; None: not all is there."""
        self._data += data
        if len(self._data) < 8:
            return None
        size, code = struct.unpack_from("!II", self._data)
        if len(self._data) < size:
            return None
        body, self._data = self._data[8:size], self._data[size:]
        return code, body

    def byte(self, data: bytes) -> bytes:
        """One byte, as a server answers to a request for TLS; nothing: it is not there."""
        self._data += data
        found, self._data = self._data[:1], self._data[1:]
        return found

    def more(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The messages that are whole by now."""
        self._data += data
        while len(self._data) >= 5:
            (size,) = struct.unpack_from("!I", self._data, 1)
            if len(self._data) < 1 + size:
                return
            found, self._data = self._data[: 1 + size], self._data[1 + size :]
            yield found[:1], found[5:]
