"""What answers to checks say."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.verdicts import GOOD, expecting


class VerdictTests(SynchronousTestCase):
    """Pure."""

    def test_expecting(self) -> None:
        """A status, and perhaps a text."""
        judge = expecting(frozenset({200, 204}), b"up")
        self.assertEqual(judge(200, b"I'm up!"), GOOD)
        self.assertEqual(judge(503, b"I'm up!").fault, "its check is answered with 503")
        self.assertEqual(
            judge(200, b"Database unavailable").fault, "the answer to its check lacks the expected text"
        )
        self.assertEqual(expecting(frozenset({204}))(204, b""), GOOD)
