"""Who dies when."""

from __future__ import annotations

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo.schedule import schedule


class ScheduleTests(SynchronousTestCase):
    @given(duration=st.floats(0.1, 1000))
    def test_one_at_a_time_each_in_turn_and_all_come_back(self, duration: float) -> None:
        events = list(schedule(["a", "b"], duration))
        self.assertGreaterEqual(len(events), 2)
        self.assertEqual([e.dies for e in events], [True, False] * (len(events) // 2))
        times = [e.at for e in events]
        self.assertEqual(times, sorted(times))
        self.assertLessEqual(times[-1], duration)
        for death, back in zip(events[::2], events[1::2], strict=True):
            self.assertEqual(death.node, back.node)
        for number, death in enumerate(events[::2]):
            self.assertEqual(death.node, "ab"[number % 2])

    def test_a_minute_has_many(self) -> None:
        deaths = [e.node for e in schedule(["q1", "t1", "q2", "t2"], 60) if e.dies]
        self.assertGreaterEqual(len(deaths), 12)
        self.assertEqual(set(deaths), {"q1", "t1", "q2", "t2"})

    def test_without_end(self) -> None:
        self.assertEqual(len(list(islice(schedule(["a"], 0), 1000))), 1000)
