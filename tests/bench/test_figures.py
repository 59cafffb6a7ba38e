"""Percentiles, medians and how they are shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from bench.figures import Figure, figure, percentile


class PercentileTests(SynchronousTestCase):
    """L{percentile}, by nearest rank."""

    def test_of_a_hundred(self) -> None:
        """Of 1 to 100, the percentile of n is n."""
        ordered = [float(n) for n in range(1, 101)]
        self.assertEqual([percentile(ordered, p) for p in (0.5, 0.99, 1.0)], [50.0, 99.0, 100.0])

    def test_of_few(self) -> None:
        """With few values the high percentiles are the largest, and the half of two is the smaller."""
        self.assertEqual(percentile([3.0], 0.5), 3.0)
        self.assertEqual(percentile([3.0, 4.0], 0.5), 3.0)
        self.assertEqual(percentile([3.0, 4.0], 0.99), 4.0)

    @given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 1.0))
    def test_at_least_so_many_are_not_above(self, values: list[float], part: float) -> None:
        """It is one of the values, and C{part} of them are not above it."""
        found = percentile(sorted(values), part)
        self.assertIn(found, values)
        self.assertGreaterEqual(sum(v <= found for v in values) / len(values), part - 1e-9)


class FigureTests(SynchronousTestCase):
    """L{Figure}: the middle and the spread."""

    def test_of_runs(self) -> None:
        """The order of the runs does not count, and one run far off does not move the middle."""
        self.assertEqual(figure([9.0, 1.0, 2.0]), Figure(2.0, 1.0, 9.0))

    def test_shown_with_its_spread(self) -> None:
        """About three digits each."""
        self.assertEqual(str(Figure(2.345, 1.0, 1234.6)), "2.35 (1.00 to 1235)")
        self.assertEqual(str(Figure(23.45, 0.0, 99.96)), "23.4 (0 to 100.0)")

    def test_shown_without_spread(self) -> None:
        """One run, or runs that agree, have none."""
        self.assertEqual(str(figure([7.0])), "7.00")

    def test_below_nothing(self) -> None:
        """A difference may be negative."""
        self.assertEqual(str(figure([-120.4])), "-120")
