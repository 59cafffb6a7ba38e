"""Where requests wait: bounded, the oldest let go first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import capturedLogs  # type: ignore[attr-defined]  # public, not re-exported
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import PoolFull, Unavailable
from quorumha.http.forward.waiting_room import FULL_PAUSE, Parking, pause_for
from tests.logs.lines import lines


class Waiting:
    """A request that notes what it is told."""

    def __init__(self, parking: Parking) -> None:
        self.parking = parking
        self.woken = 0
        self.gone = False

    def wake(self) -> None:
        self.woken += 1
        self.parking.leave(self)

    def let_go(self) -> None:
        self.gone = True


class ParkingTests(SynchronousTestCase):
    """Bounds and order."""

    def test_oldest_goes_first(self) -> None:
        """With no more room, the request that waited longest is told so."""
        parking = Parking("l", count=2)
        first, second, third = (Waiting(parking) for _ in range(3))
        for one in (first, second, third):
            parking.park(one, 10)
        self.assertEqual([one.gone for one in (first, second, third)], [True, False, False])
        self.assertEqual((len(parking), parking.held, parking.let_go, parking.parked), (2, 20, 1, 3))

    def test_wake(self) -> None:
        """All are woken, each once, and one that was let go is not."""
        parking = Parking("l", count=2)
        waiting = [Waiting(parking) for _ in range(3)]
        for one in waiting:
            parking.park(one, 1)
        parking.wake()
        parking.wake()
        self.assertEqual([one.woken for one in waiting], [0, 1, 1])
        self.assertEqual((len(parking), parking.held), (0, 0))

    def test_one_tries_for_all(self) -> None:
        """However many wait, and whichever of their timers is first."""
        parking = Parking("l")
        tried = [now for now in range(0, 1000, 7) if parking.may_try(now / 100, 0.5)]
        self.assertEqual(len(tried), 21)
        self.assertTrue(parking.may_try(3, 0.5), "the clock was set back")
        self.assertTrue(
            all(parking.may_try(4 + beat * 0.4999, 0.5) for beat in range(9)), "timers are inexact"
        )

    def test_growing(self) -> None:
        """A body may still come while its request waits; it counts, and the next that waits makes room."""
        parking = Parking("l", size=100)
        first, second, stranger = (Waiting(parking) for _ in range(3))
        parking.park(first, 10)
        parking.park(second, 10)
        parking.grew(stranger, 1000)
        parking.grew(second, 80)
        self.assertEqual((parking.held, first.gone), (100, False))
        parking.grew(second, 1)
        self.assertEqual((parking.held, first.gone, second.gone), (101, False, False))
        parking.park(stranger, 0)
        self.assertEqual((parking.held, first.gone, second.gone), (91, True, False))
        parking.leave(second)
        self.assertEqual((parking.held, parking.let_go), (0, 1))

    def test_larger_than_the_room(self) -> None:
        """One that is larger than all the room is let go at once, with those before it."""
        parking = Parking("l", size=100)
        small, large = Waiting(parking), Waiting(parking)
        parking.park(small, 10)
        parking.park(large, 101)
        self.assertEqual((small.gone, large.gone, parking.held), (True, True, 0))

    def test_the_log_is_told_when_waiting_begins(self) -> None:
        """Not each time that one who waits has asked in vain, and not of one who does not wait at all."""
        parking = Parking("l", count=1)
        one = Waiting(parking)
        with capturedLogs() as logs:
            parking.park(one, 0)
            for _ in range(5):
                parking.leave(one)
                parking.park(one, 0, quietly=True)
            Parking("none", count=0).park(Waiting(parking), 0)
        self.assertEqual([e["event"] for e in logs], ["parking", "parking-full"])

    def test_one_after_the_other(self) -> None:
        """Clients that wait alone and give up do not fill the log."""
        parking = Parking("l")
        with capturedLogs() as logs:
            for _ in range(100):
                one = Waiting(parking)
                parking.park(one, 0)
                parking.leave(one)
        first, count = lines(logs)
        self.assertEqual(
            first, "[quorumha.http.forward.waiting_room#warn] l: no member can answer; requests wait"
        )
        self.assertEqual(count, f"{first} (99 more of these in 10 s)")

    @given(st.lists(st.tuples(st.integers(0, 60), st.booleans())))
    def test_bounds(self, steps: list[tuple[int, bool]]) -> None:
        """Whatever comes and leaves, the bounds hold and the sum is right."""
        parking = Parking("l", count=5, size=100)
        waiting: list[tuple[Waiting, int]] = []
        for size, leaves in steps:
            if leaves and waiting:
                one, _ = waiting.pop(0)
                parking.leave(one)
            else:
                waiting.append((Waiting(parking), size))
                parking.park(*waiting[-1])
            waiting = [(one, size) for one, size in waiting if not one.gone]
            self.assertEqual(parking.held, sum(size for _, size in waiting))
            self.assertEqual(len(parking), len(waiting))
            self.assertLessEqual(len(parking), 5)
            self.assertLessEqual(parking.held, 100)


class ClosedTests(SynchronousTestCase):
    """The proxy stops."""

    def test_everybody_is_told(self) -> None:
        """Who waits, and who would wait from then on; and that another connection is to be used."""
        parking = Parking("l")
        waiting = [Waiting(parking) for _ in range(3)]
        for one in waiting:
            parking.park(one, 1)
        self.assertFalse(parking.refusal().closes)
        parking.close()
        self.assertEqual([one.gone for one in waiting], [True] * 3)
        late = Waiting(parking)
        parking.park(late, 1)
        self.assertEqual((late.gone, len(parking), parking.held), (True, 0, 0))
        refusal = parking.refusal().of_pool("p")
        self.assertEqual((refusal.status, refusal.closes), (503, True))
        self.assertEqual(str(refusal), "pool p: no member can answer, and the proxy stops")


class PauseTests(SynchronousTestCase):
    """How long until it is looked again."""

    def test_full(self) -> None:
        """Whether there is room costs nobody anything to see."""
        self.assertEqual(pause_for(PoolFull("p"), 0.5), FULL_PAUSE)
        self.assertEqual(pause_for(PoolFull("p"), 0.0), 0.0)
        self.assertEqual(pause_for(Unavailable("p"), 0.5), 0.5)
        self.assertEqual(pause_for(None, 0.5), 0.5)
