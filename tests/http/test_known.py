"""Heads that were parsed before."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.known import COUNT, SIZE, KnownHeads
from quorumha.http.messages import HeadLimits, RequestHead
from quorumha.http.parsing import parse_request_head


def head_of(raw: bytes) -> RequestHead:
    return parse_request_head(raw, HeadLimits())


def get(fields: bytes = b"", target: bytes = b"/") -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: a\r\n%b\r\n" % (target, fields)


class KnownHeadsTests(SynchronousTestCase):
    """A bounded memory without secrets."""

    def setUp(self) -> None:
        self.known: KnownHeads[RequestHead] = KnownHeads()

    def keep(self, raw: bytes) -> RequestHead | None:
        self.known.keep(raw, head_of(raw))
        return self.known.get(raw)

    def test_same_bytes_same_head(self) -> None:
        head = self.keep(get())
        assert head is not None
        self.assertIs(self.known.get(bytes(bytearray(get()))), head)
        self.assertIsNone(self.known.get(get(target=b"/other")))

    def test_credentials_are_not_kept(self) -> None:
        for field in (
            b"Authorization: Bearer x\r\n",
            b"Proxy-Authorization: Basic x\r\n",
            b"cookie: x\r\n",
        ):
            self.assertIsNone(self.keep(get(field)))

    def test_long_heads_are_not_kept(self) -> None:
        self.assertIsNone(self.keep(get(b"X: %b\r\n" % (b"x" * SIZE))))

    def test_bounded(self) -> None:
        first = get(target=b"/first")
        self.keep(first)
        for number in range(COUNT):
            self.keep(get(target=b"/%d" % number))
        self.assertIsNone(self.known.get(first))
        self.assertIsNotNone(self.known.get(get(target=b"/%d" % (COUNT - 1))))
