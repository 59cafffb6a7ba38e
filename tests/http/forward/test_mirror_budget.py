"""What all copies may hold together."""

from __future__ import annotations

from attrs import define
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import Full
from quorumha.http.forward.mirror_budget import MirrorBudget
from quorumha.http.forward.request_body import RequestBody
from quorumha.testing import FactRecorder


@define(eq=False)
class OneCopy:
    """A copy with a body of its own."""

    budget: MirrorBudget
    body: RequestBody
    dropped: bool = False

    def drop(self) -> None:
        self.dropped = True
        self.end()

    def end(self) -> None:
        self.body.release()
        self.budget.copies.pop(self.body, None)


def keep(budget: MirrorBudget, size: int) -> OneCopy | None:
    """A copy of C{size} bytes, if there is room."""
    if not budget.make_room(size + 64):
        return None
    copy = OneCopy(budget, RequestBody(budget, 0, chunked=False))
    copy.body.add(b"x" * size)
    budget.copies[copy.body] = copy.drop
    return copy


class BudgetTests(SynchronousTestCase):
    """See the module."""

    def test_the_oldest_pays(self) -> None:
        """As many as are needed, the oldest first, and no more."""
        budget = MirrorBudget(10_000)
        copies = [keep(budget, 2_000) for _ in range(4)]
        self.assertIsNotNone(keep(budget, 4_000))
        self.assertEqual([copy.dropped for copy in copies if copy], [True, True, False, False])
        self.assertEqual(budget.used, 2 * 2_064 + 4_064)

    def test_larger_than_all(self) -> None:
        """One that has never room takes no room from others."""
        budget = MirrorBudget(1_000)
        copy = keep(budget, 500)
        assert copy is not None
        self.assertIsNone(keep(budget, 5_000))
        self.assertFalse(copy.dropped)

    def test_nobody_is_told(self) -> None:
        """No room is no failure, whether observers are left out or said to be none."""
        for budget in (MirrorBudget(1_000), MirrorBudget(1_000, None), MirrorBudget(1_000, observers=None)):
            self.assertIsNone(keep(budget, 5_000))

    def test_who_holds_nothing_is_left_alone(self) -> None:
        """A copy that is sent and waits for its answer would free nothing."""
        budget = MirrorBudget(1_000)
        sent, late = keep(budget, 300), keep(budget, 400)
        assert sent is not None and late is not None
        sent.body.release()
        self.assertIsNotNone(keep(budget, 800))
        self.assertEqual((sent.dropped, late.dropped), (False, True))

    def test_no_limit(self) -> None:
        """0 means none."""
        budget = MirrorBudget(0)
        self.assertEqual([keep(budget, 10_000) is None for _ in range(5)], [False] * 5)
        self.assertEqual(MirrorBudget().limit, 64 << 20)

    def test_other_bodies_make_room(self) -> None:
        """What is kept for another purpose comes before copies."""
        budget = MirrorBudget(1_000)
        copy = keep(budget, 800)
        assert copy is not None
        body = RequestBody(budget, 0, chunked=False)
        self.assertTrue(body.add(b"x" * 600))
        self.assertTrue(copy.dropped)

    def test_told(self) -> None:
        """Each time that it is full."""
        facts = FactRecorder()
        budget = MirrorBudget(1_000, facts.observers)
        copies = [keep(budget, 300) for _ in range(5)]
        self.assertEqual(facts.facts, [Full("mirror-budget")] * sum(copy.dropped for copy in copies if copy))
        self.assertGreater(len(facts.facts), 1)

    @given(
        st.integers(1, 2_000),
        st.lists(st.tuples(st.sampled_from("keep end send"), st.integers(1, 900)), max_size=40),
    )
    def test_any_sequence(self, limit: int, steps: list[tuple[str, int]]) -> None:
        """Never above the limit; what is counted is what is kept; who is dropped is older than who is not."""
        budget = MirrorBudget(limit)
        copies: list[OneCopy] = []
        for what, number in steps:
            live = [copy for copy in copies if copy.body in budget.copies]
            if what == "keep":
                fits = number + 64 <= limit
                copy = keep(budget, number)
                self.assertEqual(copy is not None, fits)
                copies += [copy] if copy is not None else []
                gone = [one for one in live if one.body not in budget.copies]
                stay = [one for one in live if one.body in budget.copies and one.body.shared]
                self.assertEqual([*gone, *stay], [one for one in live if one in gone or one.body.shared])
                self.assertTrue(all(one.dropped for one in gone))
            elif live:
                one = live[number % len(live)]
                one.end() if what == "end" else one.body.release()
            self.assertLessEqual(budget.used, limit)
            self.assertEqual(budget.used, sum(one.body.shared for one in copies))
