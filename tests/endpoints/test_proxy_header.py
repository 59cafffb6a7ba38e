"""The header of the PROXY protocol."""

from __future__ import annotations

import socket
import struct

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.trial.unittest import SynchronousTestCase

from quorumha.endpoints.proxy_header import BLOCK_LIMIT, BadProxyHeader, ProxyHeader, read_proxy_header

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
INET = bytes([9, 9, 9, 9, 127, 0, 0, 1]) + struct.pack(">HH", 1234, 80)
INET6 = socket.inet_pton(socket.AF_INET6, "2001:db8::1") + bytes(15) + b"\1" + struct.pack(">HH", 1234, 80)
TLV = b"\x04\0\x03abc"

LOCAL, PROXY = 0, 1


def block(command: int, family: int, rest: bytes = b"", version: int = 2) -> bytes:
    return SIGNATURE + bytes([version << 4 | command, family]) + struct.pack(">H", len(rest)) + rest


#: Headers, and the client that each names.
GOOD: dict[bytes, str | None] = {
    b"PROXY TCP4 9.9.9.9 127.0.0.1 1234 80\r\n": "9.9.9.9",
    b"PROXY TCP6 2001:db8::1 ::1 1234 80\r\n": "2001:db8::1",
    b"PROXY TCP6 fe80::1%eth0 ::1 0 65535\r\n": "fe80::1",
    b"PROXY UNKNOWN\r\n": None,
    b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n": None,
    b"PROXY UNKNOWN what is here is ignored\r\n": None,
    block(PROXY, 0x11, INET): "9.9.9.9",
    block(PROXY, 0x11, INET + TLV): "9.9.9.9",
    block(PROXY, 0x21, INET6): "2001:db8::1",
    block(PROXY, 0x31, b"/run/a".ljust(108, b"\0") + bytes(108)): None,
    block(PROXY, 0x00): None,
    block(LOCAL, 0x00): None,
    block(LOCAL, 0x00, TLV): None,
    block(LOCAL, 0x11, INET): None,
    block(LOCAL, 0x21): None,
}

BAD: dict[str, bytes] = {
    "a request": b"GET / HTTP/1.1\r\n",
    "TLS": b"\x16\x03\x01\x02\x00",
    "small letters": b"proxy TCP4 9.9.9.9 127.0.0.1 1234 80\r\n",
    "no kind": b"PROXY \r\n",
    "another kind": b"PROXY TCP5 9.9.9.9 127.0.0.1 1234 80\r\n",
    "a word too few": b"PROXY TCP4 9.9.9.9 127.0.0.1 1234\r\n",
    "a word too many": b"PROXY TCP4 9.9.9.9 127.0.0.1 1234 80 1\r\n",
    "two spaces": b"PROXY TCP4  9.9.9.9 127.0.0.1 1234 80\r\n",
    "a space at the end": b"PROXY TCP4 9.9.9.9 127.0.0.1 1234 80 \r\n",
    "a name": b"PROXY TCP4 localhost 127.0.0.1 1234 80\r\n",
    "a number as address": b"PROXY TCP4 151587081 127.0.0.1 1234 80\r\n",
    "zeros in front": b"PROXY TCP4 009.9.9.9 127.0.0.1 1234 80\r\n",
    "the other family": b"PROXY TCP4 ::1 127.0.0.1 1234 80\r\n",
    "the other family, too": b"PROXY TCP6 9.9.9.9 ::1 1234 80\r\n",
    "no port": b"PROXY TCP4 9.9.9.9 127.0.0.1 x 80\r\n",
    "a signed port": b"PROXY TCP4 9.9.9.9 127.0.0.1 +1 80\r\n",
    "a port too large": b"PROXY TCP4 9.9.9.9 127.0.0.1 65536 80\r\n",
    "a field": b"PROXY TCP4 6.6.6.6\nContent-Length:70 1.1.1.1 1 2\r\n",
    "a field behind CR": b"PROXY TCP4 6.6.6.6\rX: y 1.1.1.1 1 2\r\n",
    "a NUL": b"PROXY TCP4 6.6.6.6\0 1.1.1.1 1 2\r\n",
    "a NUL where all is ignored": b"PROXY UNKNOWN \0\r\n",
    "a tab": b"PROXY TCP4\t6.6.6.6 1.1.1.1 1 2\r\n",
    "a high byte": b"PROXY TCP4 6.6.6.6\xe9 1.1.1.1 1 2\r\n",
    "a list": b"PROXY TCP4 6.6.6.6,7.7.7.7 1.1.1.1 1 2\r\n",
    "a long address": b"PROXY TCP4 " + b"9" * 5000 + b" 1.1.1.1 1 2\r\n",
    "a line of 108 bytes": b"PROXY UNKNOWN ".ljust(106, b"x") + b"\r\n",
    "a line feed alone": b"PROXY UNKNOWN\n",
    "version 1 as block": block(PROXY, 0x11, INET, version=1),
    "version 3": block(PROXY, 0x11, INET, version=3),
    "command 2": block(2, 0x11, INET),
    "addresses too short": block(PROXY, 0x11, INET[:-1]),
    "IPv6 addresses too short": block(PROXY, 0x21, INET),
    "a block too large": block(LOCAL, 0x00, bytes(BLOCK_LIMIT - 15)),
}


