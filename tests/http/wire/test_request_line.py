"""L{begun}: of the first line of a head that was refused, what may be said."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.wire.request_line import RequestLine, begun

NOTHING = RequestLine()


class BegunTests(SynchronousTestCase):
    """Methods that HTTP knows, and targets that are there whole."""

    def test_whole_lines(self) -> None:
        """Whatever follows, and in whatever version."""
        for data in (
            b"POST /send?x=1 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"POST /send?x=1 HTTP/2.0\r\n",
            b"\r\n\r\nPOST /send?x=1 HTTP/1.0\r\nX",
        ):
            self.assertEqual(begun(data), RequestLine(b"POST", b"/send?x=1"), data)

    def test_a_line_that_goes_on(self) -> None:
        """Its method, as soon as a space is behind it; never a piece of its target."""
        self.assertEqual(begun(b"POS"), NOTHING)
        self.assertEqual(begun(b"POST "), RequestLine(b"POST"))
        self.assertEqual(begun(b"POST /send"), RequestLine(b"POST"))

    def test_too_long(self) -> None:
        """Of a target over the limit no route is looked for."""
        line = b"GET /" + b"x" * 9 + b" HTTP/1.1\r\n"
        self.assertEqual(begun(line, 10), RequestLine(b"GET", b"/" + b"x" * 9))
        self.assertEqual(begun(line, 9), RequestLine(b"GET"))

    def test_other_forms_of_a_target(self) -> None:
        for target in (b"*", b"http://h/x", b"h:1", b"/\xff", b"/#"):
            self.assertEqual(begun(b"GET %b HTTP/1.1\r\n" % target), RequestLine(b"GET"), target)

    def test_not_understood(self) -> None:
        for data in (
            b"",
            b"\r\n",
            b"\x16\x03\x01\x02\x00",
            b"GET  /x HTTP/1.1\r\n",
            b"GET /x  HTTP/1.1\r\n",
            b"GET /x\r\n",
            b"GET /x HTTP/1.1\nHost: h\r\n",
            b"get /x HTTP/1.1\r\n",
            b"SECRET /x HTTP/1.1\r\n",
            b"GET\t/x HTTP/1.1\r\n",
        ):
            self.assertEqual(begun(data), NOTHING, data)

    @given(st.binary(max_size=60) | st.binary(max_size=20).map(b"GET ".__add__))
    def test_any_bytes(self, data: bytes) -> None:
        """No method is a client's own word, and each target stands in what came."""
        found = begun(data)
        self.assertTrue(found.method == b"" or (found.method.isupper() and found.method in data))
        self.assertIn(found.target, data)
        self.assertTrue(found.method or not found.target)
