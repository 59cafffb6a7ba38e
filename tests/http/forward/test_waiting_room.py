"""Where requests wait: bounded, the oldest let go first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import PoolFull, Unavailable
from quorumha.events import Full
from quorumha.http.forward.waiting_room import FULL_PAUSE, WaitEnd, WaitingRoom, pause_for
from quorumha.testing import FactRecorder


class Waiting:
    """A request that notes what it is told."""

    def __init__(self, waiting_room: WaitingRoom) -> None:
        self.waiting_room = waiting_room
        self.woken = 0
        self.gone = False

    def ended(self, how: WaitEnd) -> None:
        if how is WaitEnd.TRY:
            self.woken += 1
            self.waiting_room.leave(self)
        else:
            self.gone = how is WaitEnd.REFUSED


class WaitingRoomTests(SynchronousTestCase):
    """Bounds and order."""

    def test_oldest_goes_first(self) -> None:
        """With no more room, the request that waited longest is told so."""
        facts = FactRecorder()
        waiting_room = WaitingRoom("l", count=2, observers=facts.observers)
        first, second, third = (Waiting(waiting_room) for _ in range(3))
        for one in (first, second, third):
            waiting_room.enter(one, 10)
        self.assertEqual([one.gone for one in (first, second, third)], [True, False, False])
        self.assertEqual((len(waiting_room), waiting_room.used), (2, 20))
        self.assertEqual(facts.facts, [Full("waiting", "l")])
        # Each entered, and once.
        waiting_room.leave(first)
        self.assertEqual((len(waiting_room), waiting_room.used), (2, 20))
        waiting_room.leave(second)
        self.assertEqual((len(waiting_room), waiting_room.used), (1, 10))
        waiting_room.leave(third)
        self.assertEqual((len(waiting_room), waiting_room.used), (0, 0))

    def test_wake(self) -> None:
        """All are woken, each once, and one that was let go is not."""
        waiting_room = WaitingRoom("l", count=2)
        waiting = [Waiting(waiting_room) for _ in range(3)]
        for one in waiting:
            waiting_room.enter(one, 1)
        waiting_room.wake()
        waiting_room.wake()
        self.assertEqual([one.woken for one in waiting], [0, 1, 1])
        self.assertEqual((len(waiting_room), waiting_room.used), (0, 0))

    def test_one_tries_for_all(self) -> None:
        """However many wait, and whichever of their timers is first."""
        waiting_room = WaitingRoom("l")
        tried = [now for now in range(0, 1000, 7) if waiting_room.may_try(now / 100, 0.5)]
        self.assertEqual(len(tried), 21)
        self.assertTrue(waiting_room.may_try(3, 0.5), "the clock was set back")
        self.assertTrue(
            all(waiting_room.may_try(4 + beat * 0.4999, 0.5) for beat in range(9)), "timers are inexact"
        )

    def test_growing(self) -> None:
        """A body may still come while its request waits; it counts, and the next that waits makes room."""
        facts = FactRecorder()
        waiting_room = WaitingRoom("l", size=100, observers=facts.observers)
        first, second, stranger = (Waiting(waiting_room) for _ in range(3))
        waiting_room.enter(first, 10)
        waiting_room.enter(second, 10)
        waiting_room.grew(stranger, 1000)
        waiting_room.grew(second, 80)
        self.assertEqual((waiting_room.used, first.gone), (100, False))
        waiting_room.grew(second, 1)
        self.assertEqual((waiting_room.used, first.gone, second.gone), (101, False, False))
        waiting_room.enter(stranger, 0)
        self.assertEqual((waiting_room.used, first.gone, second.gone), (91, True, False))
        waiting_room.leave(second)
        self.assertEqual((waiting_room.used, facts.facts), (0, [Full("waiting", "l")]))

    def test_larger_than_the_room(self) -> None:
        """One that is larger than all the room is let go at once, with those before it."""
        waiting_room = WaitingRoom("l", size=100)
        small, large = Waiting(waiting_room), Waiting(waiting_room)
        waiting_room.enter(small, 10)
        waiting_room.enter(large, 101)
        self.assertEqual((small.gone, large.gone, waiting_room.used), (True, True, 0))

    @given(st.lists(st.tuples(st.integers(0, 60), st.booleans())))
    def test_bounds(self, steps: list[tuple[int, bool]]) -> None:
        """Whatever comes and leaves, the bounds hold and the sum is right."""
        waiting_room = WaitingRoom("l", count=5, size=100)
        waiting: list[tuple[Waiting, int]] = []
        for size, leaves in steps:
            if leaves and waiting:
                one, _ = waiting.pop(0)
                waiting_room.leave(one)
            else:
                waiting.append((Waiting(waiting_room), size))
                waiting_room.enter(*waiting[-1])
            waiting = [(one, size) for one, size in waiting if not one.gone]
            self.assertEqual(waiting_room.used, sum(size for _, size in waiting))
            self.assertEqual(len(waiting_room), len(waiting))
            self.assertLessEqual(len(waiting_room), 5)
            self.assertLessEqual(waiting_room.used, 100)


class ClosedTests(SynchronousTestCase):
    """The proxy stops."""

    def test_everybody_is_told(self) -> None:
        """Who waits, and who would wait from then on; and that another connection is to be used."""
        waiting_room = WaitingRoom("l")
        waiting = [Waiting(waiting_room) for _ in range(3)]
        for one in waiting:
            waiting_room.enter(one, 1)
        self.assertFalse(waiting_room.refusal().closes)
        waiting_room.close()
        self.assertEqual([one.gone for one in waiting], [True] * 3)
        late = Waiting(waiting_room)
        waiting_room.enter(late, 1)
        self.assertEqual((late.gone, len(waiting_room), waiting_room.used), (True, 0, 0))
        refusal = waiting_room.refusal().of_pool("p")
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
