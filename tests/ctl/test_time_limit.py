"""Tests for L{quorumha.ctl.time_limit}."""

from __future__ import annotations

import signal

from twisted.trial.unittest import SynchronousTestCase

from quorumha.ctl.admin_client import CannotAsk
from quorumha.ctl.time_limit import at_most


class LimitTests(SynchronousTestCase):
    """L{at_most}."""

    def test_in_time(self) -> None:
        """Nothing is left of it."""
        before = signal.getsignal(signal.SIGALRM)
        with at_most(1000.0):
            self.assertGreater(signal.getitimer(signal.ITIMER_REAL)[0], 0.0)
        self.assertEqual(signal.getitimer(signal.ITIMER_REAL), (0.0, 0.0))
        self.assertEqual(signal.getsignal(signal.SIGALRM), before)

    def test_late(self) -> None:
        """What is done is left at once."""
        before = signal.getsignal(signal.SIGALRM)
        with self.assertRaises(CannotAsk) as caught, at_most(1000.0):
            signal.raise_signal(signal.SIGALRM)
        self.assertEqual(str(caught.exception), "no whole response in 1000 s")
        self.assertEqual(signal.getitimer(signal.ITIMER_REAL), (0.0, 0.0))
        self.assertEqual(signal.getsignal(signal.SIGALRM), before)
