"""What the comparison of two checkouts prints."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from bench.before_after import table


class TableTests(SynchronousTestCase):
    """L{table}."""

    def test_ratio_round_by_round(self) -> None:
        """The median of the rounds' ratios, not the ratio of the medians."""
        said = table({"before": [10.0, 20.0, 40.0], "after": [11.0, 22.0, 42.0]}).splitlines()
        self.assertEqual(said[0], "before: 20.0 (10.0 to 40.0) us of CPU for each request")
        self.assertEqual(said[2], "ratio: 1.100 (1.050 to 1.100)")

    def test_lower_quartiles(self) -> None:
        """A fourth of the rounds took no longer; whatever happened in the others."""
        said = table({"before": [90.0, 10.0, 80.0, 70.0], "after": [11.0, 99.0, 95.0, 97.0]}).splitlines()
        self.assertEqual(said[3], "lower quartiles: 10.0 and 11.0, ratio 1.100")
