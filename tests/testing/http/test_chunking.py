"""How bytes are cut when they arrive."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology
from quorumha.testing.http.chunking import all_at_once, one_by_one, seeded
from tests.testing.net.connected import Connection


class ChunkerTests(SynchronousTestCase):
    def pieces(self, net: MemoryTopology) -> list[bytes]:
        pair = Connection(net)
        for block in (b"one", b"two", b"three"):
            pair.client.write(block)
        net.run()
        return pair.node.pieces

    def test_all_at_once(self) -> None:
        self.assertEqual(self.pieces(MemoryTopology(chunker=all_at_once)), [b"onetwothree"])

    def test_one_by_one(self) -> None:
        self.assertEqual(
            self.pieces(MemoryTopology(chunker=one_by_one)), [bytes([b]) for b in b"onetwothree"]
        )

    def test_a_seed_decides(self) -> None:
        first, again, other = (self.pieces(MemoryTopology(chunker=seeded(s))) for s in (1, 1, 2))
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual(b"".join(other), b"onetwothree")

    def test_a_wrong_one_is_told(self) -> None:
        self.assertRaises(ValueError, self.pieces, MemoryTopology(chunker=lambda segment, available: 0))
