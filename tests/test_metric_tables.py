"""The reference of metrics, against the families."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.metrics import FAMILIES
from tests.documents import ROOT
from tests.metric_tables import filled, table

PAGE = ROOT / "docs" / "reference" / "metrics.md"


class ReferenceTests(SynchronousTestCase):
    """docs/reference/metrics.md."""

    def test_written(self) -> None:
        """As the families are; if not: python -m tests.metric_tables docs/reference/metrics.md"""
        page = PAGE.read_text(encoding="utf-8")
        self.assertEqual(filled(page), page)

    def test_all(self) -> None:
        """Each family stands there once, with its labels and its meaning."""
        page = PAGE.read_text(encoding="utf-8")
        for family in FAMILIES:
            self.assertEqual(page.count(table([family]).splitlines()[2]), 1, family.name)
