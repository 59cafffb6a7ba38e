"""The queue of turns."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.net.turns import Turns


class TurnsTests(SynchronousTestCase):
    def taken(self, turns: Turns) -> list[str]:
        done: list[str] = []
        for name in "abc":
            turns.add(lambda name=name: done.append(name))
        while turns:
            turns.take()
        return done

    def test_oldest_first(self) -> None:
        turns = Turns()
        self.assertEqual(self.taken(turns), ["a", "b", "c"])
        self.assertEqual(turns.taken, 3)

    def test_in_any_order_that_is_asked_for(self) -> None:
        self.assertEqual(self.taken(Turns(lambda count: count - 1)), ["c", "b", "a"])

    def test_a_turn_may_add_another(self) -> None:
        turns, done = Turns(), []
        turns.add(lambda: turns.add(lambda: done.append(1)))
        turns.take()
        self.assertEqual((len(turns), done), (1, []))
