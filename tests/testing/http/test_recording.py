"""The recorder, by itself."""

from __future__ import annotations

from twisted.internet.protocol import Factory
from twisted.protocols.wire import Echo
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology, Recorder


class RecorderTests(SynchronousTestCase):
    def test_writes_when_it_can(self) -> None:
        net = MemoryTopology()
        net.listen("a:1", Factory.forProtocol(Echo))
        client = net.connect("a:1")
        client.write(b"early ")
        net.run()
        client.write(b"late")
        net.run()
        self.assertEqual((client.received, client.pieces), (b"early late", [b"early ", b"late"]))
        self.assertIs(client.how_it_ended, None)

    def test_not_connected(self) -> None:
        client = Recorder()
        self.assertRaises(RuntimeError, client.close)
        net = MemoryTopology()
        refused = net.connect("a:1")
        net.run()
        self.assertEqual(refused.how_it_ended, "ConnectionRefusedError")

    def test_connected_tells_the_truth(self) -> None:
        net = MemoryTopology()
        net.listen("a:1", Factory.forProtocol(Echo))
        client = net.connect("a:1")
        self.assertFalse(client.connected)
        net.run()
        self.assertTrue(client.connected)
        net.kill("a:1")
        net.run()
        self.assertFalse(client.connected)
