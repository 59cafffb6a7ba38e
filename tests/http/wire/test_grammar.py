"""Rules that llhttp does not hold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import DownstreamError
from quorumha.http.wire.grammar import REQUEST_LINE, STATUS_LINE, holds_controls, is_host
from quorumha.http.wire.messages import HeadLimits
from quorumha.http.wire.parsing import MalformedResponse, parse_request_head, parse_response_head

CONTROLS = [*(c for c in range(32) if c not in b"\t\r\n"), 127]
HEAD = b"POST /x HTTP/1.1\r\nHost: a\r\nX-Y: some value\r\nContent-Length: 0\r\n\r\n"
RESPONSE = b"HTTP/1.1 200 All right\r\nX-Y: some value\r\nContent-Length: 0\r\n\r\n"


def status_of(raw: bytes) -> int:
    """200, or what the head is refused with."""
    try:
        parse_request_head(raw, HeadLimits())
    except DownstreamError as error:
        return error.status
    return 200


def put_in(raw: bytes, at: int, byte: int, *, instead: bool) -> bytes:
    return raw[:at] + bytes([byte]) + raw[at + instead :]


class ControlTests(SynchronousTestCase):
    """Control bytes."""

    @given(st.sampled_from(CONTROLS), st.integers(0, len(HEAD) - 5), st.booleans())
    def test_anywhere_in_a_request(self, byte: int, at: int, instead: bool) -> None:
        """It is 400 wherever it stands, in a method, too."""
        self.assertEqual(status_of(put_in(HEAD, at, byte, instead=instead)), 400)

    @given(st.sampled_from(CONTROLS), st.integers(0, len(RESPONSE) - 5), st.booleans())
    def test_anywhere_in_a_response(self, byte: int, at: int, instead: bool) -> None:
        """It is malformed."""
        with self.assertRaises(MalformedResponse):
            parse_response_head(put_in(RESPONSE, at, byte, instead=instead), b"GET")

    def test_nul_in_a_method(self) -> None:
        """It makes no unknown method."""
        self.assertEqual(status_of(b"G\0ET / HTTP/1.1\r\nHost: a\r\n\r\n"), 400)

    def test_what_is_none(self) -> None:
        """Tabs may stand in a value, and bytes above 127."""
        self.assertFalse(holds_controls(b"X: a\tb \x80\x85\xff\r\n"))
        self.assertEqual(status_of(b"GET / HTTP/1.1\r\nHost: a\r\nX: a\tb \x80\xff\r\n\r\n"), 200)


class StartLineTests(SynchronousTestCase):
    """Request lines and status lines."""

    def test_only_http(self) -> None:
        """llhttp reads RTSP and ICE, too."""
        for version, status in (
            (b"HTTP/1.1", 200),
            (b"HTTP/1.0", 200),
            (b"HTTP/1.2", 400),
            (b"HTTP/2.0", 505),
            (b"HTTP/0.9", 505),
            (b"RTSP/1.0", 400),
            (b"RTSP/1.1", 400),
            (b"ICE/1.0", 400),
            (b"http/1.1", 400),
        ):
            for method in (b"GET", b"OPTIONS"):
                line = b"%b / %b\r\nHost: a\r\n\r\n" % (method, version)
                self.assertEqual(status_of(line), status, line)
        for line in (b"SOURCE / ICE/1.0", b"DESCRIBE / RTSP/1.0", b"PLAY / RTSP/1.0"):
            self.assertEqual(status_of(line + b"\r\nHost: a\r\n\r\n"), 400)
        for line in (b"RTSP/1.0 200 OK", b"ICE/1.0 200 OK", b"HTTP/2.0 200 OK", b"HTTP/1.2 200 OK"):
            self.assertIsNone(STATUS_LINE.match(line + b"\r\n"))
            with self.assertRaises(MalformedResponse):
                parse_response_head(line + b"\r\n\r\n", b"GET")

    def test_methods(self) -> None:
        """A token of 32 bytes at most; which are known is another question."""
        for method, right in (
            (b"GET", True),
            (b"M-SEARCH", True),
            (b"!#$%&'*+.^_`|~", True),
            (b"a" * 32, True),
            (b"a" * 33, False),
            (b"", False),
            (b"G(ET", False),
            (b"GET:", False),
            (b"G\xc9T", False),
        ):
            self.assertEqual(bool(REQUEST_LINE.match(method + b" / HTTP/1.1\r\n")), right, method)
        self.assertEqual(status_of(b"FOOBAR / HTTP/1.1\r\nHost: a\r\n\r\n"), 501)
        self.assertEqual(status_of(b"F" * 33 + b" / HTTP/1.1\r\nHost: a\r\n\r\n"), 400)

    @given(st.sampled_from([b" ", b"  ", b"\t", b" \t", b"\x0b", b"\x0c", b"\r", b""]), st.integers(0, 1))
    def test_one_space(self, between: bytes, place: int) -> None:
        """Exactly one, between each two parts."""
        line = between.join([b"GET /", b"HTTP/1.1"] if place else [b"GET", b"/ HTTP/1.1"])
        good = between == b" "
        self.assertEqual(status_of(line + b"\r\nHost: a\r\n\r\n") == 200, good)


class HostTests(SynchronousTestCase):
    """C{Host}."""

    def test_good(self) -> None:
        """Registered names, underscores among them, addresses, ports."""
        for host in (
            b"a",
            b"tessera_node_1:9001",
            b"_tcp.node_2.internal",
            b"node_",
            b"c",
            b"a.b.c.",
            b"127.0.0.1",
            b"127.0.0.1:0",
            b"a:65535",
            b"a:00080",
            b"[::1]",
            b"[::1]:22000",
            b"[2001:db8::1]",
            b"[::ffff:192.0.2.1]:80",
            b"caf%C3%A9",
            b"!$&'()*+;=~-",
            b"a" * 255,
        ):
            self.assertTrue(is_host(host), host)

    def test_bad(self) -> None:
        """What is no name, no address or no port."""
        for host in (
            b"",
            b":80",
            b"a:",
            b"a:65536",
            b"a:99999",
            b"a:000080",
            b"a:+1",
            b"a:1:2",
            b"::1",
            b"[::1",
            b"::1]",
            b"[]",
            b"[1:2]",
            b"[:::]",
            b"[127.0.0.1]",
            b"[fe80::1%25eth0]",
            b"[::1]a",
            b"[v1.x]",
            b"a%",
            b"a%zz",
            b"a b",
            b"a,b",
            b"a/b",
            b"a@b",
            b"a?b",
            b"a#b",
            b"a\\b",
            b"a\0",
            b"{a}",
            b"caf\xe9",
            b"a" * 256,
            b"a\n",
        ):
            self.assertFalse(is_host(host), host)
