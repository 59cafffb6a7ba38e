"""Which member a read is asked of."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.read_choice import ReadChoice
from quorumha.pool.passive_health import DOWN
from quorumha.pool.pool import Member, UpstreamPool
from tests.pool.test_pool import upstream


class ReadChoiceTests(SynchronousTestCase):
    """Three members."""

    def setUp(self) -> None:
        self.pool = UpstreamPool("p", [upstream("a"), upstream("b"), upstream("c")])
        self.choice = ReadChoice(self.pool)
        self.a, self.b, self.c = self.pool.members

    def test_in_turn(self) -> None:
        """Any will do."""
        self.assertEqual({self.choice.next(0.0) for _ in range(3)}, set(self.pool.members))

    def test_one_that_has_the_block(self) -> None:
        """In turn, too."""
        for member, height in ((self.a, 5), (self.b, 4), (self.c, 5)):
            signs_of(member).has(height, 0.0)
        self.assertEqual({self.choice.next(0.0, 5) for _ in range(4)}, {self.a, self.c})
        self.assertIsNone(self.choice.next(0.0, 6))
        self.assertIsNone(self.choice.next(0.0, 5, [self.a, self.c]))

    def test_none_that_is_behind_while_another_one_can_be(self) -> None:
        """But better than nothing, if it has the block."""
        signs_of(self.a).behind = "behind"
        self.assertNotIn(self.a, [self.choice.next(0.0) for _ in range(4)])
        self.assertEqual(self.choice.next(0.0, -1, [self.b, self.c]), self.a)
        self.assertIsNone(self.choice.next(0.0, 1, [self.b, self.c]))

    def test_the_preferred_one(self) -> None:
        """If it may be asked."""
        for _ in range(4):
            self.assertIs(self.choice.next(0.0, prefer=self.b), self.b)
        self.assertIsNot(self.choice.next(0.0, -1, [self.b], self.b), self.b)
        signs_of(self.b).behind = "behind"
        self.assertIsNot(self.choice.next(0.0, prefer=self.b), self.b)
        signs_of(self.b).behind = ""
        self.b.health = DOWN
        self.assertIsNot(self.choice.next(0.0, prefer=self.b), self.b)

    def test_members_that_come_and_go(self) -> None:
        """Signs are those of the members that there are."""
        self.choice.next(0.0)
        new = self.pool.add(upstream("d"))
        signs_of(new).has(9, 0.0)
        self.assertIs(self.choice.next(0.0, 9), new)
        self.pool.remove(new)
        self.assertIsNone(self.choice.next(0.0, 9))

    def test_a_guess(self) -> None:
        """Who fell silent only sleeps over it."""
        for member in self.pool.members:
            member.health = DOWN
        self.a.silent = self.b.silent = True
        self.assertIsNone(self.choice.next(0.0))
        self.assertIs(self.choice.guess(0.0, []), self.c)
        self.c.silent = True
        self.assertIsNone(self.choice.guess(0.0, []))

    @given(
        st.lists(st.tuples(st.integers(-1, 3), st.booleans(), st.booleans()), min_size=3, max_size=3),
        st.integers(-1, 3),
    )
    def test_whoever_is_chosen_may_be(self, members: list[tuple[int, bool, bool]], height: int) -> None:
        """And somebody is, if somebody may be."""
        pool = UpstreamPool("p", [upstream("a"), upstream("b"), upstream("c")])
        fit: list[Member] = []
        ahead: list[Member] = []
        for member, (has, behind, down) in zip(pool.members, members, strict=True):
            signs_of(member).has(has, 0.0)
            signs_of(member).behind = "behind" if behind else ""
            pool.checked(member, "bad" if down else None, 0.0, "")
            if has >= height and not down:
                fit.append(member)
                if not behind:
                    ahead.append(member)
        chosen = ReadChoice(pool).next(0.0, height)
        if chosen is None:
            self.assertEqual(fit, [])
        else:
            self.assertIn(chosen, ahead or fit)
