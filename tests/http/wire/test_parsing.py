"""Heads of requests and answers, judged."""

from __future__ import annotations

import contextlib

from hypothesis import example, given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import DownstreamError
from quorumha.http.wire.headers import Client, HeaderRules, request_bytes
from quorumha.http.wire.messages import HeadLimits, RequestHead
from quorumha.http.wire.parsing import (
    MalformedResponse,
    find_stray,
    parse_request_head,
    parse_response_head,
    separate,
)
from tests.vectors.model import Allowed
from tests.vectors.requests_ambiguous import FAMILIES

PARTS = st.sampled_from(
    [
        b"GET / HTTP/1.1",
        b"POST /a%2Fb?c HTTP/1.1",
        b"GET / HTTP/1.0",
        b"HTTP/1.1 200 OK",
        b"Host: a",
        b"Host: b:1",
        b"Content-Length: 5",
        b"Content-Length: +5",
        b"Transfer-Encoding: chunked",
        b"Transfer-Encoding: gzip",
        b"Connection: close, X",
        b"X: y",
        b"X : y",
        b" folded",
        b"Expect: 100-continue",
        b"Upgrade: websocket",
        b"Connection: upgrade",
        b"\x00",
        b"X: \xff",
        b"",
    ]
)
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r"])
HEADS = st.lists(st.tuples(PARTS, ENDS).map(b"".join), max_size=8).map(lambda p: b"".join(p) + b"\r\n\r\n")


def parse(raw: bytes, limits: HeadLimits | None = None) -> RequestHead:
    return parse_request_head(raw, limits or HeadLimits())


def get(*fields: bytes, line: bytes = b"GET / HTTP/1.1", host: bytes = b"Host: a") -> bytes:
    return b"\r\n".join([line, *([host] if host else []), *fields, b"", b""])


