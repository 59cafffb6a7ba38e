"""Tests for L{quorumha.net.clock}; the reactors themselves in tests/integration/test_wall_clock.py."""

from __future__ import annotations

import time

from twisted.internet.selectreactor import SelectReactor
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.clock import monotonic


class MonotonicTests(SynchronousTestCase):
    """A reactor that nobody else has."""

    def setUp(self) -> None:
        self.reactor = SelectReactor()
        self.addCleanup(self.reactor.removeAll)

    def test_seconds(self) -> None:
        """It measures with the monotonic clock, and so does what it calls later."""
        self.assertIs(monotonic(self.reactor), self.reactor)
        self.assertIs(self.reactor.seconds, time.monotonic)
        before = time.monotonic()
        call = self.reactor.callLater(5, lambda: None)
        self.assertTrue(before + 5 <= call.getTime() <= time.monotonic() + 5)
        call.cancel()

    def test_again(self) -> None:
        """A second call changes nothing, also when something is scheduled by then."""
        monotonic(self.reactor)
        call = self.reactor.callLater(5, lambda: None)
        monotonic(self.reactor)
        self.assertIs(self.reactor.seconds, time.monotonic)
        call.cancel()

    def test_too_late(self) -> None:
        """What is scheduled by the wall clock would never be due: that is told."""
        call = self.reactor.callLater(5, lambda: None)
        with self.assertRaisesRegex(RuntimeError, "1 delayed calls.*before anything is scheduled"):
            monotonic(self.reactor)
        self.assertIsNot(self.reactor.seconds, time.monotonic)
        call.cancel()

    def test_own_clock(self) -> None:
        """A clock that stands still until it is told keeps its time."""
        clock = Clock()
        clock.advance(3)
        monotonic(clock)
        self.assertEqual(clock.seconds(), 3)
