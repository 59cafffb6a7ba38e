"""Results read from JSON lines."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from bench.results import read_results
from bench.rows import row, row_line
from bench.table import Summary, summary_line


def _summary(ratio: float) -> Summary:
    return Summary("http-bulk", "quorumha", "MB", cpu=5.0, ratio=ratio)


class ReadResultsTests(SynchronousTestCase):
    """L{read_results}."""

    def test_the_last_line_counts(self) -> None:
        """Measuring again puts the old line out, and its commit with it."""
        results = read_results([summary_line(_summary(3.0), "Old"), summary_line(_summary(2.0), "New")])
        self.assertEqual(list(results.summaries.values()), [_summary(2.0)])
        self.assertEqual(results.commits, ["New"])

    def test_blocks(self) -> None:
        """One for each work and study, the overview, and the commits in their order."""
        line = row_line(row("growth", "routes", "5", {"cost": [1.0]}), "First")
        blocks = read_results([line, summary_line(_summary(2.0), "Second")]).blocks()
        self.assertEqual(set(blocks), {"http-bulk", "growth", "overview", "commit"})
        self.assertEqual(blocks["growth"], "| routes | cost |\n|---|---|\n| 5 | 1.00 |\n")
        self.assertEqual(blocks["commit"], "Measured at the commit “First” and “Second”.\n")

    def test_nothing_measured(self) -> None:
        """No lines, no blocks."""
        self.assertEqual(read_results([]).blocks(), {})
