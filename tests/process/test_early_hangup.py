"""A SIGHUP while the process starts."""

from __future__ import annotations

import signal

from twisted.trial.unittest import SynchronousTestCase

from quorumha.process.early_hangup import EarlyHangup
from tests.process.signalled import FakeProcess


class EarlyTests(SynchronousTestCase):
    """What is noted, and what is left alone."""

    def test_noted(self) -> None:
        process = FakeProcess()
        early = EarlyHangup(process)
        self.assertFalse(early.holds)
        early.hold()
        self.assertEqual((early.holds, early.came), (True, False))
        self.assertEqual(process.let, [signal.SIGHUP], "one may have been held back until now")
        process.get(signal.SIGHUP)
        self.assertTrue(early.came)

    def test_what_others_set(self) -> None:
        """As under nohup."""
        process = FakeProcess()
        process.treat(signal.SIGHUP, signal.SIG_IGN)
        early = EarlyHangup(process).hold()
        self.assertFalse(early.holds)
        self.assertEqual(process.action(signal.SIGHUP), signal.SIG_IGN)
