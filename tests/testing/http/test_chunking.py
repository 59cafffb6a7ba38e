"""How bytes are cut when they arrive."""

from __future__ import annotations

from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology, Recorder
from quorumha.testing.http.chunking import all_at_once, one_by_one, seeded

PLACE = "a:9101"


class Connection:
    """Two recorders that are connected."""

    def __init__(self, net: MemoryTopology, half_close: bool = False) -> None:
        self.net = net
        self.node = Recorder.half_closing() if half_close else Recorder()
        net.listen(PLACE, Factory.forProtocol(lambda: self.node))
        self.client = net.connect(PLACE, half_close=half_close)
        net.run()


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
