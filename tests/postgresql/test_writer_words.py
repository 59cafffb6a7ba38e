"""Tests for L{quorumha.postgresql.writer_words}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.writer_decision import Cause, Decision, Nobody, Writer
from quorumha.postgresql.writer_words import CAUSES, NEXT, following, why_changed, why_waiting


class WordsTests(SynchronousTestCase):
    """Each decision has its sentence."""

    def changed(self, before: Decision, now: Decision, *, chosen: bool = False) -> str:
        """Why."""
        return why_changed(before, now, str.upper, 3.0, chosen=chosen)

    def test_every_cause(self) -> None:
        """Has words, and what follows."""
        self.assertEqual((set(CAUSES), set(NEXT)), (set(Cause), set(Cause)))
        for cause in Cause:
            decision = Nobody(cause, ("a", "b"), 4)
            text = why_waiting(decision, str.upper, 3.0, opened=False)
            self.assertTrue(text.endswith(" (A, B)"), text)
            self.assertNotIn("{", text)
            self.assertEqual(self.changed(Writer("a", 4), decision), text)
            self.assertTrue(following(decision))

    def test_writer(self) -> None:
        """Why a session waits though there is one."""
        for decision, opened, text in (
            (Writer("a", 1, paused=True), True, "A, which is written to, has said nothing for 3 s"),
            (Writer("a", 1), False, "it is being kept on disk first that A is written to"),
            (Writer("a", 1), True, "A, which is written to, is disabled, or no member of this pool"),
        ):
            self.assertEqual(why_waiting(decision, str.upper, 3.0, opened=opened), text)

    def test_changes(self) -> None:
        """Why another one is written to."""
        nobody = Nobody(Cause.STANDBY, (), 1)
        for before, now, text in (
            (Nobody(Cause.STARTING), Writer("a", 2), "A says that it is the primary, on timeline 2"),
            (nobody, Writer("a", 1), "A says that it is the primary, on timeline 1"),
            (nobody, Writer("a", 2), "A was promoted: its timeline 2 is higher than 1"),
            (Writer("b", 1), Writer("a", 2), "A was promoted: its timeline 2 is higher than 1"),
            (Writer("a", 1, paused=True), Writer("a", 1), "A says again that it is the primary"),
        ):
            self.assertEqual(self.changed(before, now), text)
        self.assertEqual(self.changed(nobody, Writer("a", 1), chosen=True), "a person decided for A")
