"""How the upstream process reads requests, strictly, and answers them."""

from __future__ import annotations

import hashlib
import select
import socket
import struct
from collections.abc import Callable
from typing import Any

_HIDDEN = b"/hidden"


class NotHttp(Exception):
    """What came is not one clean request; the text says why."""


def end_by_reset(taken: socket.socket) -> None:
    """Close with RST: lingering for no time (socket(7))."""
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    taken.close()


class Stream:
    """The bytes of one connection."""

    def __init__(self, taken: socket.socket) -> None:
        self.taken = taken
        self._held = b""
        self._hidden = 0

    def take_hidden(self) -> int:
        """1 if the hidden request's target was in a head since the last asking.

        In a body, framed as one, it is but bytes.
        """
        found, self._hidden = self._hidden, 0
        return found

    def _more(self, size: int = 65536) -> bool:
        data = self.taken.recv(size)
        if not data:
            return False
        self._held += data
        return True

    def read_head(self) -> dict[str, Any] | None:
        """The next request's head as a record, C{None} at the end of the connection."""
        while b"\r\n\r\n" not in self._held:
            if not self._more():
                self._hidden |= _HIDDEN in self._held
                if self._held:
                    raise NotHttp(f"ended in a head: {self._held[:80]!r}")
                return None
        head, _, self._held = self._held.partition(b"\r\n\r\n")
        self._hidden |= _HIDDEN in head
        line, *fields = head.split(b"\r\n")
        parts = line.split(b" ")
        if len(parts) != 3 or b"\n" in head.replace(b"\r\n", b"") or b"\x00" in head:
            raise NotHttp(f"head: {head[:200]!r}")
        pairs = []
        for field in fields:
            name, colon, value = field.partition(b":")
            if not colon or name.strip() != name or not name:
                raise NotHttp(f"field: {field[:200]!r}")
            pairs.append([name.decode("latin-1").lower(), value.strip().decode("latin-1")])
        return {
            "method": parts[0].decode("latin-1"),
            "target": parts[1].decode("latin-1"),
            "version": parts[2].decode("latin-1"),
            "fields": pairs,
            "length": 0,
            "digest": "",
            "body": "",
            "complete": False,
        }

    def read_some(self, size: int) -> None:
        """Read and drop that many bytes."""
        while len(self._held) < size and self._more():
            pass
        self._held = self._held[size:]

    def wait_for_end(self, seconds: float | None = None) -> None:
        """Return when the other side ends the connection; nothing is read.

        @param seconds: or when so many have passed; None: not before.
        """
        waiting = select.poll()
        waiting.register(self.taken, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        waiting.poll(None if seconds is None else seconds * 1000)

    def read_body(self, record: dict[str, Any]) -> None:
        """Read the body and mark the record complete.

        @raise NotHttp: its framing is bad, or it broke off (then the record stays incomplete).
        """
        lengths = [value for name, value in record["fields"] if name == "content-length"]
        codings = [value for name, value in record["fields"] if name == "transfer-encoding"]
        if len(lengths) + len(codings) > 1:
            raise NotHttp(f"framed twice: {lengths} {codings}")
        digest = hashlib.sha256()
        kept = bytearray()
        pieces = self._chunks() if codings else self._counted(int(lengths[0]) if lengths else 0)
        for piece in pieces:
            digest.update(piece)
            record["length"] += len(piece)
            if len(kept) < 4096:
                kept += piece
        record["digest"] = digest.hexdigest()
        record["body"] = bytes(kept[:4096]).decode("latin-1")
        record["complete"] = True

    def _counted(self, left: int) -> Any:
        while left:
            if not self._held and not self._more(1 << 20):
                raise OSError("broke off in a body")
            piece, self._held = self._held[:left], self._held[left:]
            left -= len(piece)
            yield piece

    def _line(self) -> bytes:
        while b"\r\n" not in self._held:
            if not self._more():
                raise OSError("broke off in a chunk")
        line, _, self._held = self._held.partition(b"\r\n")
        return line

    def _chunks(self) -> Any:
        while True:
            line = self._line()
            if not line or line.strip(b"0123456789abcdefABCDEF"):
                raise NotHttp(f"chunk line: {line[:80]!r}")
            size = int(line, 16)
            if not size:
                break
            yield from self._counted(size)
            if self._line():
                raise NotHttp("no line end after a chunk")
        while self._line():
            pass


def response_to(name: str, record: dict[str, Any], stream: Stream, sent: Callable[[], object]) -> bool:
    """The everyday answer, by the last parts of the target.

    C{/status/404} gives that status, C{/big/1000} so many bytes, C{/chunked/1000} the same in chunks,
    C{/socket} becomes an echo if it is asked to upgrade; any other says what was asked.

    @param sent: called after each piece of a large one.
    @return: whether the connection goes on.
    """
    taken = stream.taken
    path = record["target"].split("?")[0].split("/")
    kind, number = (path[-2], path[-1]) if len(path) > 2 else ("", path[-1])
    fields = dict(record["fields"])
    if number == "socket" and "upgrade" in fields:
        taken.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        while data := taken.recv(65536):
            taken.sendall(data)
        return False
    if kind in ("big", "chunked"):
        return _large(taken, int(number), kind == "chunked", sent)
    status = int(number) if kind == "status" else 200
    told = f"{name} {record['method']} {record['target']} {record['length']} {record['digest'][:12]}"
    body = told.encode("latin-1")
    head = f"HTTP/1.1 {status} Told\r\nX-Node: {name}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    taken.sendall(head if record["method"] == "HEAD" else head + body)
    return True


def _large(taken: socket.socket, left: int, chunked: bool, sent: Callable[[], object]) -> bool:
    framing = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {left}"
    taken.sendall(f"HTTP/1.1 200 Told\r\n{framing}\r\n\r\n".encode())
    piece = b"x" * 65536
    while left:
        now = piece[:left]
        left -= len(now)
        taken.sendall(b"%x\r\n%b\r\n" % (len(now), now) if chunked else now)
        sent()
    if chunked:
        taken.sendall(b"0\r\n\r\n")
    return True
