"""Which members are one node, and what it is called."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.app.pools import Nodes
from quorumha.config.model import Config
from quorumha.config.same_node import name_nodes

PORTS = {"q": "tessera-q2t", "p": "tessera-p2p", "g": "tcp"}


def config_of(**pools: list[str]) -> Config:
    """Pools of upstreams, by the first letter of what is served from them; C{name=address} gives a name."""
    text = ""
    for number, (pool, upstreams) in enumerate(pools.items(), 1):
        written = []
        for one in upstreams:
            name, _, address = one.rpartition("=")
            given = f', name = "{name}"' if name else ""
            written.append(f'{{ endpoint = "tcp:{address}"{given} }}')
        text += f"[pools.{pool}]\nupstreams = [{', '.join(written)}]\n"
        text += f'[listeners.{pool}]\nlisten = "tcp:{number}"\nserve = "{PORTS[pool[0]]}"\npool = "{pool}"\n'
    return parse_config(text, "q.toml", {})


class NamesTests(SynchronousTestCase):
    """L{name_nodes}."""

    def names(self, **pools: list[str]) -> list[tuple[str, str]]:
        return [
            (name, " ".join(f"{pool}.{upstream}" for pool, upstream in places))
            for name, places in name_nodes(config_of(**pools))
        ]

    def test_host(self) -> None:
        """Of several ports; who has one is called as its member is."""
        self.assertEqual(
            self.names(q=["10.0.0.1:9101", "10.0.0.2:9101"], p=["10.0.0.1:9001"]),
            [("10.0.0.1", "q.10.0.0.1:9101 p.10.0.0.1:9001"), ("10.0.0.2:9101", "q.10.0.0.2:9101")],
        )

    def test_given(self) -> None:
        self.assertEqual(
            self.names(q=["a=10.0.0.1:9101"], p=["a=tessera:9001", "b=10.0.0.1:9001"]),
            [("a", "q.a p.a"), ("b", "p.b")],
        )

    def test_a_goquorum_of_that_name(self) -> None:
        """Is another node, and told apart."""
        self.assertEqual(
            self.names(g=["a=10.0.0.1:22000"], q=["a=10.0.0.1:9101"]), [("a of g", "g.a"), ("a of q", "q.a")]
        )


class NodesTests(SynchronousTestCase):
    """L{Nodes}."""

    def test_identity(self) -> None:
        """One object for one node; it stays when the configuration changes, whatever it is called then."""
        nodes = Nodes(config_of(q=["10.0.0.1:1", "10.0.0.2:1"], p=["10.0.0.1:2"]))
        first = nodes.of
        one = first["q", "10.0.0.1:1"]
        self.assertIs(first["p", "10.0.0.1:2"], one)
        self.assertIsNot(first["q", "10.0.0.2:1"], one)
        changed = Nodes(config_of(q=["10.0.0.1:1", "10.0.0.3:1"]), nodes)
        then = changed.of
        self.assertIs(then["q", "10.0.0.1:1"], one)
        self.assertEqual((one.name, len(first)), ("10.0.0.1", 3), "nothing is changed yet")
        changed.take_names()
        self.assertEqual((one.name, len(then)), ("10.0.0.1:1", 2))
        self.assertNotIn(then["q", "10.0.0.3:1"], first.values())

    def test_parted(self) -> None:
        """Two nodes that were taken for one are two from then on."""
        nodes = Nodes(config_of(q=["10.0.0.1:1"], p=["10.0.0.1:2"]))
        one = nodes.of["q", "10.0.0.1:1"]
        then = Nodes(config_of(q=["10.0.0.1:1"], p=["10.0.0.1:2", "10.0.0.1:3"]), nodes).of
        self.assertIs(then["q", "10.0.0.1:1"], one)
        self.assertEqual(len(set(then.values())), 3)
