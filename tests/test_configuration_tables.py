"""Tests for L{tests.configuration_tables}."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import KINDS
from quorumha.config.tables import file_fields
from tests.configuration_tables import filled, models

REFERENCE = Path(__file__).parents[1] / "docs" / "reference" / "configuration.md"


class ReferenceTests(SynchronousTestCase):
    """The reference and the models of keys."""

    def setUp(self) -> None:
        self.page = REFERENCE.read_text(encoding="utf-8")

    def test_written(self) -> None:
        """The tables of the page are those that are written from the models."""
        self.assertEqual(self.page, filled(self.page, KINDS))

    def test_described(self) -> None:
        """Every key has a sentence."""
        for name, model in models(KINDS).items():
            for key, attribute in file_fields(model).items():
                told = attribute.metadata.get("description", "")
                self.assertTrue(told.endswith(".") and told[0].isupper(), (name, key))
                self.assertNotIn("|", told)

    def test_every_model(self) -> None:
        """Each has its table, once."""
        for name in models(KINDS):
            self.assertEqual(self.page.count(f"<!-- keys: {name} -->\n|"), 1, name)

    def test_unknown(self) -> None:
        """A page cannot ask for keys that nobody has."""
        self.assertRaises(KeyError, filled, "<!-- keys: NoConfig -->\n<!-- end of keys -->", KINDS)
