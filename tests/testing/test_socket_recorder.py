"""A WebSocket client that keeps what it gets."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology, SimulatedNetwork, SocketRecorder


class RecorderTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology()
        SimulatedNetwork(self.net.clock).add("a1").listen(self.net, "a1:8545")

    def test_calls(self) -> None:
        client = SocketRecorder.connect(self.net, "a1:8545", "/?PSI=p", b"X-Some: value")
        client.call("eth_getPSI", id="x")
        client.send('{"id":2,"method":"net_version"}', "{}")
        self.net.run()
        self.assertEqual((client.status, client.closed, client.reason), (101, None, None))
        self.assertEqual([one.get("result") for one in client.values], ["p", "7841", None])
        self.assertEqual([len(one) for one in client.frames], [1, 1, 1])

    def test_refused(self) -> None:
        """Nothing is sent then."""
        client = SocketRecorder.connect(self.net, "nobody:1")
        client.call("eth_chainId")
        self.net.run()
        self.assertEqual((client.how_it_ended, client.messages), ("ConnectionRefusedError", []))
