"""Tests for L{bench.scrape}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from bench.scrape import Scrape, report, run


class ScrapeTests(SynchronousTestCase):
    """A small one."""

    def test_lines_and_turns(self) -> None:
        """Each scrape has the same lines; more members have more of them."""
        small, large = run(1, 1, 3), run(2, 3, 3)
        self.assertEqual(len({one.lines for one in small}), 1)
        self.assertGreater(large[0].lines, small[0].lines + 100)
        for one in (*small, *large):
            self.assertGreater(len(one.turns), 20)
            self.assertGreaterEqual(min(one.turns), 0.0)

    def test_report(self) -> None:
        """The longest turn of each scrape counts."""
        scrapes = [Scrape((0.001, 0.002), 9), Scrape((0.004, 0.001), 9), Scrape((0.002, 0.001), 9)]
        text = report(scrapes, lambda seconds, total: seconds + total)
        self.assertIn("9 lines in 2 turns; 3 scrapes", text)
        self.assertIn("2.00 ms of CPU as a rule, 4.00 ms at the worst", text)
        self.assertIn("(a loop of 2.00 ms, beside: 13.00 ms)", text)
        self.assertIn("all turns of a scrape 3.0 ms", text)
