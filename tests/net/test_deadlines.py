"""Many limits by one delayed call."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.deadlines import Deadlines


class DeadlinesTests(SynchronousTestCase):
    """Whoever waits is called once, unless it is taken out."""

    def setUp(self) -> None:
        """Nobody waits."""
        self.clock = Clock()
        self.deadlines = Deadlines(self.clock)
        self.over: list[object] = []

    def add(self, whose: str, deadline: float) -> None:
        self.deadlines.add(whose, deadline, lambda: self.over.append(whose))

    def advance(self, seconds: float) -> None:
        """Let time pass, and the sockets be read."""
        self.clock.advance(seconds)
        self.clock.advance(0)

    def test_many_by_one_delayed_call(self) -> None:
        """Each at its own time."""
        for number in range(10):
            self.add(str(number), 5.0 + number)
        self.assertEqual(len(self.clock.getDelayedCalls()), 1)
        self.advance(4.9)
        self.assertEqual(self.over, [])
        self.advance(0.2)
        self.assertEqual(self.over, ["0"])
        for _ in range(10):
            self.advance(1.0)
        self.assertEqual(self.over, [str(number) for number in range(10)])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_an_earlier_one_that_comes_later(self) -> None:
        """It does not wait for the others."""
        self.add("late", 9.0)
        self.add("early", 2.0)
        self.advance(2.1)
        self.assertEqual(self.over, ["early"])

    def test_one_that_has_passed(self) -> None:
        """It is over soon."""
        self.clock.advance(7.0)
        self.add("a", 3.0)
        self.advance(0.001)
        self.assertEqual(self.over, ["a"])

    def test_taken_out(self) -> None:
        """It is not called back, by another one's end either."""
        self.add("a", 3.0)
        self.add("b", 3.0)
        self.deadlines.add("c", 2.0, lambda: self.deadlines.waiting.pop("a"))
        self.advance(2.0)
        self.advance(2.0)
        self.assertEqual(self.over, ["b"])

    def test_two_that_end_in_one_turn(self) -> None:
        """The first takes the second one out."""
        self.deadlines.add("a", 3.0, lambda: self.deadlines.waiting.pop("b"))
        self.add("b", 3.0)
        self.advance(3.0)
        self.assertEqual(self.over, [])

    def test_stopped(self) -> None:
        """Nothing is left."""
        self.add("a", 3.0)
        self.deadlines.stop()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.advance(4.0)
        self.assertEqual(self.over, [])

    @given(st.lists(st.tuples(st.floats(0.001, 10.0), st.booleans()), max_size=20))
    def test_each_at_its_time(self, wanted: list[tuple[float, bool]]) -> None:
        """Whatever the order, and whoever is taken out meanwhile."""
        clock = Clock()
        deadlines = Deadlines(clock)
        ended: dict[int, float] = {}

        def end(number: int) -> None:
            ended[number] = clock.seconds()

        for number, (deadline, _) in enumerate(wanted):
            deadlines.add(number, deadline, lambda number=number: end(number))
        for number, (_, stays) in enumerate(wanted):
            if not stays:
                del deadlines.waiting[number]
        for _ in range(1100):
            clock.advance(0.01)
        self.assertEqual(set(ended), {number for number, (_, stays) in enumerate(wanted) if stays})
        for number, at in ended.items():
            self.assertGreaterEqual(at, wanted[number][0])
            self.assertLess(at, wanted[number][0] + 0.05)
        self.assertEqual(clock.getDelayedCalls(), [])
