"""Tests for L{quorumha.postgresql.refusal}."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.refusal import LARGEST, Refusal, fatal
from quorumha.testing.postgresql.pg_messages import (
    GSS_REQUEST,
    SSL_REQUEST,
    cancel_request,
    read_fields,
    start_up,
)

START = start_up(user="tessera", database="tessera")
TEXT = "quorumha: no writable database (no member says that it is a primary)"
#: What a client begins with that wants TLS without a word before it (C{sslnegotiation=direct}).
DIRECT_TLS = bytes.fromhex("16030102000100") + bytes(60)


class RefusalTests(SynchronousTestCase):
    """What clients begin with."""

    def said(self, *pieces: bytes) -> tuple[bytes, bool]:
        """All that is said to these pieces, and whether it is closed then."""
        refusal, said, over = Refusal(TEXT), b"", False
        for piece in pieces:
            self.assertFalse(over)
            more, over = refusal.received(piece)
            said += more
        return said, over

    def test_start_up(self) -> None:
        """A well-formed error, as a server that starts gives it."""
        said, over = self.said(START)
        self.assertTrue(over)
        self.assertEqual((said[:1], struct.unpack("!I", said[1:5])[0]), (b"E", len(said) - 1))
        found = read_fields(said[5:])
        self.assertEqual(found, {"S": "FATAL", "V": "FATAL", "C": "57P03", "M": TEXT})

    def test_encryption(self) -> None:
        """TLS and GSSAPI are refused, and the client goes on without, in one piece or in several."""
        for asks in ((SSL_REQUEST,), (GSS_REQUEST,), (GSS_REQUEST, SSL_REQUEST)):
            self.assertEqual(self.said(*asks), (b"N" * len(asks), False))
            self.assertEqual(self.said(*asks, START), (b"N" * len(asks) + fatal(TEXT), True))
            self.assertEqual(self.said(b"".join((*asks, START))), (b"N" * len(asks) + fatal(TEXT), True))
        self.assertEqual(self.said(SSL_REQUEST * 3), (b"NN", True))

    def test_cancel(self) -> None:
        """Nobody is answered."""
        self.assertEqual(self.said(cancel_request(7, 9)), (b"", True))

    def test_anything_else(self) -> None:
        """Other protocols, other versions, sizes that no server takes."""
        for begun in (
            DIRECT_TLS,
            b"GET / HTTP/1.1\r\n\r\n",
            bytes(8),
            struct.pack("!II", 8, 2 << 16),
            struct.pack("!II", LARGEST + 1, 3 << 16),
            struct.pack("!II", 7, 3 << 16),
            struct.pack("!II", 9, 80877103) + b"x",
        ):
            self.assertEqual(self.said(begun), (b"", True), begun)

    def test_newer_minor_version(self) -> None:
        """A client of PostgreSQL 18 asks for 3.2: an error needs no agreement."""
        newer = START[:4] + struct.pack("!I", (3 << 16) + 2) + START[8:]
        self.assertEqual(self.said(newer), (fatal(TEXT), True))

    @given(st.lists(st.integers(1, 9), max_size=40))
    def test_pieces(self, sizes: list[int]) -> None:
        """However it is cut."""
        data, said, over = GSS_REQUEST + SSL_REQUEST + START, b"", False
        refusal = Refusal(TEXT)
        for size in [*sizes, len(data)]:
            piece, data = data[:size], data[size:]
            if not over:
                more, over = refusal.received(piece)
                said += more
        self.assertEqual((said, over), (b"NN" + fatal(TEXT), True))

    @given(st.binary(max_size=300))
    def test_whatever(self, data: bytes) -> None:
        """Nothing is raised, and nothing is said but the two things that may be."""
        said, _ = Refusal(TEXT).received(data)
        self.assertIn(said.lstrip(b"N"), (b"", fatal(TEXT)))
        self.assertLessEqual(said.count(b"N" * 3), 0)

    def test_text(self) -> None:
        """It is bounded, and has no byte that would end it."""
        self.assertNotIn(b"\0", read_fields(fatal("a\0b" + "é" * 9000)[5:])["M"].encode())
        self.assertLess(len(fatal("x" * 9000)), 600)