def read_in_pieces(pieces: list[bytes]) -> ProxyHeader | str | None:
    """What comes of them, one after another."""
    data = b""
    for piece in pieces:
        data += piece
        try:
            header = read_proxy_header(data)
        except BadProxyHeader as error:
            return str(error)
        if header is not None:
            return header
    return None


@st.composite
def parted(draw: st.DrawFn, data: bytes) -> list[bytes]:
    """The bytes in pieces."""
    cuts = sorted(draw(st.sets(st.integers(0, len(data)), max_size=8)))
    return [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


class HeaderTests(SynchronousTestCase):
    """See the module."""

    def test_good(self) -> None:
        """Who it is from, and where the header ends."""
        for raw, host in GOOD.items():
            header = read_proxy_header(raw + b"GET ")
            assert header is not None, raw
            self.assertEqual(header.size, len(raw))
            self.assertEqual(getattr(header.source, "host", None), host, raw)

    def test_addresses(self) -> None:
        """Both ends, as Twisted has them."""
        for raw in (b"PROXY TCP4 9.9.9.9 127.0.0.1 1234 80\r\n", block(PROXY, 0x11, INET)):
            header = read_proxy_header(raw)
            assert header is not None
            self.assertEqual(header.source, IPv4Address("TCP", "9.9.9.9", 1234))
            self.assertEqual(header.destination, IPv4Address("TCP", "127.0.0.1", 80))
        header = read_proxy_header(block(PROXY, 0x21, INET6))
        assert header is not None
        self.assertEqual(header.destination, IPv6Address("TCP", "::1", 80))

    def test_bad(self) -> None:
        """Whatever is named must be right; nothing of it stands in the error."""
        for name, raw in BAD.items():
            with self.assertRaises(BadProxyHeader, msg=name) as caught:
                read_proxy_header(raw)
            self.assertNotIn("6.6.6.6", str(caught.exception))

    @given(st.sampled_from(list(GOOD)).flatmap(lambda raw: st.tuples(st.just(raw), parted(raw + b"GET / "))))
    def test_good_in_pieces(self, case: tuple[bytes, list[bytes]]) -> None:
        """However the network parts it, the same comes of it, and not before its last byte."""
        raw, pieces = case
        self.assertEqual(read_in_pieces(pieces), read_proxy_header(raw))
        for end in range(len(raw)):
            self.assertIsNone(read_proxy_header(raw[:end]))

    @given(st.sampled_from(list(BAD.values())).flatmap(parted))
    def test_bad_in_pieces(self, pieces: list[bytes]) -> None:
        """Nothing bad becomes good by being parted, and none waits for more."""
        self.assertIsInstance(read_in_pieces(pieces), str)

    @given(
        st.binary(max_size=60),
        st.sampled_from([b"", b"PROXY ", b"PROXY TCP4 ", SIGNATURE, SIGNATURE + b"\x21\x11"]),
    )
    def test_any_bytes(self, data: bytes, start: bytes) -> None:
        """A header, a refusal or more bytes, never another exception; a host is always an address."""
        header = read_in_pieces([start, data])
        if isinstance(header, ProxyHeader) and header.source is not None:
            family = socket.AF_INET6 if ":" in header.source.host else socket.AF_INET
            socket.inet_pton(family, header.source.host)

    def test_waits_for_a_bounded_number_of_bytes(self) -> None:
        """Nothing that is still waited for is longer than the limits."""
        self.assertIsNone(read_proxy_header(b"PROXY UNKNOWN ".ljust(106, b"x")))
        with self.assertRaises(BadProxyHeader):
            read_proxy_header(b"PROXY UNKNOWN ".ljust(107, b"x"))
        largest = block(LOCAL, 0x00, bytes(BLOCK_LIMIT - 16))
        self.assertIsNone(read_proxy_header(largest[:-1]))
        self.assertEqual(read_proxy_header(largest), ProxyHeader(BLOCK_LIMIT))
