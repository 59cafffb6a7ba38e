"""The example of the reference page runs, and the page names what there is."""

from __future__ import annotations

import re

from twisted.trial.unittest import SynchronousTestCase

import quorumha.testing.plays
from quorumha.testing import MemoryTopology
from tests.documents import ROOT, blocks

PAGE = "docs/reference/testing.md"


class PageTests(SynchronousTestCase):
    def test_the_example_runs(self) -> None:
        (example,) = (block for block in blocks("python") if block.page == PAGE)
        names: dict[str, object] = {}
        exec(compile(example.text, example.place, "exec"), names)
        self.assertIsInstance(names["net"], MemoryTopology)

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
        self.assertEqual([name for name in rows if not hasattr(quorumha.testing.plays, name)], [])
