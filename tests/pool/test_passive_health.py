"""Passive health."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.passive_health import HEALTHY, Health, after_failure, half_open


class HealthTests(SynchronousTestCase):
    """Failures, putting aside, the trial."""

    def test_put_aside_after_so_many(self) -> None:
        once = after_failure(HEALTHY, 2, 10, now=100)
        self.assertTrue(once.usable(100))
        twice = after_failure(once, 2, 10, now=105)
        self.assertFalse(twice.usable(105))
        self.assertFalse(twice.usable(114.9))
        self.assertTrue(twice.usable(115))

    def test_old_failures_are_forgotten(self) -> None:
        once = after_failure(HEALTHY, 2, 10, now=100)
        later = after_failure(once, 2, 10, now=110)
        self.assertEqual(later, Health(1, 110))

    def test_never_put_aside(self) -> None:
        self.assertIs(after_failure(HEALTHY, 0, 10, now=100), HEALTHY)

    def test_one_trial(self) -> None:
        down = after_failure(HEALTHY, 1, 10, now=0)
        self.assertIs(half_open(down, 10, now=5), down, "its time is not over")
        trial = half_open(down, 10, now=10)
        self.assertFalse(trial.usable(10), "nobody else goes there meanwhile")
        self.assertTrue(trial.usable(20), "a trial whose outcome never came does not last for ever")

    def test_failed_trial(self) -> None:
        trial = half_open(after_failure(HEALTHY, 3, 10, now=0), 10, now=10)
        down = after_failure(Health(3, 0, 10), 3, 10, now=12)
        self.assertFalse(down.usable(21.9))
        self.assertTrue(down.usable(22))
        self.assertEqual(trial.fails, 1)

    @given(
        st.integers(1, 3),
        st.lists(st.tuples(st.sampled_from(["fail", "pick"]), st.integers(0, 12)), max_size=20),
    )
    def test_against_a_history(self, max_fails: int, steps: list[tuple[str, int]]) -> None:
        """Put aside exactly C{fail_timeout} from the last failure or trial, once enough have failed."""
        health, now = HEALTHY, 0.0
        counted: list[float] = []
        aside_until: float | None = None
        for step, passes in steps:
            now += passes
            self.assertEqual(health.usable(now), aside_until is None or now >= aside_until)
            if step == "pick":
                if health.usable(now):
                    health = half_open(health, 10, now)
                    aside_until = None if aside_until is None else now + 10
                continue
            health = after_failure(health, max_fails, 10, now)
            if aside_until is None:
                counted = [*counted, now] if counted and now - counted[0] < 10 else [now]
            if aside_until is not None or len(counted) >= max_fails:
                aside_until = now + 10

    def test_healthy_needs_no_trial(self) -> None:
        self.assertIs(half_open(HEALTHY, 10, now=3), HEALTHY)
