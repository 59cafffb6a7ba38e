"""Tests for L{quorumha.process.stalls}; real ones in tests/integration/test_stalls.py."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from quorumha.process.stalls import EVERY, LATE, StallService


class StallTests(SynchronousTestCase):
    """With a clock that jumps."""

    def seconds(self, *advances: float) -> list[float]:
        """What is told while time passes like that."""
        clock = Clock()
        service = StallService(clock)
        service.startService()
        with capturedLogs() as logs:
            for advance in advances:
                clock.advance(advance)
        service.stopService()
        self.assertEqual(clock.getDelayedCalls(), [])
        self.assertEqual({event["event"] for event in logs}, {"stalled"} if logs else set())
        return [round(event["seconds"], 3) for event in logs]

    def test_in_time(self) -> None:
        """Nothing is told of ticks that come in time, or a little late."""
        self.assertEqual(self.seconds(*[EVERY] * 5, EVERY + LATE, EVERY, 0.1), [])

    def test_late(self) -> None:
        """Each stall, with its length, once."""
        self.assertEqual(self.seconds(EVERY, EVERY + 2, EVERY, EVERY, EVERY + 0.6, EVERY), [2.0, 0.6])
