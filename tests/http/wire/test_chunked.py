"""Chunked bodies."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.wire.chunked import (
    LAST_CHUNK,
    LINE_LIMIT,
    TRAILERS_LIMIT,
    BadChunk,
    ChunkedDecoder,
    TooMuch,
    chunk,
)

Reading = tuple[bytes, bool, bytes] | str


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    at = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(at)]


def read(pieces: list[bytes]) -> Reading:
    """Payload, whether it ended, surplus; or that it was refused."""
    decoder = ChunkedDecoder()
    payload = b""
    surplus = b""
    for piece in pieces:
        if decoder.done:
            surplus += piece
            continue
        try:
            payload += b"".join(decoder.feed(piece))
        except BadChunk:
            return "refused"
    return payload, decoder.done, decoder.surplus + surplus


SIZE_LINES = st.sampled_from(
    [b"5", b"005", b"5;a", b'5;a="b"', b"5 ", b" 5", b"0x5", b"+5", b"5\t;a", b"", b"5;", b'5;a="', b"g"]
)
ENDS = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\r\n", b""])


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Nearly good streams."""
    out = b""
    for _ in range(draw(st.integers(0, 3))):
        out += draw(SIZE_LINES) + draw(ENDS) + b"hello" + draw(ENDS)
    return (
        out
        + draw(st.sampled_from([b"0", b"00", b"0;x"]))
        + draw(ENDS)
        + draw(ENDS)
        + draw(st.binary(max_size=4))
    )


class DecoderTests(SynchronousTestCase):
    """What is read, whatever the pieces."""

    @given(st.lists(st.binary(min_size=1, max_size=50)), st.binary(max_size=9), st.lists(st.integers(0, 999)))
    def test_round_trip(self, parts: list[bytes], surplus: bytes, cuts: list[int]) -> None:
        raw = b"".join(map(chunk, parts)) + LAST_CHUNK + surplus
        self.assertEqual(read(pieces_of(raw, cuts)), (b"".join(parts), True, surplus))

    @given(streams(), st.lists(st.integers(0, 999)))
    def test_pieces_do_not_matter(self, raw: bytes, cuts: list[int]) -> None:
        at_once, cut = read([raw]), read(pieces_of(raw, cuts))
        one_by_one = read([raw[n : n + 1] for n in range(len(raw))])
        self.assertEqual(cut, at_once)
        self.assertEqual(one_by_one, at_once)

    @given(st.binary(max_size=60))
    def test_no_other_error(self, raw: bytes) -> None:
        read([raw])

    def test_refused(self) -> None:
        for raw in (
            b"0x5\r\nhello\r\n",
            b"+5\r\nhello\r\n",
            b"-5\r\nhello\r\n",
            b"5_0\r\n",
            b"5 \r\nhello\r\n",
            b" 5\r\nhello\r\n",
            b"\r\nhello\r\n",
            b"\xd9\xa5\r\nhello\r\n",
            b"00000000000000005\r\nhello\r\n",
            b"ffffffffffffffff\r\n",
            b"5\nhello\r\n",
            b"5\rhello\r\n",
            b"5;\x00\r\nhello\r\n",
            b"5;a\nb\r\nhello\r\n",
            b'5;a="b\r\nhello\r\n',
            b"5\r\nhelloXY0\r\n\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"5\r\nhello\r0\r\n\r\n",
            b"0\r\nContent-Length: 5\r\n\r\n",
            b"0\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"0\r\nHost: b\r\n\r\n",
            b"0\r\nbad name: x\r\n\r\n",
            b"0\r\n folded\r\n\r\n",
            b"0\r\nX: a\nb\r\n\r\n",
        ):
            self.assertEqual(read([raw]), "refused", raw)

    def test_extensions_and_trailers_are_dropped(self) -> None:
        raw = b'5;a;b=c;d="e \\"f"\r\nhello\r\n0;x\r\nX-T: 1\r\nY:\r\n\r\nnext'
        self.assertEqual(read([raw]), (b"hello", True, b"next"))

    def test_lines_are_bounded(self) -> None:
        self.assertEqual(read([b"5;" + b"a" * LINE_LIMIT]), "refused")
        self.assertEqual(read([b"0\r\n" + b"X: y\r\n" * (TRAILERS_LIMIT // 6 + 1)]), "refused")

    def test_longest_line_in_pieces(self) -> None:
        """A line of just so many bytes, cut between its CR and its LF."""
        for line in (b"5;" + b"a" * (LINE_LIMIT - 2), b"5;" + b"a" * (LINE_LIMIT - 1)):
            raw = line + b"\r\nhello\r\n" + LAST_CHUNK
            self.assertEqual(read([raw[: len(line) + 1], raw[len(line) + 1 :]]), read([raw]))
        trailer = b"X: " + b"y" * (TRAILERS_LIMIT - 5)
        raw = b"0\r\n" + trailer + b"\r\n\r\n"
        self.assertEqual(read([raw]), (b"", True, b""))
        self.assertEqual(read([raw[:-3], raw[-3:]]), (b"", True, b""))

    def test_too_much_is_told_at_the_size_line(self) -> None:
        decoder = ChunkedDecoder(limit=10)
        decoder.feed(b"a\r\n0123456789\r\n")
        with self.assertRaises(TooMuch):
            decoder.feed(b"1\r\n")

    def test_not_done(self) -> None:
        self.assertEqual(read([b"5\r\nhel"]), (b"hel", False, b""))
        self.assertEqual(read([b"0\r\n\r"]), (b"", False, b""))
