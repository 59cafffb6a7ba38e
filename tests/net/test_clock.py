"""Tests for L{quorumha.net.clock}; the reactors themselves in tests/integration/test_wall_clock.py."""

from __future__ import annotations

import time

from twisted.internet.selectreactor import SelectReactor
from twisted.internet.task import Clock
from twisted.python.runtime import seconds as twisteds
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.clock import monotonic, passing


class MonotonicTests(SynchronousTestCase):
    """A reactor that nobody else has."""

    def setUp(self) -> None:
        self.reactor = SelectReactor()
        self.addCleanup(self.reactor.removeAll)

    def test_seconds(self) -> None:
        """It measures by the clock of what passes, and so does what it calls later."""
        self.assertIs(monotonic(self.reactor), self.reactor)
        clock = passing()
        before = clock()
        call = self.reactor.callLater(5, lambda: None)
        self.assertTrue(before + 5 <= call.getTime() <= clock() + 5)
        call.cancel()

    def test_suspended(self) -> None:
        """A machine that slept is as late as a process that stood still."""
        self.now = 100.0
        monotonic(self.reactor, lambda: passing(lambda number: self.now))
        called = list[float]()
        self.reactor.callLater(5, lambda: called.append(self.now))
        self.reactor.runUntilCurrent()
        self.assertEqual(called, [])
        self.now += 3600.0
        self.reactor.runUntilCurrent()
        self.assertEqual(called, [3700.0])

    def test_again(self) -> None:
        """A second call changes nothing, also when something is scheduled by then."""
        monotonic(self.reactor)
        seconds = self.reactor.seconds
        call = self.reactor.callLater(5, lambda: None)
        monotonic(self.reactor)
        self.assertIs(self.reactor.seconds, seconds)
        call.cancel()

    def test_too_late(self) -> None:
        """What is scheduled by the wall clock would never be due: that is told."""
        call = self.reactor.callLater(5, lambda: None)
        with self.assertRaisesRegex(RuntimeError, "1 delayed calls.*before anything is scheduled"):
            monotonic(self.reactor)
        self.assertIs(self.reactor.seconds, twisteds)
        call.cancel()

    def test_own_clock(self) -> None:
        """A clock that stands still until it is told keeps its time."""
        clock = Clock()
        clock.advance(3)
        monotonic(clock)
        self.assertEqual(clock.seconds(), 3)


class PassingTests(SynchronousTestCase):
    """Which clock it is."""

    def test_the_systems(self) -> None:
        """One that goes on while the machine is suspended, where there is one; it never goes back."""
        asked = list[int]()

        def gettime(number: int) -> float:
            asked.append(number)
            return 7.0

        seconds = passing(gettime)
        self.assertEqual(seconds(), 7.0)
        self.assertEqual(set(asked), {time.CLOCK_BOOTTIME})
        real = passing()
        self.assertLessEqual(real(), real())

    def test_not_to_be_had(self) -> None:
        """Then it stands still meanwhile."""

        def gettime(number: int) -> float:
            raise OSError(22, "Invalid argument")

        self.assertIs(passing(gettime), time.monotonic)
