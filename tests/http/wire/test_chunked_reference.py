"""The decoder of chunked bodies, held to a reference that reads the grammar letter by letter.

RFC 9112 section 7.1, without the leniencies that it allows recipients.
"""

from __future__ import annotations

import string

from hypothesis import example, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.wire.chunked import BadChunk, ChunkedDecoder
from tests.vectors.model import Allowed
from tests.vectors.requests_ambiguous import FAMILIES

HEX = frozenset(string.hexdigits.encode())
TOKEN = frozenset((string.ascii_letters + string.digits + "!#$%&'*+-.^_`|~").encode())
BLANK = frozenset(b" \t")
FRAMING = (b"content-length", b"transfer-encoding", b"host", b"connection", b"te", b"upgrade", b"trailer")


class Refused(Exception):
    """It does not follow the grammar."""


class Short(Exception):
    """It ends too early; what there is may be good."""


class Reference:
    """One body, with all of its bytes there from the beginning."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.at = 0
        self.payload = b""

    def peek(self) -> int:
        """The next byte."""
        if self.at == len(self.raw):
            raise Short
        return self.raw[self.at]

    def run(self, allowed: frozenset[int]) -> bytes:
        """Bytes as long as they are among the allowed ones."""
        start = self.at
        while self.peek() in allowed:
            self.at += 1
        return self.raw[start : self.at]

    def expect(self, text: bytes) -> None:
        """Just these bytes."""
        for byte in text:
            if self.peek() != byte:
                raise Refused
            self.at += 1

    def body(self) -> bytes:
        """All of it.

        @return: what comes after it.
        """
        while size := self.size():
            self.payload += self.raw[self.at : self.at + size]
            if len(self.raw) < self.at + size:
                raise Short
            self.at += size
            self.expect(b"\r\n")
        while self.peek() != 13:
            self.trailer()
        self.expect(b"\r\n")
        return self.raw[self.at :]

    def size(self) -> int:
        digits = self.run(HEX)
        if not 1 <= len(digits) <= 16 or int(digits, 16) >= 1 << 60:
            raise Refused
        while self.peek() != 13:
            self.extension()
        self.expect(b"\r\n")
        return int(digits, 16)

    def extension(self) -> None:
        self.run(BLANK)
        self.expect(b";")
        self.run(BLANK)
        if not self.run(TOKEN):
            raise Refused
        name_end = self.at
        self.run(BLANK)
        if self.peek() != ord("="):
            self.at = name_end
            return
        self.at += 1
        self.run(BLANK)
        if self.peek() != ord('"'):
            if not self.run(TOKEN):
                raise Refused
            return
        self.at += 1
        while (byte := self.peek()) != ord('"'):
            if byte == ord("\\"):
                self.at += 1
                byte = self.peek()
            if byte != 9 and (byte < 32 or byte == 127):
                raise Refused
            self.at += 1
        self.at += 1

    def trailer(self) -> None:
        name = self.run(TOKEN)
        if not name or name.lower() in FRAMING:
            raise Refused
        self.expect(b":")
        while (byte := self.peek()) != 13:
            if byte != 9 and (byte < 32 or byte == 127):
                raise Refused
            self.at += 1
        self.expect(b"\r\n")


GOOD = (
    b"5\r\nhello\r\n0\r\n\r\n",
    b"5;a=b\r\nhello\r\n1\r\n!\r\n0;c\r\n\r\n",
    b'a;a="b \\" c" ; d\r\n0123456789\r\n00\r\nX-T: 1\r\nY:\r\n\r\nnext',
    b"0\r\nA: b\r\n\r\n",
    b'5 ; a\t= b ;c = "d"\r\nhello\r\n0\r\n\r\n',
    b"1\r\n\r\r\n1\r\n\n\r\n2\r\n\r\n\r\n0\r\n\r\n",
)
BYTES = st.sampled_from(list(b"\r\n\0 \t;=\"\\0159afgx+-_:,'\x0b\x7f\x80\xff"))


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A good body with some bytes changed, dropped, added or doubled."""
    raw = bytearray(draw(st.sampled_from(GOOD)))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw) - 1))
        match draw(st.sampled_from(["change", "drop", "add", "double"])):
            case "change":
                raw[at] = draw(BYTES)
            case "drop":
                del raw[at]
            case "add":
                raw.insert(at, draw(BYTES))
            case "double":
                raw[at:at] = raw[at : at + draw(st.integers(1, 4))]
        if not raw:
            break
    return bytes(raw)


class ReferenceTests(SynchronousTestCase):
    """Same payload, same end, or refused by both."""

    @settings(max_examples=400)
    @given(mutated(), st.integers(0, 60))
    @example(b"5\r\nhello\r\n0\r\n\r\n", 11)
    def test_against_the_reference(self, raw: bytes, cut: int) -> None:
        reference = Reference(raw)
        decoder = ChunkedDecoder()
        payload = b""
        refused = False
        try:
            for piece in (raw[:cut], raw[cut:]):
                if decoder.done:
                    decoder.surplus += piece
                elif piece:
                    payload += b"".join(decoder.feed(piece))
        except BadChunk:
            refused = True
        try:
            rest = reference.body()
        except Refused:
            # Where a line has not ended yet, the decoder may wait for its end to judge it.
            self.assertFalse(decoder.done and not refused, raw)
            ended_lines = raw.rfind(b"\r\n") + 2
            if reference.at < ended_lines:
                self.assertTrue(refused, raw)
        except Short:
            self.assertFalse(decoder.done, raw)
            if not refused:
                self.assertEqual(payload, reference.payload)
        else:
            self.assertFalse(refused, raw)
            self.assertEqual((payload, decoder.done, decoder.surplus), (reference.payload, True, rest))

    def test_vectors(self) -> None:
        """What must be refused is refused, what must be served is read, in any splitting."""
        seen = 0
        for family in ("chunk_size", "chunk_line_end", "chunk_extension", "trailer"):
            for vector in FAMILIES[family]:
                stream = vector.raw.partition(b"\r\n\r\n")[2]
                for size in (len(stream), 1) if len(stream) < 10_000 else (len(stream), 1000):
                    seen += 1
                    read = self.read(stream, size)
                    if vector.allowed is Allowed.SERVED:
                        self.assertEqual(read, (vector.body, b""), vector.name)
                    elif vector.allowed is Allowed.REFUSED:
                        self.assertIsNone(read, vector.name)
                    else:
                        self.assertIn(read, (None, (vector.body, b"")), vector.name)
        self.assertGreater(seen, 100)

    def read(self, stream: bytes, size: int) -> tuple[bytes, bytes] | None:
        """Payload and surplus; None where it is refused or never ends."""
        decoder = ChunkedDecoder(limit=1 << 20)
        payload = b""
        try:
            for at in range(0, len(stream), size):
                if decoder.done:
                    return payload, stream[at:]
                payload += b"".join(decoder.feed(stream[at : at + size]))
        except BadChunk:
            return None
        return (payload, decoder.surplus) if decoder.done else None
