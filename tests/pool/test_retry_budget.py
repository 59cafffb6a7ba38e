"""Tokens for desperate tries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.retry_budget import RetryBudget


class BudgetTests(SynchronousTestCase):
    """L{RetryBudget}."""

    def test_bucket(self) -> None:
        """As many as there are at first, then as many as come back."""
        budget = RetryBudget(size=3, rate=2)
        self.assertEqual([budget.take(100) for _ in range(4)], [True, True, True, False])
        self.assertEqual([budget.take(100.5), budget.take(100.6)], [True, False])
        self.assertEqual([budget.take(1000) for _ in range(4)], [True, True, True, False])

    def test_no_limit(self) -> None:
        """A size of 0 is none."""
        budget = RetryBudget(size=0)
        self.assertTrue(all(budget.take(0) for _ in range(1000)))

    @given(st.lists(st.floats(0, 5), max_size=100))
    def test_never_more_than_came_back(self, pauses: list[float]) -> None:
        """Whatever the times, no more go out than were there and came in."""
        budget, now, taken = RetryBudget(size=5, rate=1), 7.0, 0
        for pause in pauses:
            now += pause
            taken += budget.take(now)
        self.assertLessEqual(taken, 5 + (now - 7) + 1e-6)
