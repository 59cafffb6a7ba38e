"""Tests for L{bench.instructions}."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from bench.instructions import instructions, pair
from bench.processes import ROOT


class InstructionsTests(SynchronousTestCase):
    """What is read of a report."""

    def test_the_sum(self) -> None:
        """The last line has it, whatever functions are called."""
        report = "events: Ir\nfl=a.c\nfn=summary: 7\n12 300\n13 5\nsummary: 305\n"
        self.assertEqual(instructions(report), 305)


class PairTests(SynchronousTestCase):
    """What stands beside each other."""

    def test_two_checkouts(self) -> None:
        """Both serve the same."""
        other = Path("/").resolve()
        self.assertEqual(pair(["/"]), [("before", other, "http"), ("after", ROOT, "http")])
        serve = "goquorum-rpc"
        self.assertEqual(pair(["/", "--serve", serve]), [("before", other, serve), ("after", ROOT, serve)])

    def test_two_kinds(self) -> None:
        """Without another checkout it is plain HTTP that stands beside it."""
        found = pair(["--serve", "goquorum-rpc"])
        self.assertEqual(found, [("http", ROOT, "http"), ("goquorum-rpc", ROOT, "goquorum-rpc")])

    def test_nothing_beside(self) -> None:
        """HTTP of one checkout stands beside nothing."""
        self.assertRaises(SystemExit, pair, [])
