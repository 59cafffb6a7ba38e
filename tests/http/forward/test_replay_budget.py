"""Who may keep how much, rule by rule."""

from __future__ import annotations

from attrs import define
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.replay_budget import BEGINNING, ReplayBudget


@define(eq=False)
class Body:
    """One that is kept; what loses its replay is sent when the test says so."""

    budget: ReplayBudget
    complete: bool = False
    shared: int = 0
    beginning: int = 0
    size: int = 0
    kept: bool = True

    def add(self, size: int) -> bool:
        before, self.size = self.size, self.size + size
        if self.kept and not self.budget.hold(self, before, size, size):
            self.kept = False
            self.budget.leave(self)
        return self.kept

    def lose_replay(self) -> None:
        self.kept = False
        self.budget.leave(self)

    def release(self) -> None:
        self.budget.give_back(self)


class BudgetTests(SynchronousTestCase):
    """One budget of 8,000 bytes; beginnings of 100."""

    def setUp(self) -> None:
        self.filled = 0
        self.budget = ReplayBudget(8000, beginning=100, beginnings_limit=1000, filled=self.note)

    def note(self) -> None:
        self.filled += 1

    def body(self, *sizes: int, complete: bool = False) -> Body:
        body = Body(self.budget, complete)
        for size in sizes:
            body.add(size)
        return body

    def test_defaults(self) -> None:
        budget = ReplayBudget()
        self.assertEqual((budget.limit, BEGINNING), (256 << 20, 64 << 10))

    def test_beginnings_stand_outside(self) -> None:
        whole = [self.body(3500, complete=True) for _ in range(2)]
        self.assertEqual((self.budget.shared, self.budget.beginnings), (6800, 200))
        self.budget.limit = 6800
        small = [self.body(40, 60) for _ in range(8)]
        self.assertTrue(all(body.kept for body in (*whole, *small)))
        self.assertEqual((self.budget.shared, self.budget.beginnings, self.budget.lost), (6800, 1000, 0))

    def test_beginnings_have_a_bound(self) -> None:
        """What is more counts as the rest of bodies does."""
        for _ in range(12):
            self.assertTrue(self.body(100).kept)
        self.assertEqual((self.budget.shared, self.budget.beginnings), (200, 1000))

    def test_the_largest_that_is_not_whole_pays(self) -> None:
        whole = self.body(3000, complete=True)
        large, larger = self.body(1500), self.body(2100)
        newcomer = self.body(500)
        self.assertEqual([b.kept for b in (whole, large, larger, newcomer)], [True, True, True, True])
        newcomer.add(500)
        self.assertEqual([b.kept for b in (whole, large, larger, newcomer)], [True, True, False, True])
        self.assertEqual((self.budget.lost, self.budget.leaving), (1, larger.shared))

    def test_who_fills_it_pays(self) -> None:
        """It is the newcomer that loses its replay where it is the largest."""
        first, second = self.body(3000), self.body(3500)
        self.assertFalse(second.add(1500))
        self.assertTrue(first.kept)
        self.assertEqual((self.budget.lost, self.budget.leaving), (1, 3400))

    def test_what_leaves_counts_until_it_is_gone(self) -> None:
        first, second = self.body(4100), self.body(3000)
        second.add(200)
        self.assertFalse(first.kept)
        self.assertTrue(second.add(200))
        self.assertEqual(self.budget.shared, 4000 + 3300)
        self.assertFalse(second.add(1000), "there is no room yet, whoever lost its replay")
        first.budget.give_back(first, 4050)
        self.assertEqual((first.shared, first.beginning), (0, 50))
        first.release()
        second.release()
        self.assertEqual((self.budget.used, self.budget.leaving), (0, 0))

    def test_whole_ones_pay_nothing(self) -> None:
        """They are on their way, and soon gone."""
        whole = [self.body(3600, complete=True) for _ in range(2)]
        newcomer = self.body(600)
        self.assertEqual([b.kept for b in (*whole, newcomer)], [True, True, True])
        self.assertFalse(newcomer.add(600), "nobody else could pay")
        self.assertEqual([b.kept for b in whole], [True, True])

    def test_told_once(self) -> None:
        bodies = [self.body(3000 + n) for n in range(12)]
        self.assertEqual((self.filled, self.budget.lost > 3), (1, True))
        for body in bodies:
            body.release()
        self.body(9000)
        self.assertEqual(self.filled, 2, "it was half empty meanwhile")

    def test_without_a_limit(self) -> None:
        self.budget.limit = 0
        self.assertTrue(all(self.body(100_000).kept for _ in range(10)))
        self.assertEqual(self.filled, 0)


class PartTests(SynchronousTestCase):
    """A listener's part of what the process has."""

    def setUp(self) -> None:
        self.whole = ReplayBudget(8000, beginning=0)
        self.told: list[str] = []
        self.one = self.whole.part(4000, lambda: self.told.append("one"))
        self.other = self.whole.part(4000)

    def test_it_takes_of_both(self) -> None:
        body = Body(self.one)
        body.add(1000)
        self.assertEqual((self.one.shared, self.whole.shared, self.other.shared), (1000, 1000, 0))
        body.release()
        self.assertEqual((self.one.shared, self.whole.shared), (0, 0))

    def test_no_listener_takes_it_all(self) -> None:
        bodies = [Body(self.one) for _ in range(8)]
        for body in bodies:
            body.add(900)
        others = [Body(self.other) for _ in range(3)]
        self.assertTrue(all(body.add(1000) for body in others))
        self.assertLess(self.one.shared, 4001)
        self.assertEqual((self.one.lost, self.whole.lost, self.other.lost), (5, 5, 0))
        self.assertEqual(self.told, ["one"])

    def test_the_largest_of_its_own_pays(self) -> None:
        stranger, small, large = Body(self.other), Body(self.one), Body(self.one)
        self.assertTrue(stranger.add(3400) and large.add(2000) and small.add(1000) and small.add(900))
        self.assertEqual([b.kept for b in (stranger, large, small)], [True, False, True])

    def test_the_largest_of_all_pays_for_the_whole(self) -> None:
        self.whole.limit = 5000
        stranger, own = Body(self.other), Body(self.one)
        self.assertTrue(stranger.add(3000) and own.add(1000) and own.add(500))
        self.assertEqual([b.kept for b in (stranger, own)], [False, True])
        self.assertEqual((self.other.leaving, self.whole.leaving), (3000, 3000))
        stranger.release()
        own.release()
        self.assertEqual((self.other.leaving, self.whole.leaving, self.whole.shared), (0, 0, 0))
