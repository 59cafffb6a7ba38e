"""The demo's nodes and the configuration for them."""

from __future__ import annotations

import os

from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo.world import World
from tests.demo.test_nodes import Reserved


class WorldTests(SynchronousTestCase):
    def test_every_port_is_in_the_configuration_once_for_each_pool(self) -> None:
        reactor = MemoryReactorClock()
        world = World(reactor, Reserved)
        self.addCleanup(world.stop)
        world.start()
        self.assertEqual(world.alive, dict.fromkeys(world.nodes, True))
        listening = sorted(server[0] for server in reactor.tcpServers)
        pools = world.config.pools
        named = [
            int(upstream.endpoint.rpartition(":")[2].removeprefix("port="))
            for name, pool in pools.items()
            if name != "tessera-p2p-first"
            for upstream in pool.upstreams
        ]
        self.assertEqual(sorted(named), listening)
        self.assertEqual(len(listening), 8)

    def test_nothing_is_left(self) -> None:
        world = World(MemoryReactorClock(), Reserved)
        folder = os.path.dirname(world.socket)
        self.assertTrue(os.path.isdir(folder))
        self.successResultOf(world.stop())
        self.assertFalse(os.path.exists(folder))
