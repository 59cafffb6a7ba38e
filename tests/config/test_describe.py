"""Tests for L{quorumha.config.describe}."""

from __future__ import annotations

from pathlib import Path

from attrs import fields
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config import model
from quorumha.config.describe import reference

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "configuration.md"

MODELS = (
    model.UpstreamConfig,
    model.ClientTLS,
    model.ServerTLS,
    model.PoolConfig,
    model.ForwardConfig,
    model.RouteConfig,
    model.ListenerConfig,
    model.Config,
)


class ReferenceTests(SynchronousTestCase):
    """The reference and the model."""

    def test_written(self) -> None:
        """The file is what is written from the model."""
        self.assertEqual(REFERENCE.read_text(encoding="utf-8"), reference())

    def test_described(self) -> None:
        """Every field of the model has a sentence."""
        for cls in MODELS:
            for attribute in fields(cls):
                told = attribute.metadata.get("description", "")
                self.assertTrue(told.endswith(".") and told[0].isupper(), (cls, attribute.name))
                self.assertNotIn("|", told)

    def test_every_key(self) -> None:
        """Every key that a file may have is in the reference."""
        text = reference()
        for cls in MODELS:
            for attribute in fields(cls):
                if not attribute.metadata.get("derived"):
                    self.assertIn(f"| `{attribute.name}` |", text)
