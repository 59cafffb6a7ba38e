"""The strict reader: what it takes, and what it refuses."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import BadMessage, Message, Reader

GET = b"GET /transaction/a%2Fb+c==?isRaw=false HTTP/1.1\r\nHost: c\r\n\r\n"
CHUNKED = (
    b"POST /send HTTP/1.1\r\nhost:c\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n1\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n"
)


class Reading:
    """A reader and what it found."""

    def __init__(self, requests: bool = True) -> None:
        self.heads: list[Message] = []
        self.ended: list[Message] = []
        self.reader = Reader(self.heads.append, self.ended.append, requests)
        self.feed, self.end = self.reader.feed, self.reader.end


class RequestTests(SynchronousTestCase):
    def read(self, data: bytes) -> list[Message]:
        reading = Reading()
        reading.feed(data)
        reading.end()
        return reading.ended

    def refused(self, data: bytes, why: str) -> None:
        with self.assertRaisesRegex(BadMessage, why):
            self.read(data)

    def test_without_a_body(self) -> None:
        (request,) = self.read(GET)
        self.assertEqual((request.method, request.target), (b"GET", b"/transaction/a%2Fb+c==?isRaw=false"))
        self.assertEqual((request.head, request.headers), (GET, [(b"Host", b"c")]))
        self.assertEqual((request.body, request.framing), (b"", "none"))
        self.assertTrue(request.keeps_alive)

    def test_counted_body_on_any_method(self) -> None:
        (request,) = self.read(b"GET /receive HTTP/1.1\r\nHost: c\r\nContent-Length: 2\r\n\r\n{}")
        self.assertEqual((request.body, request.framing), (b"{}", "content-length"))

    def test_chunked(self) -> None:
        (request,) = self.read(CHUNKED)
        self.assertEqual(
            (request.body, request.chunks, request.trailers), (b"hello!", [5, 1], [(b"X-Sum", b"1")])
        )

    def test_head_is_told_before_the_body(self) -> None:
        reading = Reading()
        reading.feed(CHUNKED[:-30])
        self.assertEqual((len(reading.heads), len(reading.ended)), (1, 0))
        self.assertFalse(reading.heads[0].complete)
        self.assertFalse(reading.reader.between)

    def test_several_and_how_they_keep_alive(self) -> None:
        first, second, third = self.read(
            GET
            + b"GET / HTTP/1.1\r\nHost: c\r\nConnection: x, Close\r\n\r\n"
            + b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
        )
        self.assertEqual([m.keeps_alive for m in (first, second, third)], [True, False, True])

    def test_fields(self) -> None:
        (request,) = self.read(b"GET / HTTP/1.1\r\nHost: c\r\nA: 1\r\na:\t2 \r\n\r\n")
        self.assertEqual(request.all(b"A"), [b"1", b"2"])
        self.assertEqual(request.get(b"host"), b"c")
        self.assertIs(request.get(b"b"), None)
        self.assertRaises(BadMessage, request.get, b"a")

    def test_two_readings_are_refused(self) -> None:
        start = b"POST / HTTP/1.1\r\nHost: c\r\n"
        both = b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        self.refused(start + both, "more than one field")
        self.refused(start + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", "more than one field")
        for length in (b"+1", b"-1", b"1_0", b"0x1", b"", b"1, 1", "\u0661".encode(), b"9" * 19):
            self.refused(start + b"Content-Length: " + length + b"\r\n\r\nx", "not a number")
        for coding in (b"gzip", b"chunked, chunked", b"xchunked"):
            self.refused(start + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n", "Transfer-Encoding")
        for line in (b" folded", b"Name : x", b"no colon", b"A: x\x00", b"A: x\ny: z", b": x"):
            self.refused(start + line + b"\r\n\r\n", "bad field line")
        for first in (
            b"GET / HTTP/1.1 ",
            b"GET  / HTTP/1.1",
            b"GET / HTTP/2.0",
            b"GET /",
            b"G\x00T / HTTP/1.1",
        ):
            self.refused(first + b"\r\nHost: c\r\n\r\n", "bad start line")
        self.refused(b"GET / HTTP/1.1\r\n\r\n", "0 Host")
        self.refused(b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "2 Host")

    def test_bad_chunks_are_refused(self) -> None:
        head = CHUNKED[: CHUNKED.index(b"5\r\n")]
        for size in (b"", b"+1", b"0x1", b"1;x=y", b" 1", b"1 ", b"1" * 16):
            self.refused(head + size + b"\r\nx\r\n0\r\n\r\n", "bad chunk size")
        self.refused(head + b"1\r\nxy\r\n0\r\n\r\n", "no line end")

    def test_an_early_end_is_refused(self) -> None:
        for size in range(1, len(CHUNKED)):
            self.refused(CHUNKED[:size], "inside a message")


class ResponseTests(SynchronousTestCase):
    def test_counted_chunked_and_informational(self) -> None:
        reading = Reading(requests=False)
        reading.feed(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx")
        reading.feed(b"HTTP/1.1 404\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        self.assertEqual([m.status for m in reading.ended], [103, 201, 404])

    def test_no_body_after_head_204_and_304(self) -> None:
        reading = Reading(requests=False)
        reading.reader.expect(b"HEAD")
        reading.feed(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n")
        reading.feed(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n")
        reading.feed(b"HTTP/1.1 204 No Content\r\n\r\n")
        self.assertEqual([m.status for m in reading.ended], [103, 200, 304, 204])

    def test_ended_by_the_connection(self) -> None:
        reading = Reading(requests=False)
        reading.feed(b"HTTP/1.0 200 OK\r\n\r\nsome")
        reading.feed(b" text")
        self.assertEqual(reading.ended, [])
        reading.end()
        self.assertEqual((reading.ended[0].body, reading.ended[0].framing), (b"some text", "close"))

    def test_cut_short(self) -> None:
        reading = Reading(requests=False)
        reading.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nx")
        self.assertRaises(BadMessage, reading.end)

    def test_not_http(self) -> None:
        for data in (
            b"HTTP/0.9 200\r\n\r\n",
            b"\x16\x03\x01\r\n\r\n",
            b"HTTP/1.1 99 x\r\n\r\n",
            b"hello\r\n\r\n",
        ):
            self.assertRaises(BadMessage, Reading(requests=False).feed, data)


class PieceTests(SynchronousTestCase):
    @settings(max_examples=80, deadline=None)
    @given(cuts=st.lists(st.integers(1, 40)))
    def test_pieces_do_not_matter(self, cuts: list[int]) -> None:
        stream = CHUNKED + GET + b"PUT / HTTP/1.1\r\nHost: c\r\nContent-Length: 3\r\n\r\nabc" + GET
        whole, pieces = Reading(), Reading()
        whole.feed(stream)
        at = 0
        for cut in cuts:
            pieces.feed(stream[at : at + cut])
            at += cut
        pieces.feed(stream[at:])
        self.assertEqual(
            [(m.head, m.body, m.chunks, m.trailers) for m in pieces.ended],
            [(m.head, m.body, m.chunks, m.trailers) for m in whole.ended],
        )
        self.assertEqual(len(whole.ended), 4)
        self.assertEqual(pieces.reader.raw, stream)
        self.assertTrue(pieces.reader.between)
