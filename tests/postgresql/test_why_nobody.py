"""Tests for L{quorumha.postgresql.why_nobody}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.role_word import RoleWord
from quorumha.postgresql.why_nobody import why_nobody
from quorumha.postgresql.writer_decision import Cause, Nobody, SavedWriter

SAVED = SavedWriter(3, "7")
OLD, STANDBY = RoleWord(True, 2, "7"), RoleWord(False, 2, "7")


class WhyNobodyTests(SynchronousTestCase):
    """One cause of several."""

    def why(self, *proxies: str, **words: RoleWord) -> Nobody:
        """Where all of these count."""
        return why_nobody(words, words.keys(), SAVED, proxies)

    def test_causes(self) -> None:
        """What is nearest to a writer is said."""
        for word, cause in (
            (STANDBY, Cause.STANDBY),
            (RoleWord(True, 3, "8"), Cause.OTHER_SYSTEM),
            (RoleWord(True, 3, "7", read_only=True), Cause.READ_ONLY),
            (RoleWord(True, 3, "7"), Cause.ELSEWHERE),
            (OLD, Cause.OLD),
        ):
            self.assertEqual(self.why(b=word), Nobody(cause, ("b",), 3))
        self.assertEqual(self.why(a=STANDBY, c=OLD, b=OLD), Nobody(Cause.OLD, ("b", "c"), 3))
        self.assertEqual(why_nobody({"a": OLD}, (), SAVED, ()), Nobody(Cause.SILENT, (), 3))

    def test_another_proxy_alone_has_seen_it(self) -> None:
        """No member did, as far as is known here."""
        for words in ({"a": OLD}, {"a": STANDBY}):
            self.assertEqual(self.why("p", **words), Nobody(Cause.PROXY, ("p",), 3))
        self.assertEqual(self.why("p", a=OLD, b=RoleWord(False, 3, "7")), Nobody(Cause.OLD, ("a",), 3))
        self.assertEqual(why_nobody({"a": OLD}, (), SAVED, ("p",)), Nobody(Cause.SILENT, (), 3))
