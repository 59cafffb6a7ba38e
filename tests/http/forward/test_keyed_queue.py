"""What belongs together goes one at a time."""

from __future__ import annotations

from collections import deque

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.keyed_queue import KeyedQueue
from tests.nightly import play

KEYS = [b"a", b"b", b"c"]


class OneByOneTests(SynchronousTestCase):
    """L{KeyedQueue}."""

    def test_in_order(self) -> None:
        turns: KeyedQueue[str] = KeyedQueue()
        self.assertEqual([turns.enter(b"k", name) for name in "xyz"], [True, False, False])
        self.assertTrue(turns.enter(b"other", "w"))
        self.assertEqual([turns.leave(b"k", name) for name in "xyz"], ["y", "z", None])
        self.assertEqual((turns.waiting, turns.going), (0, 1))

    def test_bounds(self) -> None:
        """64 for one key, 1,000 in all; whoever finds no room goes at once."""
        turns: KeyedQueue[int] = KeyedQueue()
        went = [turns.enter(b"%d" % (number % 20), number) for number in range(20 * 66)]
        self.assertEqual(sum(went), 20 * 66 - 1000)
        self.assertEqual((turns.waiting, turns.going), (1000, 20))
        # Who went for want of room has no place, and names nobody when it is done.
        bypassed = [number for number in range(20, 20 * 66) if went[number]]
        self.assertEqual(len(bypassed), 20 * 66 - 1000 - 20)
        self.assertEqual({turns.leave(b"%d" % (number % 20), number) for number in bypassed}, {None})
        self.assertEqual((turns.waiting, turns.going), (1000, 20))
        few: KeyedQueue[int] = KeyedQueue()
        self.assertEqual(sum(few.enter(b"k", number) for number in range(70)), 1 + 70 - 65)

    def test_who_waits_may_leave(self) -> None:
        turns: KeyedQueue[str] = KeyedQueue()
        for name in "xyz":
            turns.enter(b"k", name)
        self.assertIsNone(turns.leave(b"k", "y"))
        self.assertEqual(turns.leave(b"k", "x"), "z")


class TurnsMachine(RuleBasedStateMachine):
    """Against the plainest of models: a queue for each key, whose first one goes."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: KeyedQueue[int] = KeyedQueue(each=3, most=5)
        self.queues: dict[bytes, deque[int]] = {key: deque() for key in KEYS}
        self.bypassed: list[tuple[bytes, int]] = []
        self.number = 0

    @property
    def waiting(self) -> int:
        return sum(max(len(queue) - 1, 0) for queue in self.queues.values())

    @rule(key=st.sampled_from(KEYS))
    def enter(self, key: bytes) -> None:
        self.number += 1
        queue = self.queues[key]
        full = len(queue) > 3 or self.waiting >= 5
        may = self.turns.enter(key, self.number)
        if queue and full:
            assert may
            self.bypassed.append((key, self.number))
        else:
            assert may == (not queue)
            queue.append(self.number)

    @rule(key=st.sampled_from(KEYS), index=st.integers(0, 5))
    def leave(self, key: bytes, index: int) -> None:
        queue = self.queues[key]
        if index >= len(queue):
            assert self.turns.leave(key, -1) is None
            return
        one = queue[index]
        del queue[index]
        following = queue[0] if index == 0 and queue else None
        assert self.turns.leave(key, one) == following

    @rule()
    def hurried_leaves(self) -> None:
        if self.bypassed:
            assert self.turns.leave(*self.bypassed.pop()) is None

    @invariant()
    def counted(self) -> None:
        assert self.turns.waiting == self.waiting <= 5
        assert self.turns.going == sum(bool(queue) for queue in self.queues.values())


class TurnsMachineTests(SynchronousTestCase):
    def test_any_order(self) -> None:
        play(TurnsMachine, 100, steps=50, night=2000, health_checks=True)
