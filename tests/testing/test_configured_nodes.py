"""Who a configuration speaks of."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.testing.configured_nodes import nodes_of

TEXT = """
[pools.q2t]
upstreams = ["http://10.0.0.1:9101", { name = "second", endpoint = "tcp:10.0.0.2:9101" }]
[pools.p2p]
upstreams = ["http://10.0.0.1:9001", { name = "second", endpoint = "tcp:10.0.0.2:9001" }]
[pools.rpc]
upstreams = ["tcp:10.0.0.1:8545"]
[pools.again]
upstreams = ["http://10.0.0.3:80", "unix:/run/node"]
[listeners.a]
listen = "tcp:1"
serve = "tessera-q2t"
pool = "q2t"
[listeners.b]
listen = "tcp:2"
serve = "tessera-p2p"
pool = "p2p"
[listeners.c]
listen = "tcp:3"
serve = "tcp"
pool = "rpc"
[listeners.d]
listen = "tcp:4"
pool = "again"
"""


class NodesTests(SynchronousTestCase):
    def test_nodes(self) -> None:
        """A Tessera is one node over its ports, and none with a GoQuorum."""
        found = {node.name: node.ports for node in nodes_of(parse_config(TEXT, "q.toml", {}))}
        self.assertEqual(
            found,
            {
                "10.0.0.1": {"10.0.0.1:9101": "tessera-q2t", "10.0.0.1:9001": "tessera-p2p"},
                "second": {"10.0.0.2:9101": "tessera-q2t", "10.0.0.2:9001": "tessera-p2p"},
                "10.0.0.1:8545": {"10.0.0.1:8545": "tcp"},
                "10.0.0.3:80": {"10.0.0.3:80": "http"},
                "/run/node": {"unix:/run/node": "http"},
            },
        )

    def test_one_place_is_one_node(self) -> None:
        """Whichever pools have it: by the name that the log says, of the kind that knows most."""
        text = (
            TEXT
            + """
[pools.first]
upstreams = ["http://10.0.0.3:80", { endpoint = "http://10.0.0.1:9001", backup = true }]
[listeners.e]
listen = "tcp:5"
pool = "first"
"""
        )
        found = {node.name: node.ports for node in nodes_of(parse_config(text, "q.toml", {}))}
        self.assertEqual(list(found), ["10.0.0.1", "second", "10.0.0.1:8545", "10.0.0.3:80", "/run/node"])
        self.assertEqual(found["10.0.0.1"], {"10.0.0.1:9101": "tessera-q2t", "10.0.0.1:9001": "tessera-p2p"})
