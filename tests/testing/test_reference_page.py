"""The example of the reference page runs, and the page names what there is."""

from __future__ import annotations

import re
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

import quorumha.testing.http.plays
from quorumha.testing import MemoryTopology, Recorder, SimulatedGeth, SimulatedTessera, TesseraStore
from tests.documents import ROOT, Block, blocks

PAGE = "docs/reference/testing.md"


def run(example: Block) -> dict[str, Any]:
    """The names that an example, taken as a module, has made."""
    names: dict[str, Any] = {}
    exec(compile(example.text, example.place, "exec"), names)
    return names


class PageTests(SynchronousTestCase):
    def test_every_name_is_there(self) -> None:
        text = (ROOT / PAGE).read_text(encoding="utf-8")
        self.assertEqual(
            [name for name in quorumha.testing.__all__ if not re.search(rf"`[^`]*\b{name}\b", text)], []
        )

    def test_the_example_runs(self) -> None:
        examples = [block for block in blocks("python") if block.page == PAGE]
        self.assertEqual(len(examples), 6)
        real = ("listenTCP", "listen_tcp")
        in_memory = [run(one) for one in examples if not any(word in one.text for word in real)]
        self.assertEqual(len(in_memory), 4)
        for names in in_memory:
            self.assertIsInstance(names["net"], MemoryTopology)

    def test_the_example_on_real_ports(self) -> None:
        """Its commands reach the nodes; no port is opened, for those it names may be taken."""
        (example,) = [block for block in blocks("python") if block.page == PAGE and "listenTCP" in block.text]
        names = run(example)
        nodes, commands = names["nodes"], names["Commands"]()
        for word, fault in (("hang", "hang"), ("dead", "database_dead"), ("silent", "database_silent")):
            commands.lineReceived(word.encode() + b" 2")
            self.assertTrue(getattr(nodes[2].faults, fault))
        for word, fault in (("go", "hang"), ("well", "database_dead"), ("well", "database_silent")):
            commands.lineReceived(word.encode() + b" 2")
            self.assertFalse(getattr(nodes[2].faults, fault))
        commands.lineReceived(b"kill 1")

    def test_the_goquorums_on_real_ports(self) -> None:
        """Likewise."""
        (example,) = [b for b in blocks("python") if b.page == PAGE and "listen_tcp" in b.text]
        names = run(example)
        node, commands = names["nodes"][2], names["Commands"]()
        commands.lineReceived(b"hang 2")
        self.assertTrue(node.frozen)
        commands.lineReceived(b"go 2")
        self.assertFalse(node.frozen)
        commands.lineReceived(b"kill 2")
        self.assertFalse(node.alive)
        commands.lineReceived(b"back 2")
        self.assertTrue(node.alive)

    def test_what_a_recorder_has_is_there(self) -> None:
        text = (ROOT / PAGE).read_text(encoding="utf-8")
        said = text.partition("A `Recorder` keeps")[2].partition("\n\n")[0]
        names = set(re.findall(r"`(\w+)(?:\(\w*\))?`", said)) - {"None"}
        self.assertGreater(len(names), 10)
        self.assertEqual([name for name in sorted(names) if not hasattr(Recorder(), name)], [])

    def test_what_it_names_is_there(self) -> None:
        text = (ROOT / PAGE).read_text(encoding="utf-8")
        network = text.partition("## The network")[2].partition("## Scripted")[0]
        net = MemoryTopology()
        calls = set(re.findall(r"`(\w+)\(", network)) - {"MemoryTopology", "seeded", "drawn"}
        self.assertGreater(len(calls), 10)
        self.assertEqual([name for name in sorted(calls) if not hasattr(net, name)], [])
        plays = text.partition("## Scripted")[2].partition("## Simulated")[0]
        rows = re.findall(r"^\| `(\w+)\(", plays, re.MULTILINE)
        self.assertGreater(len(rows), 6)
        self.assertEqual([name for name in rows if not hasattr(quorumha.testing.http.plays, name)], [])

    def test_what_it_says_of_simulated_nodes_is_there(self) -> None:
        text = (ROOT / PAGE).read_text(encoding="utf-8").partition("## Simulated nodes")[2]
        net = MemoryTopology()
        node = SimulatedTessera(net.clock, TesseraStore())
        geth = SimulatedGeth(net.clock, net.client_endpoint("a:1"))
        for owner, things in (("faults", node.faults), ("state", node.state), ("store", node.state.store)):
            named = set(re.findall(rf"`{owner}\.(\w+)", text))
            self.assertGreater(len(named), 1, owner)
            self.assertEqual([name for name in sorted(named) if not hasattr(things, name)], [])
        rows = text.partition("| call |")[2].partition("Each returns")[0]
        calls = {
            name
            for row in re.findall(r"^\| (`.*?) \|", rows, re.MULTILINE)
            for name in re.findall(r"`(\w+)", row)
        }
        self.assertGreater(len(calls), 8)
        self.assertEqual([name for name in sorted(calls) if not hasattr(geth, name)], [])
