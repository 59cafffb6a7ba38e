"""The client's side: plain blocking sockets with limits, and answers read strictly."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from types import TracebackType

from attrs import define, field

from bench.processes import LATE

#: An address on loopback, or a path.
Address = int | str


class Cut(Exception):
    """An answer broke off: fewer bytes than its length, no last chunk, or a reset."""


class Silent(Exception):
    """Nothing came within the limit."""


@define
class Answer:
    """One answer.

    @ivar fields: names in small letters, with values, in order.
    """

    status: int
    fields: list[tuple[str, str]] = field(factory=list)
    body: bytes = b""

    def value(self, name: str) -> str | None:
        """The first value of a field."""
        return next((value for one, value in self.fields if one == name), None)


class Client:
    """One connection to the proxy.

    @param limit: seconds that any one wait may take.
    """

    def __init__(self, address: Address, limit: float = LATE, receive_buffer: int = 0) -> None:
        self.socket = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(limit)
        self.socket.connect(address if isinstance(address, str) else ("127.0.0.1", address))
        self._held = b""
        self.ended = False

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.socket.close()

    def reset(self) -> None:
        """End by RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def send(self, data: bytes) -> None:
        """Send; a connection that ends meanwhile is no error: what it was told can still be read."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def request(self, method: str, target: str, body: bytes = b"", fields: str = "") -> None:
        """Send one request with its length."""
        length = f"Content-Length: {len(body)}\r\n" if body or method in ("POST", "PUT") else ""
        self.send(f"{method} {target} HTTP/1.1\r\nHost: a\r\n{fields}{length}\r\n".encode("latin-1") + body)

    def ask(self, method: str, target: str, body: bytes = b"", fields: str = "") -> Answer:
        """Send one request and read its answer."""
        self.request(method, target, body, fields)
        return self.answer(method)

    def _more(self) -> bool:
        try:
            data = self.socket.recv(262144)
        except TimeoutError:
            raise Silent(f"nothing more came; held {self._held[:80]!r}") from None
        except ConnectionError as error:
            raise Cut(str(error)) from None
        if not data:
            self.ended = True
        self._held += data
        return bool(data)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._held:
            if not self._more():
                raise Cut(f"ended before {mark!r}: {self._held[:80]!r}")
        found, _, self._held = self._held.partition(mark)
        return found

    def head(self) -> Answer:
        """Read one head, whatever its status."""
        line, *lines = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, _, rest = line.partition(" ")
        if not version.startswith("HTTP/1.") or not rest[:3].isdigit():
            raise AssertionError(f"not a status line: {line[:80]!r}")
        answer = Answer(int(rest[:3]))
        for one in lines:
            name, _, value = one.partition(":")
            answer.fields.append((name.lower(), value.strip()))
        return answer

    def answer(self, method: str = "GET") -> Answer:
        """Read one final answer, by RFC 9112 section 6.3.

        @raise Cut: it broke off.
        @raise Silent: it did not come in time.
        """
        answer = self.head()
        while 100 <= answer.status < 200 and answer.status != 101:
            answer = self.head()
        length, coding = answer.value("content-length"), answer.value("transfer-encoding")
        if method == "HEAD" or answer.status in (101, 204, 304):
            return answer
        if coding is not None:
            answer.body = self._chunks()
        elif length is not None:
            answer.body = self.exactly(int(length))
        else:
            while self._more():
                pass
            answer.body, self._held = self._held, b""
        return answer

    def exactly(self, size: int) -> bytes:
        """Read that many bytes."""
        if size > 1 << 20:
            return self._many(size)
        while len(self._held) < size:
            if not self._more():
                raise Cut(f"{len(self._held)} of {size} bytes")
        found, self._held = self._held[:size], self._held[size:]
        return found

    def _many(self, size: int) -> bytes:
        pieces, count = [self._held], len(self._held)
        while count < size:
            self._held = b""
            if not self._more():
                raise Cut(f"{count} of {size} bytes")
            pieces.append(self._held)
            count += len(self._held)
        whole = b"".join(pieces)
        self._held = whole[size:]
        return whole[:size]

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._until(b"\r\n"), 16):
            body += self.exactly(size)
            if self._until(b"\r\n"):
                raise AssertionError("no line end after a chunk")
        while self._until(b"\r\n"):
            pass
        return body

    def rest(self, limit: float = LATE) -> bytes:
        """Everything until the end of the connection.

        @raise Silent: it did not end within C{limit} seconds.
        """
        end = time.monotonic() + limit
        try:
            while not self.ended:
                self.socket.settimeout(max(0.001, end - time.monotonic()))
                self._more()
        except Cut:
            self.ended = True
        found, self._held = self._held, b""
        return found


def ask(
    address: Address, method: str, target: str, body: bytes = b"", fields: str = "", limit: float = LATE
) -> Answer:
    """One request on a fresh connection."""
    with Client(address, limit) as client:
        return client.ask(method, target, body, fields)
