"""Histograms."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.numbers import BOUNDS, Histogram, ProcessNumbers


class HistogramTests(SynchronousTestCase):
    """L{Histogram}."""

    def test_bounds_are_inclusive(self) -> None:
        """What took exactly so long is counted there, and what took longer than all comes last."""
        histogram = Histogram()
        for seconds in (0.0, 0.001, 0.0011, 10.0, 11.0):
            histogram.observe(seconds)
        expected = [0] * (len(BOUNDS) + 1)
        expected[0], expected[1], expected[-2], expected[-1] = 2, 1, 1, 1
        self.assertEqual(histogram.counts, expected)
        self.assertAlmostEqual(histogram.total, 21.0021)


class LagTests(SynchronousTestCase):
    """L{ProcessNumbers.take_lag}."""

    def test_the_worst_since(self) -> None:
        """Whoever looks sees the worst once."""
        numbers = ProcessNumbers()
        for seconds in (0.1, 0.3, 0.2):
            numbers.lagged(seconds)
        self.assertEqual(numbers.take_lag(), 0.3)
        self.assertEqual(numbers.take_lag(), 0.0)
