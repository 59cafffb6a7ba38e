"""What Tessera's responses to checks say."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.verdicts import GOOD
from quorumha.tessera.decide.health_check import DEEP_PATH, tessera
from quorumha.tessera.knowledge.keys import transaction_key


class HealthCheckTests(SynchronousTestCase):
    """Pure."""

    def test_deep_check(self) -> None:
        """404 is good: it could look; 500 is a dead database, whatever C{/upcheck} says."""
        self.assertEqual(tessera(404, b""), GOOD)
        self.assertEqual(tessera(200, b""), GOOD)
        dead = tessera(500, b"")
        self.assertTrue(dead.of_node)
        self.assertEqual(dead.fault, "its database does not answer")
        other = tessera(401, b"")
        self.assertFalse(other.of_node)
        self.assertIsNotNone(other.fault)

    def test_deep_path(self) -> None:
        """A well-formed key of 64 zero bytes."""
        self.assertEqual(transaction_key(DEEP_PATH), b"A" * 86 + b"==")
