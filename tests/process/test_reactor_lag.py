"""Tests for L{quorumha.process.reactor_lag}."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.process.reactor_lag import EVERY, LagService


class LagTests(SynchronousTestCase):
    """With a clock that jumps."""

    def lags(self, *advances: float) -> list[float]:
        """What it says while time passes like that."""
        clock, lags = Clock(), list[float]()
        service = LagService(clock, lags.append)
        service.startService()
        for advance in advances:
            clock.advance(advance)
        service.stopService()
        self.assertEqual(clock.getDelayedCalls(), [])
        return [round(lag, 3) for lag in lags]

    def test_in_time(self) -> None:
        """There is none."""
        self.assertEqual(self.lags(EVERY, EVERY, EVERY / 2), [0.0, 0.0])

    def test_late(self) -> None:
        """By so much, and the next tick is due from there."""
        self.assertEqual(self.lags(EVERY + 0.25, EVERY, EVERY + 0.01), [0.25, 0.0, 0.01])
