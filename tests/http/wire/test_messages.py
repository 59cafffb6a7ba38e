"""Heads as values."""

from __future__ import annotations

from attrs import evolve
from attrs.exceptions import FrozenInstanceError
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.wire.messages import ResponseHead, as_bytes


class HeadTests(SynchronousTestCase):
    """A head and its bytes."""

    def test_bytes_follow_fields(self) -> None:
        head = ResponseHead(200, b"OK", [(b"A", b"1"), (b"A", b"2")], 0, False, True)
        self.assertEqual(head.onward, b"A: 1\r\nA: 2\r\n")
        self.assertEqual(evolve(head, fields=[(b"B", b"")]).onward, b"B: \r\n")

    def test_frozen(self) -> None:
        """Heads are shared between requests that look alike."""
        head = ResponseHead(200, b"OK", [], 0, False, True)
        with self.assertRaises(FrozenInstanceError):
            head.status = 404  # type: ignore[misc]  # that is the test

    def test_no_fields(self) -> None:
        self.assertEqual(as_bytes([]), b"")
