"""LazyTimeout: the last limit that was set is the one that holds, by one delayed call."""

from __future__ import annotations

import gc
import weakref

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import CancelledError, Deferred, TimeoutError
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.timeout import LazyTimeout, Limit, end_within


class LazyTimeoutTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.calls: list[float] = []
        self.limit = LazyTimeout(self.clock, lambda: self.calls.append(self.clock.seconds()))

    def test_once(self) -> None:
        """It calls once, when the time has come, and not before."""
        self.limit.set(3)
        self.clock.advance(2.5)
        self.assertEqual(self.calls, [])
        self.clock.advance(0.5)
        self.clock.advance(100)
        self.assertEqual(self.calls, [3])

    def test_later(self) -> None:
        """A later limit moves no delayed call."""
        self.limit.set(3)
        (call,) = self.clock.getDelayedCalls()
        for _ in range(10):
            self.clock.advance(1)
            self.limit.set(3)
            if self.clock.seconds() < 3:
                self.assertEqual(self.clock.getDelayedCalls(), [call])
                self.assertEqual(call.getTime(), 3)
            self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.clock.pump([1] * 3)
        self.assertEqual(self.calls, [13])

    def test_earlier(self) -> None:
        """An earlier limit holds at once."""
        self.limit.set(60)
        self.limit.set(2)
        self.clock.advance(2)
        self.assertEqual(self.calls, [2])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_zero(self) -> None:
        """0 is no limit."""
        self.limit.set(2)
        self.limit.set(0)
        self.clock.advance(10)
        self.assertEqual(self.calls, [])

    def test_clear(self) -> None:
        """What was cleared does not call; what is set after that does."""
        self.limit.set(2)
        self.limit.clear()
        self.clock.advance(1)
        self.limit.set(5)
        self.clock.pump([1] * 5)
        self.assertEqual(self.calls, [6])

    def test_stop(self) -> None:
        """Nothing is left behind."""
        self.limit.set(2)
        self.limit.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.limit.stop()

    def test_stopped_for_good(self) -> None:
        """A limit that is set afterwards calls nobody."""
        self.limit.stop()
        self.limit.set(1)
        self.clock.advance(1)
        self.assertEqual(self.calls, [])

    def test_stopped_knows_nobody(self) -> None:
        """Its owner is let go of at once, without the garbage collector."""

        class Owner:
            def __init__(self, clock: Clock) -> None:
                self.limit = LazyTimeout(clock, self.passed)

            def passed(self) -> None:
                """Nothing to do."""

        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        owner = Owner(self.clock)
        owner.limit.set(5)
        owner.limit.stop()
        watched = weakref.ref(owner)
        del owner
        self.assertIsNone(watched())

    def test_set_from_callback(self) -> None:
        """It may be set again when it calls."""
        again = LazyTimeout(self.clock, lambda: (self.calls.append(self.clock.seconds()), again.set(2)))
        again.set(1)
        self.clock.pump([1] * 5)
        self.assertEqual(self.calls, [1, 3, 5])

    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 20)), max_size=30))
    def test_as_a_plain_call(self, steps: list[tuple[int, int]]) -> None:
        """It calls exactly when one delayed call, made anew at each step, would."""
        clock = Clock()
        lazy: list[float] = []
        plain: list[float] = []
        limit = LazyTimeout(clock, lambda: lazy.append(clock.seconds()))
        call = None
        for passes, seconds in steps:
            clock.pump([1] * passes)
            limit.set(seconds)
            if call is not None and call.active():
                call.cancel()
            call = clock.callLater(seconds, lambda: plain.append(clock.seconds())) if seconds else None
        clock.pump([1] * 30)
        self.assertEqual(lazy, plain)


