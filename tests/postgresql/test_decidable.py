"""Tests for L{quorumha.postgresql.decidable}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.one_writer import Undecidable
from quorumha.postgresql.decidable import decidable
from quorumha.postgresql.role_word import RoleWord


class DecidableTests(SynchronousTestCase):
    """What a person may decide."""

    def refused(self, system: str = "7", **words: RoleWord) -> str:
        """Why not for C{a}."""
        return str(self.assertRaises(Undecidable, decidable, "a", words, system))

    def test_primary(self) -> None:
        """Whatever its timeline is, where no other one has a higher."""
        word = RoleWord(True, 2, "7")
        words = {"a": word, "b": RoleWord(True, 2, "7"), "c": RoleWord(True, 9, "8")}
        self.assertIs(decidable("a", words, "7"), word)
        self.assertIs(decidable("a", words, ""), word)

    def test_refused(self) -> None:
        """Each with its reason."""
        self.assertIn("does not say what it is", self.refused(b=RoleWord(True, 2, "7")))
        self.assertIn("is a standby", self.refused(a=RoleWord(False, 2, "7")))
        self.assertIn("is read-only", self.refused(a=RoleWord(True, 2, "7", read_only=True)))
        self.assertIn("is 8, not 7", self.refused(a=RoleWord(True, 2, "8")))
        self.assertIn("its timeline", self.refused(a=RoleWord(True, 0, "7")))
        higher = self.refused(a=RoleWord(True, 2, "7"), b=RoleWord(False, 3, "7"))
        self.assertIn("on timeline 2, and another member that responds on 3", higher)