class RequestTests(SynchronousTestCase):
    """One reading, or none."""

    def refused(self, raw: bytes, status: int = 400) -> None:
        with self.assertRaises(DownstreamError) as caught:
            parse(raw)
        self.assertEqual(caught.exception.status, status, raw)

    def test_good(self) -> None:
        head = parse(get(b"X-A:  b ", b"Content-Length: 5", line=b"POST /a%2Fb+c==?d HTTP/1.1"))
        self.assertEqual((head.method, head.target, head.host), (b"POST", b"/a%2Fb+c==?d", b"a"))
        self.assertEqual(head.fields, [(b"X-A", b"b")])
        self.assertEqual((head.length, head.minor, head.keep_alive), (5, 1, True))

    def test_framing(self) -> None:
        self.assertEqual(parse(get()).length, 0)
        self.assertIsNone(parse(get(b"Transfer-Encoding: Chunked")).length)
        self.refused(get(b"Content-Length: 5", b"Transfer-Encoding: chunked"))
        self.refused(get(b"Transfer-Encoding: chunked", b"Content-Length: 5"))
        self.refused(get(b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"))
        self.refused(get(b"Transfer-Encoding: chunked", line=b"GET / HTTP/1.0"))
        for value in (b"+5", b"-5", b"0x5", b"5_0", b"5 5", b"5,5", b"", b"9" * 19, b"\xd9\xa5"):
            self.refused(get(b"Content-Length: " + value))
        self.refused(get(b"Content-Length: 5", b"Content-Length: 5"))

    def test_host(self) -> None:
        self.refused(get(host=b""))
        self.refused(get(b"Host: a"))
        for value in (b"", b"a b", b"a/b", b"a@b", b"a:b", b"[::1", b"a,b", b"a?b", b"a\\b"):
            self.refused(get(host=b"Host: " + value))
        for value in (b"c", b"a.b:80", b"[::1]:80", b"10.0.0.1", b"a:"):
            raw = get(host=b"Host: " + value)
            if value == b"a:":
                self.refused(raw)
            else:
                self.assertEqual(parse(raw).host, value)
        self.assertEqual(parse(get(line=b"GET / HTTP/1.0", host=b"")).host, b"")

    def test_target(self) -> None:
        for target in (b"a", b"http://b/", b"ftp://a/", b"*", b"/a#b", b"//\x80", b"http://a@a/"):
            self.refused(get(line=b"GET %b HTTP/1.1" % target))
        self.assertEqual(parse(get(line=b"GET http://A/b?c HTTP/1.1")).target, b"/b?c")
        self.assertEqual(parse(get(line=b"GET http://a HTTP/1.1")).target, b"/")
        for target, means in ((b"*", b"*"), (b"http://a", b"*"), (b"http://a/", b"/")):
            self.assertEqual(parse(get(line=b"OPTIONS %b HTTP/1.1" % target)).target, means)

    def test_not_offered(self) -> None:
        self.refused(get(line=b"CONNECT a:1 HTTP/1.1"))
        self.refused(b"PRI * HTTP/2.0\r\n\r\n")
        self.refused(get(line=b"GET / HTTP/2.0"), 505)
        self.refused(get(line=b"GET / HTTP/0.9"), 505)
        self.refused(get(b"Expect: wonders"), 417)
        self.refused(get(b"Transfer-Encoding: gzip, chunked"), 501)

    def test_limits(self) -> None:
        limits = HeadLimits(line=10, total=100, count=3)
        for raw, status in (
            (get(line=b"GET /%b HTTP/1.1" % (b"a" * 10)), 414),
            (get(b"X: %b" % (b"a" * 100)), 431),
            (get(b"A: 1", b"B: 2", b"C: 3"), 431),
        ):
            with self.assertRaises(DownstreamError) as caught:
                parse(raw, limits)
            self.assertEqual(caught.exception.status, status)
        parse(get(b"A: 1", b"B: 2", line=b"GET /%b HTTP/1.1" % (b"a" * 9)), limits)
        parse(get(b"X: %b" % (b"a" * 70000)), HeadLimits(0, 0, 0))

    def test_fields_that_stay(self) -> None:
        head = parse(
            get(
                b"Connection: close, X-Named",
                b"x-named: 1",
                b"Keep-Alive: 5",
                b"Proxy-Authorization: secret",
                b"TE: trailers",
                b"Upgrade: h2c",
                b"HTTP2-Settings: x",
                b"X-Forwarded-For: 1.2.3.4",
                b"Accept: a",
                b"Accept: b",
            )
        )
        self.assertEqual(head.fields, [(b"Accept", b"a"), (b"Accept", b"b")])
        self.assertEqual(head.forwarded, [(b"x-forwarded-for", b"1.2.3.4")])
        self.assertFalse(head.keep_alive)
        self.assertEqual(head.upgrade, b"")

    def test_upgrade(self) -> None:
        head = parse(get(b"Connection: keep-alive, Upgrade", b"Upgrade: websocket"))
        self.assertEqual(head.upgrade, b"websocket")

    def test_expectation(self) -> None:
        """RFC 9110 section 10.1.1: one from an HTTP/1.0 client is ignored."""
        expect = b"Expect: 100-Continue"
        self.assertTrue(parse(get(expect)).expects_continue)
        self.assertFalse(parse(get(expect, line=b"POST / HTTP/1.0")).expects_continue)
        self.assertFalse(parse(get()).expects_continue)
        self.refused(get(expect, expect), 417)

    def test_keep_alive(self) -> None:
        self.assertFalse(parse(get(line=b"GET / HTTP/1.0")).keep_alive)
        self.assertTrue(parse(get(b"Connection: Keep-Alive", line=b"GET / HTTP/1.0")).keep_alive)
        self.assertFalse(parse(get(b"Connection: Close")).keep_alive)
        for options in (b"close, keep-alive", b"keep-alive, close"):
            for version in (b"GET / HTTP/1.0", b"GET / HTTP/1.1"):
                self.assertFalse(parse(get(b"Connection: " + options, line=version)).keep_alive)

    @given(HEADS)
    @example(b"GET / HTTP/1.1\nHost: a\n\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n")
    def test_one_reading(self, raw: bytes) -> None:
        """What is accepted means the same when it is written anew."""
        raw = raw[: raw.index(b"\r\n\r\n") + 4]
        try:
            head = parse(raw)
        except DownstreamError:
            return
        self.assertNotIn(b"\n", raw.replace(b"\r\n", b""))
        again = parse(request_bytes(head, HeaderRules("off"), b"up", Client()))
        self.assertEqual((again.method, again.target), (head.method, head.target))
        self.assertEqual((again.length, again.fields), (head.length, head.fields))

    @given(st.binary(max_size=200))
    def test_no_other_error(self, raw: bytes) -> None:
        with contextlib.suppress(DownstreamError):
            parse(raw + b"\r\n\r\n")
        with contextlib.suppress(MalformedResponse):
            parse_response_head(raw + b"\r\n\r\n", b"GET")

    def test_vectors_whose_head_must_be_refused(self) -> None:
        """Heads that are bad by themselves; bodies are the channel's business."""
        judged = 0
        accepted = []
        for family in ("coding", "length", "field", "host", "line"):
            for vector in FAMILIES[family]:
                end = vector.raw.find(b"\r\n\r\n") + 4
                if vector.allowed is not Allowed.REFUSED or end < 4:
                    continue
                judged += 1
                try:
                    parse(vector.raw[:end].removeprefix(b"\r\n"))
                except DownstreamError:
                    continue
                accepted.append(vector.name)
        # A length like any other: it is the limit on bodies that refuses it.
        self.assertEqual(accepted, ["two_to_the_32_and_5"])
        self.assertGreater(judged, 100)


class ResponseTests(SynchronousTestCase):
    """Answers that may be passed on."""

    def refused(self, raw: bytes) -> None:
        with self.assertRaises(MalformedResponse, msg=repr(raw)):
            parse_response_head(raw, b"GET")

    def test_good(self) -> None:
        head = parse_response_head(b"HTTP/1.1 201 Made\r\nX: y\r\nContent-Length: 5\r\n\r\n", b"GET")
        self.assertEqual((head.status, head.reason, head.fields), (201, b"Made", [(b"X", b"y")]))
        self.assertEqual((head.length, head.stated_length, head.keep_alive), (5, 5, True))

    def test_no_body(self) -> None:
        for status, method in ((200, b"HEAD"), (304, b"GET"), (204, b"GET")):
            head = parse_response_head(b"HTTP/1.1 %d X\r\nContent-Length: 5\r\n\r\n" % status, method)
            self.assertEqual((head.length, head.chunked), (0, False))
            self.assertEqual(head.stated_length, None if status == 204 else 5)

    def test_until_the_end(self) -> None:
        head = parse_response_head(b"HTTP/1.1 200 OK\r\n\r\n", b"GET")
        self.assertEqual((head.length, head.chunked, head.keep_alive), (None, False, False))

    def test_keep_alive(self) -> None:
        length = b"Content-Length: 0\r\n"
        for raw, stays in (
            (b"HTTP/1.1 200 OK\r\n" + length, True),
            (b"HTTP/1.1 200 OK\r\nConnection: close\r\n" + length, False),
            (b"HTTP/1.0 200 OK\r\n" + length, False),
            (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" + length, True),
            (b"HTTP/1.0 200 OK\r\nConnection: keep-alive, close\r\n" + length, False),
        ):
            self.assertEqual(parse_response_head(raw + b"\r\n", b"GET").keep_alive, stays, raw)

    def test_refused(self) -> None:
        ok = b"HTTP/1.1 200 OK\r\n"
        for fields in (
            b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            b"Transfer-Encoding: gzip\r\n",
            b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            b"Content-Length: 5\r\nContent-Length: 5\r\n",
            b"Content-Length: +5\r\n",
            b"X : y\r\n",
            b" folded\r\n",
            b"X: a\x00b\r\n",
        ):
            self.refused(ok + fields + b"\r\n")
        for raw in (
            b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"HTTP/2.0 200 OK\r\n\r\n",
            b"HTTP/1.1 099 OK\r\n\r\n",
            b"HTTP/1.1 600 OK\r\n\r\n",
            b"HTTP/1.1 2000 OK\r\n\r\n",
            b"hello\r\n\r\n",
            b"\x16\x03\x01\r\n\r\n",
            b"HTTP/1.1 200 OK\nX: y\r\n\r\n",
            b"HTTP/1.1 200 O\x00K\r\n\r\n",
            b"HTTP/1.1 200 O\x1bK\r\n\r\n",
            b"HTTP/1.1 200 O\x7fK\r\n\r\n",
        ):
            self.refused(raw)

    def test_fields_that_stay(self) -> None:
        """What concerns one connection stays; what only requests give a meaning goes on."""
        head = parse_response_head(
            b"HTTP/1.1 200 OK\r\nConnection: close, X-Named\r\nX-Named: 1\r\nKeep-Alive: 5\r\n"
            b"Trailer: x\r\nProxy-Authenticate: x\r\nUpgrade: h2c\r\nX-Real-IP: 1\r\nSet-Cookie: a\r\n"
            b"Set-Cookie: b\r\n\r\n",
            b"GET",
        )
        self.assertEqual(
            sorted((name.lower(), value) for name, value in head.fields),
            [(b"set-cookie", b"a"), (b"set-cookie", b"b"), (b"x-real-ip", b"1")],
        )
        self.assertEqual(head.upgrade, b"")

    def test_interim(self) -> None:
        """RFC 9112 section 6.1: no coding in an answer that has no body."""
        self.refused(b"HTTP/1.1 103 Hints\r\nTransfer-Encoding: chunked\r\n\r\n")
        head = parse_response_head(b"HTTP/1.1 103 Hints\r\nContent-Length: 5\r\n\r\n", b"GET")
        self.assertEqual((head.length, head.stated_length), (0, None))

    def test_reason(self) -> None:
        for reason in (b"", b"Not Found", b"\tcaf\xe9"):
            self.assertEqual(parse_response_head(b"HTTP/1.1 404 %b\r\n\r\n" % reason, b"GET").reason, reason)


class StrayTests(SynchronousTestCase):
    """Heads that are not whole and can only end badly."""

    @given(st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b"\0", b"a", b": "]), max_size=12))
    def test_against_the_rule(self, parts: list[bytes]) -> None:
        """A line ends in CRLF, or has not ended."""
        data = b"".join(parts)
        lines = data.split(b"\r\n")
        lines[-1] = lines[-1].removesuffix(b"\r")
        self.assertEqual(
            find_stray(data), any(bad in line for line in lines for bad in (b"\r", b"\n", b"\0"))
        )

    def test_stray(self) -> None:
        for data in (b"GET / HTTP/1.1\n", b"GET /\rHTTP", b"a\x00"):
            self.assertTrue(find_stray(data), data)
        for data in (b"GET / HT", b"GET / HTTP/1.1\r", b"GET / HTTP/1.1\r\nHost"):
            self.assertFalse(find_stray(data), data)

    def test_set_aside(self) -> None:
        onward, separated = separate([(b"Host", b"a"), (b"X", b"y"), (b"Proxy-X", b"z")])
        self.assertEqual((onward, separated), ([(b"X", b"y")], [(b"host", b"a"), (b"proxy-x", b"z")]))
