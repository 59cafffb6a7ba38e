"""Limits of checks, and whether the process ran meanwhile."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.check_limits import LATE, LOOK_BEFORE, CheckLimit, CheckLimits
from quorumha.health.ticks import ticks_of


class LimitTests(SynchronousTestCase):
    """Three quarters of a second each."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.limits = CheckLimits(self.clock, 0.75)
        self.passed: list[tuple[str, bool]] = []

    def start(self, name: str = "a") -> CheckLimit:
        return self.limits.begin(lambda late: self.passed.append((name, late)))

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

    def test_others_after_the_process_did_not_run(self) -> None:
        """Whose limits began before the pause, not whose began after it, though in the same moment."""
        self.start("before")
        ticks_of(self.clock).call(0.3, 0.3, lambda: self.start("after") and None, lambda: 0.5)
        self.clock.advance(0.7)
        self.pass_time(1)
        self.assertEqual(self.passed, [("before", True), ("after", False)])

    def test_looks_when_something_else_is_due(self) -> None:
        """The process does not wake up for it alone."""
        called: list[float] = []
        for after in (0.2, 0.38):
            ticks_of(self.clock).call(after, after, lambda: called.append(1.0), lambda: 0.5)
        self.start()
        self.assertEqual(len(self.clock.getDelayedCalls()), 2)
        self.start().cancel()
        self.clock.advance(0.38)
        self.assertEqual(len(called), 2)
        self.pass_time(1)
        self.assertEqual(self.passed, [("a", False)])

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
        left = 0.75 - self.clock.seconds()
        # A reactor runs what is due, then reads; what is read cancels the limit.
        self.clock.callLater(left + 0.001, limit.cancel)
        self.clock.advance(left + 0.01)
        self.pass_time(1)
        self.assertEqual(self.passed, [])

    @settings(deadline=None, max_examples=60)
    @given(
        st.lists(st.tuples(st.sampled_from(("start", "cancel", "wait")), st.floats(0.01, 0.3)), max_size=40)
    )
    def test_whatever_begins_and_ends(self, acts: list[tuple[str, float]]) -> None:
        """Each that is not cancelled passes, once, after its time, and at most a moment later."""
        clock = Clock()
        limits = CheckLimits(clock, 0.75)
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

                running[number] = limits.begin(note)
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

    @settings(deadline=None, max_examples=60)
    @given(st.lists(st.floats(0.01, 0.7), max_size=40), st.lists(st.floats(0.05, 0.5), max_size=3))
    def test_however_long_it_does_not_run(self, steps: list[float], ticks: list[float]) -> None:
        """Told is who was waited for when it paused for too long to be missed; nobody by a busy process."""
        clock = Clock()
        limits = CheckLimits(clock, 0.75)
        for after in ticks:
            ticks_of(clock).call(after, after, lambda: None, lambda: 0.5)
        told: list[bool] = []
        begun: list[float] = []
        longest: list[float] = []

        def begin() -> None:
            begun.append(clock.seconds())
            longest.append(0.0)
            limits.begin(pass_on)

        def pass_on(late: bool) -> None:
            told.append(late)
            if longest[-1] < LATE:
                assert not late, longest[-1]
            if longest[-1] > LOOK_BEFORE * 0.75 + LATE:
                assert late, longest[-1]
            begin()

        begin()
        for step in [*steps, 1.0]:
            longest[-1] = max(longest[-1], step)
            clock.advance(step)
        self.assertTrue(told)