class Turns(Clock):
    """A clock whose delayed calls run as a reactor's do: what they ask for comes in the next turn."""

    def turn(self) -> None:
        """Run what is due now, and nothing that it asks for."""
        due = [call for call in self.getDelayedCalls() if call.getTime() <= self.seconds()]
        for call in sorted(due, key=lambda call: call.getTime()):
            if call.active():
                self.calls.remove(call)
                call.called = 1
                call.func(*call.args, **call.kw)

    def stall(self, seconds: float) -> None:
        """Time passes, and nothing runs."""
        self.rightNow += seconds


class JudgedAfterReadingTests(SynchronousTestCase):
    """A limit that has passed is judged in the next turn: the sockets were read in between."""

    def setUp(self) -> None:
        self.clock = Turns()
        self.calls: list[float] = []

    def passed(self) -> None:
        self.calls.append(self.clock.seconds())

    def test_next_turn(self) -> None:
        """Not in the turn in which it has passed, but in the one after that."""
        limit = LazyTimeout(self.clock, self.passed)
        limit.set(1)
        self.clock.stall(3)
        self.clock.turn()
        self.assertEqual(self.calls, [])
        self.clock.turn()
        self.assertEqual(self.calls, [3])

    def test_progress_withdraws_it(self) -> None:
        """What was read meanwhile sets another limit, or none."""
        for progress in (lambda limit: limit.set(1), lambda limit: limit.clear(), lambda limit: limit.set(0)):
            limit = LazyTimeout(self.clock, self.passed)
            limit.set(1)
            self.clock.stall(3)
            self.clock.turn()
            progress(limit)
            self.clock.turn()
            self.clock.turn()
            self.assertEqual(self.calls, [])
            limit.stop()

    def test_the_new_limit_is_judged_so_too(self) -> None:
        """Each limit that passes is asked about twice."""
        limit = LazyTimeout(self.clock, self.passed)
        limit.set(1)
        self.clock.stall(3)
        self.clock.turn()
        limit.set(1)
        self.clock.turn()
        self.clock.stall(3)
        self.clock.turn()
        self.assertEqual(self.calls, [])
        self.clock.turn()
        self.assertEqual(self.calls, [6])

    def test_one_limit(self) -> None:
        """L{Limit} likewise; it can be cancelled in between, and afterwards."""
        limit = Limit(self.clock, 1, self.passed)
        other = Limit(self.clock, 1, self.passed)
        self.clock.stall(3)
        self.clock.turn()
        other.cancel()
        self.assertEqual((self.calls, limit.active(), other.active()), ([], True, False))
        self.clock.turn()
        self.assertEqual((self.calls, limit.active()), ([3], False))
        limit.cancel()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_deferred(self) -> None:
        """C{end_within}: what came in between is the result."""
        waiting: Deferred[str] = Deferred()
        limited = end_within(waiting, 1, self.clock)
        self.clock.stall(3)
        self.clock.turn()
        waiting.callback("in time")
        self.assertEqual(self.successResultOf(limited), "in time")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_deferred_is_cancelled(self) -> None:
        """Else it fails with C{TimeoutError}, whoever asked for the limit is told before."""
        waiting: Deferred[str] = Deferred()
        limited = end_within(waiting, 1, self.clock, self.passed)
        self.clock.advance(1)
        self.failureResultOf(limited, TimeoutError)
        self.assertEqual(self.calls, [1])

    def test_deferred_cancelled_by_its_owner(self) -> None:
        """Then it fails as ever, and leaves nothing behind."""
        waiting: Deferred[str] = Deferred()
        limited = end_within(waiting, 1, self.clock, self.passed)
        limited.cancel()
        self.failureResultOf(limited, CancelledError)
        self.assertEqual((self.calls, self.clock.getDelayedCalls()), ([], []))

    def test_deferred_has_fired(self) -> None:
        """Nothing is left behind."""
        waiting: Deferred[str] = Deferred()
        waiting.callback("at once")
        self.assertEqual(self.successResultOf(end_within(waiting, 1, self.clock)), "at once")
        self.assertEqual(self.clock.getDelayedCalls(), [])
