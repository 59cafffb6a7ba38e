"""One relay, its clients and its nodes, in memory."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.relay.factory import RelayFactory
from quorumha.testing import MemoryTopology, Recorder
from tests.relay.pools import make_pool


class Node(Factory):
    """Keeps every connection made to it."""

    def __init__(self) -> None:
        self.taken: list[Recorder] = []

    def buildProtocol(self, addr: object) -> Recorder:
        recorder = Recorder.half_closing()
        self.taken.append(recorder)
        return recorder


class RelayCase(SynchronousTestCase):
    """A relay at C{relay:22000} over the pool C{rpc}: primary a, backup b."""

    idle_timeout = 0.0

    def setUp(self) -> None:
        self.set_up()

    def set_up(self, **options: Any) -> None:
        """Anew; hypothesis wants that for each example."""
        self.net = MemoryTopology(**options)
        self.pool = make_pool(self.net, "a:1", "b:1")
        self.a, self.b = Node(), Node()
        self.net.listen("a:1", self.a)
        self.net.listen("b:1", self.b)
        self.relay = RelayFactory(self.pool, self.net.clock, idle_timeout=self.idle_timeout)
        self.net.listen("relay:22000", self.relay)

    def client(self) -> Recorder:
        """A client, connected to the relay; run the net to get it on to a node."""
        return self.net.connect("relay:22000", half_close=True)

    def joined(self) -> tuple[Recorder, Recorder]:
        """A client, and the node's end of its connection."""
        client = self.client()
        self.net.run()
        return client, self.a.taken[-1]

    def assert_all_gone(self) -> None:
        """No connection, no count and no delayed call is left."""
        self.net.run()
        self.assertEqual(self.relay.connections, set())
        self.assertEqual([m.in_flight for m in self.pool.members], [0, 0])
        for place in ("relay:22000", "a:1", "b:1"):
            self.assertEqual(self.net.connections(place), [])
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
