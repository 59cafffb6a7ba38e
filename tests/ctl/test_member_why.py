"""Tests for L{quorumha.ctl.member_why}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.ctl.member_why import member_why
from tests.ctl.status_document import NOW, member


def why(*words: str, **more: Any) -> str:
    return member_why(member("a", *words, **more), NOW)


class WhyTests(SynchronousTestCase):
    """What is said of one member."""

    def test_up(self) -> None:
        """Nothing, but an operator's word."""
        self.assertEqual(why(check={"said": "late"}), "")
        self.assertEqual(why(enabled_by="admin", enabled_since=NOW - 70), "enabled by admin 1 min 10 s ago")

    def test_disabled(self) -> None:
        """By whom; why it is, is said once."""
        self.assertEqual(why("disabled", enabled=False), "disabled by the file; checked again every 1 s")

    def test_down(self) -> None:
        """Why it went down, and what is wrong by now where that is something else."""
        self.assertEqual(why("down"), "connection refused; checked again every 1 s")
        same = {"said": "connection refused"}
        self.assertEqual(why("down", check=same), "connection refused; checked again every 1 s")
        self.assertEqual(why("down", check={"said": ""}), "connection refused; checked again every 1 s")
        self.assertEqual(
            why("down", check={"said": "no login: \x1b[2J"}),
            "connection refused; now no login: \\x1b[2J; checked again every 1 s",
        )
