"""Rows: to JSON and back, and as tables."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from bench.rows import row, row_from, row_line, tables


class RowTests(SynchronousTestCase):
    """L{row} and what becomes of it."""

    def test_to_json_and_back(self) -> None:
        """Nothing is lost; the commit stands beside it."""
        one = row("study", "table", "first", {"cost": [2.0, 1.0, 3.0], "remark": "none"})
        read = json.loads(row_line(one, "Do it"))
        self.assertEqual(read["commit"], "Do it")
        self.assertEqual(row_from(read), one)

    def test_tables(self) -> None:
        """One for each name, with the columns of all its rows; what a row has not is a dash."""
        rows = [
            row("study", "points", "1", {"cost": [2.0]}),
            row("study", "others", "x", {"time": "long"}),
            row("study", "points", "2", {"cost": [], "ratio": [1.5]}),
        ]
        self.assertEqual(
            tables(rows),
            "| points | cost | ratio |\n|---|---|---|\n| 1 | 2.00 | - |\n| 2 | - | 1.50 |\n"
            "\n| others | time |\n|---|---|\n| x | long |\n",
        )
