"""Tests for L{tests.goquorum.method_tables}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.knowledge.method_classes import METHOD_CLASSES
from quorumha.goquorum.knowledge.method_table import entries
from tests.goquorum.method_tables import filled
from tests.sources import ROOT


class ReferenceTests(SynchronousTestCase):
    """The reference and the table of methods."""

    def setUp(self) -> None:
        self.page = (ROOT / "docs/reference/goquorum-calls.md").read_text("utf-8")

    def test_written(self) -> None:
        """The tables of the page are those that are written from the code."""
        self.assertEqual(self.page, filled(self.page))

    def test_every_method(self) -> None:
        """Each stands there, with each class."""
        for one in entries():
            self.assertIn(f"`{one.name}`", self.page)
        for name in METHOD_CLASSES:
            self.assertIn(f"| `{name}` |", self.page)
