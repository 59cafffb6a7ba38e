"""What a vector is: bytes, and what may come of them."""

from __future__ import annotations

from enum import Enum

from attrs import frozen

#: Statuses that refuse a request: it is malformed, or over a limit.
REFUSALS = frozenset({400, 408, 411, 413, 414, 417, 421, 431, 501, 505})

#: A request that only a second reading of a vector finds.  No upstream may ever see its target.
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"


class Allowed(Enum):
    """What the proxy may do with a request."""

    #: A status of L{REFUSALS} (or no answer at all) and a closed connection.
    REFUSED = "refused"
    #: Passed on, once, whole and in one reading.
    SERVED = "served"
    #: The RFC lets a proxy do either.
    EITHER = "either"


@frozen
class RequestVector:
    """Bytes that a client sends on a fresh connection.

    @ivar name: becomes the name of the test.
    @ivar body: the body that an upstream must get where the request is served.
    @ivar targets: the targets that an upstream may be sent where it is served.
    @ivar absent: names of fields (small letters) that must not reach an upstream with it.
    """

    name: str
    raw: bytes
    allowed: Allowed = Allowed.REFUSED
    body: bytes = b""
    targets: tuple[bytes, ...] = (b"/vector",)
    absent: tuple[str, ...] = ()


def post(fields: bytes, body: bytes = b"") -> bytes:
    """A POST with the given field lines (each with its line end) and body."""
    return b"POST /vector HTTP/1.1\r\nHost: a\r\n" + fields + b"\r\n" + body


def get(
    fields: bytes = b"", line: bytes = b"GET /vector HTTP/1.1\r\n", host: bytes = b"Host: a\r\n"
) -> bytes:
    """A GET with the given field lines, request line and Host line."""
    return line + host + fields + b"\r\n"


def chunked(stream: bytes) -> bytes:
    """A POST in chunks, C{stream} being everything after the head."""
    return post(b"Transfer-Encoding: chunked\r\n", stream)


class Ending(Enum):
    """What the client must see of an answer."""

    #: 502, or 504 where the answer never ends: nothing of it was passed on.
    REFUSED = "refused"
    #: A good answer with the status and body of the vector.
    SERVED = "served"
    #: Cut, and seen to be cut: length short, no last chunk, or a reset.
    TRUNCATED = "truncated"
    #: Refused or cut, never whole.
    NOT_WHOLE = "not whole"


@frozen
class ResponseVector:
    """Bytes that an upstream sends as its answer, after the whole request.

    @ivar method: of the client's request.
    @ivar keep: the upstream leaves its connection open after the bytes.
    @ivar status: of the answer where it is served.
    @ivar body: of the answer where it is served.
    """

    name: str
    raw: bytes
    ending: Ending = Ending.REFUSED
    method: str = "GET"
    keep: bool = False
    status: int = 200
    body: bytes = b"hello"
