"""The demo's nodes and the configuration for them."""

from __future__ import annotations

import os

from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.same_node import name_nodes
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

    def test_configuration(self) -> None:
        """One that a user could write, with every kind of listener, and each node behind its own."""
        world = World(MemoryReactorClock(), Reserved)
        self.addCleanup(world.stop)
        config = world.config
        self.assertEqual(config.warnings, ())
        self.assertEqual(config.listeners["q2t"].listen, f"unix:{world.socket}:mode=600")
        served = {name: listener.serve for name, listener in config.listeners.items()}
        tesseras = {name: f"tessera-{name.replace('-', '')}" for name in ("q2t", "third-party", "p2p")}
        self.assertEqual(served, {"rpc": "tcp", **tesseras})
        ports = [world.nodes[f"tessera-{number}"].ports[1] for number in (1, 2)]
        endpoints = [upstream.endpoint for upstream in config.pools["tessera-p2p"].upstreams]
        self.assertEqual(endpoints, [f"tcp:host=127.0.0.1:port={port}" for port in ports])

    def test_names(self) -> None:
        """The log and the table call a node by one name, so its death reads as one."""
        world = World(MemoryReactorClock(), Reserved)
        self.addCleanup(world.stop)
        self.assertEqual({name for name, _ in name_nodes(world.config)}, set(world.nodes))

    def test_nothing_is_left(self) -> None:
        world = World(MemoryReactorClock(), Reserved)
        folder = os.path.dirname(world.socket)
        self.assertTrue(os.path.isdir(folder))
        self.successResultOf(world.stop())
        self.assertFalse(os.path.exists(folder))
