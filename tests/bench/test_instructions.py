"""Tests for L{bench.instructions}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from bench.instructions import instructions


class InstructionsTests(SynchronousTestCase):
    """What is read of a report."""

    def test_the_sum(self) -> None:
        """The last line has it, whatever functions are called."""
        report = "events: Ir\nfl=a.c\nfn=summary: 7\n12 300\n13 5\nsummary: 305\n"
        self.assertEqual(instructions(report), 305)
