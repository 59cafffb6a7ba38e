"""Tests for L{bench.reload}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from bench.reload import HEADS, Row, table
from bench.reload_load import Found


class TableTests(SynchronousTestCase):
    """What is printed."""

    def test_sums(self) -> None:
        """All rounds of a proxy are one row."""
        rows = [
            Row("a", Found(1000, 1, 1, 2, 3, 4), 16, 4),
            Row("b", Found(1000), 0, 20),
            Row("a", Found(2200, 1, 0, 0, 5, 6), 15, 5),
        ]
        head, _, first, second = table(rows).splitlines()
        self.assertEqual(head.count("|"), len(HEADS) + 1)
        self.assertEqual(first, "| a | 3,200 | 2 | 1 | 2 | 8 | 10 | 31 | 9 |")
        self.assertEqual(second, "| b | 1,000 | 0 | 0 | 0 | 0 | 0 | 0 | 20 |")
