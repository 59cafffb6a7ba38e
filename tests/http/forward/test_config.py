"""Tests for L{quorumha.http.forward.config}; its keys: L{tests.config.test_load}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.config import condition


class ConditionTests(SynchronousTestCase):
    """C{next_upstream}."""

    def test_conditions(self) -> None:
        """The words and the statuses."""
        for word in ("error", "timeout", "404", "100", "599"):
            self.assertEqual(condition(word), word)
        for wrong in (
            "099",
            "600",
            "4040",
            "40",
            "",
            "Error",
            "http_404",
            404,
            True,
            None,
            "\u0664\u0660\u0664",
        ):
            with self.assertRaises(ValueError):
                condition(wrong)
