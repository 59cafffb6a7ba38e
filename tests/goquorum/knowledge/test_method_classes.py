"""Tests for L{quorumha.goquorum.knowledge.method_classes}."""

from __future__ import annotations

from typing import get_args

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.config import TreatAs
from quorumha.goquorum.knowledge.method_classes import METHOD_CLASSES


class ClassesTests(SynchronousTestCase):
    """What is said of each class."""

    def test_each(self) -> None:
        """Those that C{treat_as} takes, in its order, and each is described."""
        self.assertEqual(tuple(METHOD_CLASSES), get_args(TreatAs))
        for name, one in METHOD_CLASSES.items():
            self.assertEqual(one.treat_as, name)
            self.assertTrue(one.goes_to)
            self.assertTrue(one.unanswered)

    def test_what_is_never_sent_again(self) -> None:
        """As the issue has it."""
        never = {name for name, one in METHOD_CLASSES.items() if "never sent again" in one.unanswered}
        self.assertEqual(never, {"account", "signed-private", "once", "never"})
