"""Tests for L{quorumha.admin.families}; as text: L{tests.admin.test_exposition}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.families import Family, buckets
from quorumha.numbers import BOUNDS, Histogram


class FamilyTests(SynchronousTestCase):
    """What prometheus_client is given."""

    def test_histogram(self) -> None:
        """What was read stays as it was, and each bucket holds those that are below it."""
        histogram = Histogram()
        histogram.observe(0.0005)
        histogram.observe(0.3)
        held = buckets(histogram)
        histogram.observe(20.0)
        family = Family("t_seconds", "histogram", "How long.", ("who",))
        samples = family.metric([(("me",), held)]).samples
        self.assertEqual(len(samples), family.samples)
        found = {sample.labels.get("le", sample.name): sample.value for sample in samples}
        self.assertEqual(found["0.001"], 1)
        self.assertEqual(found["0.25"], 1)
        self.assertEqual(found["0.5"], 2)
        self.assertEqual(found["+Inf"], 2)
        self.assertEqual(found["t_seconds_count"], 2)
        self.assertAlmostEqual(found["t_seconds_sum"], 0.3005)
        self.assertEqual(len(held.counts), len(BOUNDS) + 1)

    def test_others(self) -> None:
        """One sample a row, by the name that Prometheus knows."""
        for kind, name in (("counter", "t_total"), ("gauge", "t"), ("info", "t_info")):
            family = Family(name, kind, "What.", ("a", "b"))
            (sample,) = family.metric([(("1", "2"), 1)]).samples
            self.assertEqual((sample.name, sample.labels, sample.value), (name, {"a": "1", "b": "2"}, 1))
            self.assertEqual(family.samples, 1)
