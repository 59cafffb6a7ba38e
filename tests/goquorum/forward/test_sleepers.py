"""Tests for L{quorumha.goquorum.forward.sleepers}."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.forward.sleepers import Sleepers


class SleepersTests(SynchronousTestCase):
    """Who wakes, and when."""

    def setUp(self) -> None:
        self.clock, self.sleepers = Clock(), Sleepers()

    def sleep(self) -> Deferred[None]:
        """For two seconds at most."""
        return Deferred.fromCoroutine(self.sleepers.sleep(self.clock, 2.0))

    def test_time(self) -> None:
        """It wakes by itself; nothing is left behind."""
        asleep = self.sleep()
        self.clock.advance(1.9)
        self.assertNoResult(asleep)
        self.clock.advance(0.2)
        self.successResultOf(asleep)
        self.sleepers.wake()

    def test_all_are_woken(self) -> None:
        """No timer is left."""
        asleep = [self.sleep(), self.sleep()]
        self.sleepers.wake()
        for one in asleep:
            self.successResultOf(one)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_whoever_sleeps_again_sleeps_on(self) -> None:
        """One that is woken, and goes to sleep at once, is not woken by the same call."""

        async def twice() -> None:
            await self.sleepers.sleep(self.clock, 2.0)
            await self.sleepers.sleep(self.clock, 2.0)

        asleep = Deferred.fromCoroutine(twice())
        self.sleepers.wake()
        self.assertNoResult(asleep)
        self.sleepers.wake()
        self.successResultOf(asleep)

    def test_given_up(self) -> None:
        """Cancelled, it leaves no timer, and is woken by nobody."""
        asleep = self.sleep()
        asleep.addErrback(lambda failure: None)
        asleep.cancel()
        self.sleepers.wake()
        self.assertEqual(self.clock.getDelayedCalls(), [])
