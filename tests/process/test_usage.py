"""Tests for L{quorumha.process.usage}."""

from __future__ import annotations

import os
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.process.usage import started_at, usage

STAT = "42 (a name (of ours) ) S" + " 0" * 18 + " 250 0 0\n"


class UsageTests(SynchronousTestCase):
    """With a folder that looks as the kernel's, and with the kernel's own."""

    def setUp(self) -> None:
        self.root = Path(self.mktemp())
        (self.root / "self" / "fd").mkdir(parents=True)
        (self.root / "self" / "statm").write_text("100 10 1 1 0 1 0\n")
        (self.root / "self" / "stat").write_text(STAT)
        (self.root / "stat").write_text("cpu 1 2 3\nbtime 1000\nprocesses 7\n")

    def test_memory(self) -> None:
        """The kernel counts pages."""
        page = os.sysconf("SC_PAGE_SIZE")
        used = usage(self.root)
        self.assertEqual((used.virtual, used.resident), (100 * page, 10 * page))

    def test_started(self) -> None:
        """So many ticks after the machine did; a name with parentheses confuses nobody."""
        self.assertEqual(started_at(self.root), 1000 + 250 / os.sysconf("SC_CLK_TCK"))

    def test_nobody_says(self) -> None:
        """What is not there is 0."""
        nowhere = Path(self.mktemp())
        used = usage(nowhere)
        self.assertEqual((used.virtual, used.resident, used.descriptors), (0, 0, 0))
        self.assertEqual(started_at(nowhere), 0.0)
        (self.root / "self" / "statm").write_text("nothing of use")
        self.assertEqual(usage(self.root).resident, 0)

    def test_of_this_process(self) -> None:
        """A descriptor more is seen, and what was computed."""
        before = usage()
        self.assertGreater(before.resident, 1_000_000)
        self.assertGreater(before.cpu, 0.0)
        self.assertGreater(started_at(), 1_000_000_000)
        descriptor = os.open(os.devnull, os.O_RDONLY)
        self.addCleanup(os.close, descriptor)
        self.assertEqual(usage().descriptors, before.descriptors + 1)
