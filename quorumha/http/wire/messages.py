"""The heads of requests and responses, as plain values.

Fields that concern one connection only (hop by hop), the framing and the C{Host} are taken out of C{fields}
when a head is parsed and stand as attributes of their own, so that nothing is forwarded by oversight.
"""

from __future__ import annotations

from typing import Any

from attrs import Factory, evolve, field, frozen

from quorumha.http.wire.request_id import END

#: Field names and values in the order they came, names in their own spelling.
Fields = list[tuple[bytes, bytes]]


def as_bytes(fields: Fields) -> bytes:
    """Fields as they stand in a head, each with its CRLF."""
    return b"".join([b"%b: %b\r\n" % pair for pair in fields])


#: A head's fields as bytes, made with it.
_ONWARD = Factory(lambda head: as_bytes(head.fields), takes_self=True)


def first_value(fields: Fields, name: bytes) -> bytes:
    """The value of the first field of this name, which is given in lower case; empty: there is none."""
    return next((value for key, value in fields if key.lower() == name), b"")


@frozen
class HeadLimits:
    """How large a head may be.  All inclusive; 0 means no limit.

    @ivar line: bytes of a request's target.
    @ivar total: bytes of the whole head.
    @ivar count: number of fields.
    """

    line: int = 16 * 1024
    total: int = 64 * 1024
    count: int = 100


@frozen(eq=False)
class RequestHead:
    """The head of a request, checked and found to have one reading.

    @ivar method: upper case.
    @ivar target: origin form, byte for byte as sent, or C{b"*"}.
    @ivar minor: 0 for HTTP/1.0, 1 for HTTP/1.1.
    @ivar host: the one C{Host}; empty where an HTTP/1.0 client sent none.
    @ivar fields: the fields that may go on.
    @ivar forwarded: C{X-Forwarded-*} and C{Forwarded} as the client wrote them.
    @ivar length: bytes of body; None when it is chunked.
    @ivar keep_alive: the client expects the connection to stay.
    @ivar expects_continue: the client waits for C{100 Continue}.
    @ivar upgrade: the protocol asked for with C{Connection: upgrade}, else empty.
    @ivar onward: C{fields} as the bytes that go on, made once; give it with other fields, too.
    @ivar end: what ends a head, with the client's C{X-Request-Id}, where it sent one that may be passed on
        (L{quorumha.http.wire.request_id}).
    @ivar made: what was made of it, by what that depends on besides its first line, so that it is not made
        twice: see L{request_bytes<quorumha.http.wire.headers.request_bytes>}.
    """

    method: bytes
    target: bytes
    minor: int
    host: bytes
    fields: Fields
    forwarded: Fields
    length: int | None
    keep_alive: bool
    expects_continue: bool = False
    upgrade: bytes = b""
    onward: bytes = field(default=_ONWARD)
    end: bytes = END
    made: dict[Any, Any] = field(factory=dict, init=False, repr=False)

    @classmethod
    def get(cls, target: bytes, host: bytes, *fields: tuple[bytes, bytes]) -> RequestHead:
        """Of a GET of our own."""
        return cls(b"GET", target, 1, host, [*fields], [], 0, True)

    def with_target(self, target: bytes) -> RequestHead:
        """This head with another target; quicker than C{evolve}."""
        head = RequestHead(
            self.method,
            target,
            self.minor,
            self.host,
            self.fields,
            self.forwarded,
            self.length,
            self.keep_alive,
            self.expects_continue,
            self.upgrade,
            self.onward,
            self.end,
        )
        # Nothing in it depends on the target.
        object.__setattr__(head, "made", self.made)
        return head


@frozen(eq=False)
class ResponseHead:
    """The head of a response, checked and found well formed.

    @ivar status: 100 to 599.
    @ivar reason: as the upstream wrote it.
    @ivar fields: the fields that may go on.
    @ivar length: bytes of body that follow; None when only the framing tells.
    @ivar chunked: the body is chunked; with neither, it lasts until the end of the connection.
    @ivar keep_alive: the connection may be used again after this answer.
    @ivar stated_length: the C{Content-Length} as stated, also where no body follows
        (HEAD, 304); None without one.
    @ivar upgrade: the protocol switched to (101 only), else empty.
    @ivar onward: C{fields} as the bytes that go on, made once.
    @ivar sent: what went down of it, by what that depends on besides:
        L{response_bytes<quorumha.http.wire.headers.response_bytes>} does not make it twice.
    """

    status: int
    reason: bytes
    fields: Fields
    length: int | None
    chunked: bool
    keep_alive: bool
    stated_length: int | None = None
    upgrade: bytes = b""
    onward: bytes = field(default=_ONWARD, init=False)
    sent: dict[int, bytes] = field(factory=dict, init=False, repr=False)

    def with_length(self, length: int) -> ResponseHead:
        """This head, where its body lasted until the end of the connection, with the length now known."""
        if self.length is not None or self.chunked:
            return self
        return evolve(self, length=length, stated_length=length)
