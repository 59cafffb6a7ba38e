"""What comes back from a member."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.websocket.handshake_reader import HandshakeReader, Opened
from quorumha.http.forward.round_policy import Response
from quorumha.http.wire.parsing import MalformedResponse

OPEN = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
REFUSAL = b"HTTP/1.1 403 Forbidden\r\nSec-Websocket-Version: 13\r\nX: y\r\nContent-Length: %d\r\n\r\n"


class HandshakeReaderTests(SynchronousTestCase):
    """Byte by byte, and at once."""

    def setUp(self) -> None:
        self.reader = HandshakeReader(b"dGhlIHNhbXBsZSBub25jZQ==")

    def test_opened(self) -> None:
        """With what came behind it."""
        for byte in OPEN[:-1]:
            self.assertIsNone(self.reader.feed(bytes([byte])))
        self.assertEqual(self.reader.feed(b"\nrest"), Opened(b"rest"))
        self.assertIsNone(self.reader.end())

    def refused(self, found: Opened | Response | None) -> bytes:
        assert isinstance(found, Response)
        self.assertEqual((found.head.status, found.head.fields), (403, [(b"X", b"y")]))
        return found.body

    def test_refused(self) -> None:
        """With its body, unless that is too large, or does not come."""
        self.assertIsNone(self.reader.feed(REFUSAL % 3 + b"n"))
        self.assertEqual(self.refused(self.reader.feed(b"o\n")), b"no\n")
        self.setUp()
        self.assertEqual(self.refused(self.reader.feed(REFUSAL % 100_000)), b"")
        self.setUp()
        self.reader.feed(REFUSAL % 3)
        self.assertEqual(self.refused(self.reader.end()), b"")

    def test_neither(self) -> None:
        """Nor a head without an end."""
        with self.assertRaises(MalformedResponse):
            self.reader.feed(b"SSH-2.0\r\n\r\n")
        self.setUp()
        with self.assertRaises(MalformedResponse):
            self.reader.feed(b"x" * 70_000)
