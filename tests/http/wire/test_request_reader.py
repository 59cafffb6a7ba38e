"""Taking apart what a client sends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import DownstreamError
from quorumha.http.wire.messages import HeadLimits
from quorumha.http.wire.request_reader import (
    EMPTY_LINES_BYTES,
    ChunkedBody,
    CountedBody,
    find_head,
    has_begun,
)

HEAD = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"
NEXT = b"GET /next HTTP/1.1\r\n"


class HeadTests(SynchronousTestCase):
    """Where a head begins and ends."""

    def status(self, data: bytes) -> int:
        return self.assertRaises(DownstreamError, find_head, data, HeadLimits(total=100)).status

    @given(st.integers(0, EMPTY_LINES_BYTES // 2), st.integers(0, len(HEAD) - 1))
    def test_whole_or_not(self, lines: int, cut: int) -> None:
        """Nothing behind it is looked at, and no part of it is taken for the whole."""
        empty = b"\r\n" * lines
        whole = empty + HEAD
        self.assertEqual(find_head(whole + NEXT, HeadLimits()), (len(empty), len(whole)))
        self.assertEqual(find_head(empty + HEAD[:cut], HeadLimits())[1], 0)

    def test_too_many_empty_lines(self) -> None:
        self.assertEqual(self.status(b"\r\n" * 5 + HEAD), 400)

    def test_too_large_before_it_is_whole(self) -> None:
        self.assertEqual(find_head(b"GET /" + b"x" * 95, HeadLimits(total=100))[1], 0)
        self.assertEqual(self.status(b"GET /" + b"x" * 96), 414)
        self.assertEqual(self.status(HEAD[:-2] + b"A: " + b"x" * 96), 431)
        self.assertEqual(find_head(b"GET /" + b"x" * 960, HeadLimits(total=0))[1], 0)

    def test_has_begun(self) -> None:
        """Half an empty line begins nothing; what cannot become one does."""
        for data, start, begun in (
            (b"", 0, False),
            (b"\r", 0, False),
            (b"\r\n\r", 2, False),
            (b"G", 0, True),
        ):
            self.assertEqual(has_begun(data, start), begun)
        self.assertTrue(has_begun(b"\r\nGET", 2))

    def test_can_only_end_badly(self) -> None:
        for data in (b"GET / HTTP/1.1\n", b"GET / HTTP/1.1\rH", b"GET /\0"):
            self.assertEqual(self.status(data), 400)
        self.assertEqual(find_head(b"GET / HTTP/1.1\r", HeadLimits())[1], 0)


class BodyTests(SynchronousTestCase):
    """How much of a body has come."""

    def read(self, body: CountedBody | ChunkedBody, data: bytes, cuts: list[int]) -> tuple[bytes, bytes]:
        """Feed it piece by piece.

        @return: payload, and what was left behind.
        """
        payload, at = b"", 0
        for end in [*sorted(min(c, len(data)) for c in cuts), len(data)]:
            if end > at and not body.done:
                piece, taken = body.take(data[at:end])
                payload += piece
                if body.done:
                    return payload, data[at + taken :]
                self.assertEqual(taken, end - at)
                at = end
        return payload, data[at:]

    @given(st.lists(st.integers(0, 60)), st.binary(max_size=20))
    def test_to_the_byte(self, cuts: list[int], surplus: bytes) -> None:
        counted, chunked = CountedBody(11), ChunkedBody(0)
        coded = b"5\r\nhello\r\n6;a=b\r\n world\r\n0\r\nX-A: b\r\n\r\n"
        self.assertEqual(self.read(counted, b"hello world" + surplus, cuts), (b"hello world", surplus))
        self.assertEqual(self.read(chunked, coded + surplus, cuts), (b"hello world", surplus))
        self.assertTrue(counted.done and chunked.done)

    def test_empty(self) -> None:
        self.assertTrue(CountedBody(0).done)

    def test_refused(self) -> None:
        for data, status in ((b"x\r\n", 400), (b"5\r\nhello!", 400), (b"b\r\n", 413)):
            error = self.assertRaises(DownstreamError, ChunkedBody(10).take, data)
            self.assertEqual(error.status, status)
