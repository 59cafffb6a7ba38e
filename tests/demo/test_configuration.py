"""The demo's configuration is one that users could write."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.demo.configuration import Ports, demo_toml


class ConfigurationTests(SynchronousTestCase):
    def test_every_kind_of_listener(self) -> None:
        ports = Ports(quorum=[1001, 1002], q2t=[1003, 1004], third_party=[1005, 1006], p2p=[1007, 1008])
        config = parse_config(demo_toml(ports, "/tmp/a folder/tm.ipc"), "demo", {})
        self.assertEqual(set(config.listeners), {"rpc", "q2t", "third-party", "p2p"})
        self.assertEqual(config.listeners["rpc"].serve, "tcp")
        self.assertEqual(config.listeners["q2t"].listen, "unix:/tmp/a folder/tm.ipc:mode=600")
        served = [config.listeners[name].serve for name in ("q2t", "third-party", "p2p")]
        self.assertEqual(served, ["tessera-q2t", "tessera-thirdparty", "tessera-p2p"])
        numbers = [upstream.endpoint for upstream in config.pools["tessera-p2p"].upstreams]
        self.assertEqual([number[-4:] for number in numbers], ["1007", "1008"])
        self.assertEqual(config.warnings, ())
