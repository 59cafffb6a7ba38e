"""Limits of checks, and whether the process ran meanwhile."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.check_limits import CheckLimit


class LimitTests(SynchronousTestCase):
    """Three quarters of a second each."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.passed: list[tuple[str, bool]] = []

    def start(self, name: str = "a") -> CheckLimit:
        return CheckLimit(self.clock, 0.75, lambda late: self.passed.append((name, late)))

    def pass_time(self, seconds: float, step: float = 0.05) -> None:
        for _ in range(round(seconds / step)):
            self.clock.advance(step)

    def test_passes(self) -> None:
        """After its time, once."""
        self.start()
        self.pass_time(0.7)
        self.assertEqual(self.passed, [])
        self.pass_time(2)
        self.assertEqual(self.passed, [("a", False)])

    def test_in_the_order_they_began(self) -> None:
        self.start("a")
        self.pass_time(0.2)
        self.start("b")
        self.pass_time(0.6)
        self.assertEqual(self.passed, [("a", False)])
        self.pass_time(0.2)
        self.assertEqual(self.passed, [("a", False), ("b", False)])

    def test_cancelled(self) -> None:
        """It is over in time: nothing is told, and the others' limits hold."""
        first = self.start("first")
        self.start("b")
        first.cancel()
        self.pass_time(1)
        self.assertEqual(self.passed, [("b", False)])
        first.cancel()

    def test_the_process_did_not_run(self) -> None:
        """A long pause at any time while it is waited for is told."""
        for before in (0.0, 0.2, 0.4, 0.6):
            self.setUp()
            self.start()
            self.pass_time(before)
            self.clock.advance(2)
            self.pass_time(1)
            self.assertEqual(self.passed, [("a", True)], before)

    def test_a_pause_before(self) -> None:
        """That the process did not run before it began is nothing to it."""
        self.start("before").cancel()
        self.clock.advance(5)
        self.start()
        self.pass_time(1)
        self.assertEqual(self.passed, [("a", False)])

    def test_a_little_late(self) -> None:
        """Every process is, under load."""
        self.start()
        self.pass_time(1.4, step=0.2)
        self.assertEqual(self.passed, [("a", False)])

    def test_nothing_is_left_behind(self) -> None:
        """Of one that was given up, in whichever step."""
        for before in (0.0, 0.3, 0.6):
            limit = self.start()
            self.pass_time(before)
            limit.cancel()
            self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_judged_after_reading(self) -> None:
        """What lies in the socket when the limit passes is read before."""
        limit = self.start()
        self.pass_time(0.5)
        # A reactor runs what is due, then reads; what is read cancels the limit.
        self.clock.callLater(0.25, lambda: self.clock.callLater(0, limit.cancel))
        self.pass_time(1)
        self.assertEqual(self.passed, [])

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(st.tuples(st.sampled_from(("start", "cancel", "wait")), st.floats(0.01, 0.3)), max_size=40)
    )
    def test_whatever_begins_and_ends(self, acts: list[tuple[str, float]]) -> None:
        """Each that is not cancelled passes, once, after its time, and at most a moment later."""
        clock = Clock()
        begun: dict[int, float] = {}
        running = {}
        passed: dict[int, float] = {}

        def wait(seconds: float) -> None:
            end = clock.seconds() + seconds
            while clock.seconds() < end:
                clock.advance(0.01)

        for number, (act, seconds) in enumerate(acts):
            if act == "start":
                begun[number] = clock.seconds()

                def note(late: bool, number: int = number) -> None:
                    assert not late and number not in passed
                    passed[number] = clock.seconds()
                    del running[number]

                running[number] = CheckLimit(clock, 0.75, note)
            elif act == "cancel" and running:
                number, limit = running.popitem()
                limit.cancel()
                del begun[number]
            else:
                wait(seconds)
        wait(2)
        self.assertEqual(set(passed), set(begun))
        for number, at in passed.items():
            self.assertTrue(0.74 < at - begun[number] < 0.85, at - begun[number])
