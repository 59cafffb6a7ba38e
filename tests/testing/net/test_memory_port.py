"""Nodes that are killed, hang, and come back."""

from __future__ import annotations

from twisted.internet.error import (
    ConnectingCancelledError,
)
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology
from tests.testing.net.test_memory import RecorderFactory

PLACE = "a:9101"


class FaultTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology(capacity=1000)
        self.factory = RecorderFactory()
        self.net.listen(PLACE, self.factory)
        self.client = self.net.connect(PLACE)
        self.net.run()
        self.node = self.factory.made[0]

    def test_killed(self) -> None:
        self.node.write(b"half an ans")
        self.net.run()
        self.node.write(b"never sent")
        self.net.kill(PLACE)
        self.assertEqual(self.node.how_it_ended, "ConnectionLost")
        self.assertEqual(self.net.connections(PLACE), [])
        self.net.run()
        self.assertEqual(self.client.received, b"half an ans")
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")
        self.assertEqual(self.refusal(), "ConnectionRefusedError")

    def test_killed_with_a_reset(self) -> None:
        self.net.kill(PLACE, reset=True)
        self.net.run()
        self.assertEqual(self.client.how_it_ended, "ConnectionLost")

    def test_killed_before_it_read_breaks_as_tcp_does(self) -> None:
        self.node.pause()
        self.client.write(b"unread")
        self.net.run()
        self.net.kill(PLACE)
        self.net.run()
        self.assertEqual(self.client.how_it_ended, "ConnectionLost")

    def test_killed_and_revived(self) -> None:
        self.net.kill(PLACE)
        self.net.revive(PLACE)
        again = self.net.connect(PLACE)
        again.write(b"hello")
        self.net.run()
        self.assertEqual(self.factory.made[1].received, b"hello")
        self.assertEqual(self.net.accepted(PLACE), 2)

    def test_a_hung_node_takes_connections_and_nothing_else(self) -> None:
        self.net.hang(PLACE)
        self.client.write(bytes(5000))
        second = self.net.connect(PLACE)
        second.write(b"hello")
        self.node.write(b"stuck")
        self.net.advance(60)
        self.assertTrue(second.connected)
        self.assertEqual((self.node.received, self.client.received), (b"", b""))
        self.assertEqual(self.client.wire.unsent, 4000)
        self.net.revive(PLACE)
        self.net.run()
        self.assertEqual(len(self.node.received), 5000)
        self.assertEqual(self.client.received, b"stuck")
        self.assertEqual(self.factory.made[1].received, b"hello")

    def test_a_hung_node_learns_later_that_its_client_left(self) -> None:
        self.net.hang(PLACE)
        second = self.net.connect(PLACE)
        self.net.run()
        self.client.close()
        second.abort()
        self.net.run()
        self.assertIs(self.node.reason, None)
        self.net.revive(PLACE)
        self.net.run()
        self.assertEqual(self.node.how_it_ended, "ConnectionDone")
        self.assertEqual(self.factory.made[1].how_it_ended, "ConnectionLost")

    def test_a_hung_node_may_take_no_connections(self) -> None:
        self.net.hang(PLACE, accepts=False)
        connecting = self.net.client_endpoint(PLACE).connect(self.factory)
        self.net.advance(60)
        self.assertNoResult(connecting)
        connecting.cancel()
        self.failureResultOf(connecting, ConnectingCancelledError)

    def test_killed_while_hung(self) -> None:
        self.net.hang(PLACE)
        waiting = self.net.connect(PLACE)
        waiting.write(b"hello")
        self.net.run()
        self.net.kill(PLACE)
        self.net.run()
        self.assertEqual(waiting.how_it_ended, "ConnectionLost")
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")

    def test_a_place_where_nobody_ever_listened(self) -> None:
        with self.assertRaisesRegex(ValueError, "nobody ever listened at 'b:1'"):
            self.net.kill("b:1")

    def refusal(self) -> str | None:
        client = self.net.connect(PLACE)
        self.net.run()
        return client.how_it_ended
