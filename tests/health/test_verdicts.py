"""What answers to checks say."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.verdicts import DEEP_PATH, WELL, expecting, tessera
from quorumha.tessera.knowledge.keys import transaction_key


class VerdictTests(SynchronousTestCase):
    """Pure."""

    def test_expecting(self) -> None:
        """A status, and perhaps a text."""
        judge = expecting(frozenset({200, 204}), b"up")
        self.assertEqual(judge(200, b"I'm up!"), WELL)
        self.assertEqual(judge(503, b"I'm up!").fault, "its check is answered with 503")
        self.assertEqual(
            judge(200, b"Database unavailable").fault, "the answer to its check lacks the expected text"
        )
        self.assertEqual(expecting(frozenset({204}))(204, b""), WELL)

    def test_deep_check(self) -> None:
        """404 is good: it could look; 500 is a dead database, whatever C{/upcheck} says."""
        self.assertEqual(tessera(404, b""), WELL)
        self.assertEqual(tessera(200, b""), WELL)
        dead = tessera(500, b"")
        self.assertTrue(dead.database_dead)
        self.assertEqual(dead.fault, "its database does not answer")
        other = tessera(401, b"")
        self.assertFalse(other.database_dead)
        self.assertIsNotNone(other.fault)

    def test_deep_path(self) -> None:
        """A well-formed key of 64 zero bytes."""
        self.assertEqual(transaction_key(DEEP_PATH), b"A" * 86 + b"==")
