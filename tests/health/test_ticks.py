"""Calls that come together."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.ticks import TOGETHER, Ticks, ticks_of


class TickTests(SynchronousTestCase):
    """Due between two times."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.ticks = Ticks(self.clock)
        self.called: list[tuple[str, float]] = []

    def call(self, name: str, earliest: float, latest: float, random: float = 0.5) -> object:
        return self.ticks.call(
            earliest, latest, lambda: self.called.append((name, self.clock.seconds())), lambda: random
        )

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.05)):
            self.clock.advance(0.05)

    def test_alone(self) -> None:
        """At a time between the two, by chance."""
        self.call("a", 1, 2, 0.5)
        self.pass_time(1.45)
        self.assertEqual(self.called, [])
        self.pass_time(0.1)
        self.assertEqual(len(self.called), 1)

    def test_together(self) -> None:
        """Those that may come at one moment do, with one delayed call."""
        self.call("a", 1, 2)
        self.call("b", 1.4, 3)
        self.call("c", 1.6, 3, 0)
        self.assertEqual(len(self.clock.getDelayedCalls()), 2)
        self.pass_time(5)
        times = {name: round(at, 2) for name, at in self.called}
        self.assertEqual(times["a"], times["b"])
        self.assertGreater(times["c"], times["a"])

    def test_of_one_clock(self) -> None:
        """Whoever asks gets the same ones."""
        self.assertIs(ticks_of(self.clock), ticks_of(self.clock))
        self.assertIsNot(ticks_of(Clock()), ticks_of(self.clock))

    def test_late(self) -> None:
        """Who is called back can see by how much."""
        late: list[float] = []
        for earliest in (1.0, 2.0):
            self.ticks.call(earliest, earliest, lambda: late.append(self.ticks.late), lambda: 0.5)
        self.clock.advance(1.0)
        self.clock.advance(1.5)
        self.assertEqual(late, [0.0, 0.5])

    def test_not_too_many(self) -> None:
        """So that no moment is a long one."""
        for number in range(TOGETHER + 1):
            self.call(str(number), 1, 2)
        self.assertEqual(len(self.clock.getDelayedCalls()), 2)

    def test_withdrawn(self) -> None:
        """Nothing is left of the last one."""
        first = self.ticks.call(1, 2, lambda: self.called.append(("first", 0)), lambda: 0.5)
        second = self.ticks.call(1, 2, lambda: self.called.append(("second", 0)), lambda: 0.5)
        first()
        self.clock.advance(3)
        self.assertEqual(self.called, [("second", 0)])
        second()
        third = self.ticks.call(1, 2, lambda: None, lambda: 0.5)
        third()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_what_one_raises(self) -> None:
        """The others come all the same."""
        self.ticks.call(1, 2, lambda: 1 / 0, lambda: 0.5)
        self.call("b", 1, 2)
        self.pass_time(2)
        self.assertEqual(len(self.called), 1)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_one_withdraws_the_next(self) -> None:
        withdraw: list[object] = []
        self.ticks.call(1, 1, lambda: withdraw[0](), lambda: 0.5)  # type: ignore[operator]
        withdraw.append(self.call("b", 1, 1))
        self.clock.advance(1)
        self.assertEqual(self.called, [])

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(
            st.tuples(st.floats(0, 0.3), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1, exclude_max=True)),
            max_size=40,
        )
    )
    def test_each_in_its_time(self, wanted: list[tuple[float, float, float, float]]) -> None:
        """Whatever else is due: never early, never late, each once."""
        clock = Clock()
        ticks = Ticks(clock)
        called: list[int] = []
        for number, (before, earliest, more, chance) in enumerate(wanted):
            end = clock.seconds() + before
            while clock.seconds() < end:
                clock.advance(0.01)
            now = clock.seconds()

            def note(
                number: int = number, low: float = now + earliest, high: float = now + earliest + more
            ) -> None:
                assert low - 1e-6 <= clock.seconds() <= high + 0.011
                called.append(number)

            ticks.call(earliest, earliest + more, note, lambda chance=chance: chance)  # type: ignore[misc]
        for _ in range(250):
            clock.advance(0.01)
        self.assertEqual(sorted(called), list(range(len(wanted))))
        self.assertEqual(clock.getDelayedCalls(), [])
