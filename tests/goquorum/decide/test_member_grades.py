"""Tests for L{quorumha.goquorum.decide.member_grades}."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.member_grades import NOTED, BestHeights, Grade, MemberGrades
from quorumha.goquorum.decide.shown_signs import RaftSigns, ShownSigns

SHOWN = st.builds(
    ShownSigns,
    syncing=st.sampled_from([None, False, True]),
    peers=st.sampled_from([None, 0, 1]),
    fault=st.sampled_from(["", "broken"]),
)
WORKS = RaftSigns(True, 3, 3)
ALL = ShownSigns(5, False, 2, WORKS)


class GradeTests(SynchronousTestCase):
    """What signs come to beside those of the others."""

    def setUp(self) -> None:
        self.grades: MemberGrades[str] = MemberGrades(2.0, 1)
        self.now = 0.0
        self.heights = {"a1": 5, "a2": 5}

    def grade(self, name: str, shown: ShownSigns = ALL, *others: str) -> Grade:
        heights = [self.heights[one] for one in (name, *others)]
        return self.grades.take(name, shown, others, heights, self.now)

    def test_good(self) -> None:
        self.assertEqual(self.grade("a1"), Grade())
        self.assertEqual(self.grade("a2", ALL, "a1"), Grade())

    def test_nothing_known(self) -> None:
        """Signs that are not known are never bad."""
        self.grade("a1")
        self.heights["a2"] = -1
        self.assertEqual(self.grade("a2", ShownSigns(), "a1"), Grade())

    def test_syncing_while_another_member_is_not(self) -> None:
        syncing = ShownSigns(5, True)
        self.assertEqual(self.grade("a1", syncing).down, "")
        self.assertEqual(self.grade("a2", syncing, "a1").down, "")
        self.grade("a2")
        self.assertEqual(self.grade("a1", syncing, "a2").down, "it is syncing, and another member is not")
        self.grade("a2", ShownSigns(5, None))
        self.assertEqual(self.grade("a1", syncing, "a2").down, "")

    def test_the_last_member_is_never_put_down(self) -> None:
        """Who answers with an error is put down only beside one that is usable and does not."""
        broken = ShownSigns(fault="its check is answered with the error -32000")
        self.assertEqual(self.grade("a1", broken).down, "")
        self.grade("a2")
        self.assertEqual(self.grade("a1", broken, "a2").down, broken.fault)
        # The other one is gone.
        self.assertEqual(self.grade("a1", broken).down, "")
        self.grade("a2", broken, "a1")
        self.assertEqual(self.grade("a1", broken, "a2").down, "")

    def test_who_syncs_is_not_compared_with_who_is_broken(self) -> None:
        self.grade("a2", ShownSigns(5, False, fault="x"))
        self.assertEqual(self.grade("a1", ShownSigns(5, True), "a2").down, "")

    def test_read_only_without_raft(self) -> None:
        """Also where the others say the same: nobody mints."""
        lost = ShownSigns(5, False, 2, RaftSigns(True, 3, 1))
        self.assertEqual(self.grade("a1", lost).read_only, "raft has no majority: 1 of 3 are active")
        self.assertEqual(self.grade("a1", lost).down, "")

    def test_few_peers_while_another_usable_member_has_them(self) -> None:
        alone = ShownSigns(5, False, 0, WORKS)
        # A network of one node has none.
        self.assertEqual(self.grade("a1", alone).read_only, "")
        self.grade("a2", alone, "a1")
        self.assertEqual(self.grade("a1", alone, "a2").read_only, "")
        self.grade("a2")
        # What the other one showed is older.
        self.assertEqual(self.grade("a1", alone, "a2").read_only, "")
        self.assertEqual(self.grade("a1", alone, "a2").read_only, "connected to 0 other nodes")
        # It is usable no more.
        self.assertEqual(self.grade("a1", alone).read_only, "")

    def test_peers_of_0(self) -> None:
        """They are not looked at."""
        self.grades = MemberGrades(2.0, 0)
        self.grade("a2")
        self.assertEqual(self.grade("a1", ShownSigns(5, False, 0, WORKS), "a2").read_only, "")

    def test_behind(self) -> None:
        """It has not reached now what the best member had C{lag} ago."""
        self.grade("a1")
        self.grade("a2", ALL, "a1")
        self.now, self.heights["a1"] = 1.0, 6
        self.grade("a1", ALL, "a2")
        self.now = 2.9
        self.assertEqual(self.grade("a2", ALL, "a1").behind, "")
        self.now = 3.0
        self.assertEqual(self.grade("a2", ALL, "a1").behind, "at block 5, and the best one had 6 2 s ago")
        self.assertEqual(self.grade("a1", ALL, "a2").behind, "")
        self.heights["a2"] = 6
        self.assertEqual(self.grade("a2", ALL, "a1").behind, "")

    def test_an_idle_chain(self) -> None:
        """Age is no sign: raft mints nothing when there is nothing to mint."""
        for self.now in (0.0, 100.0, 10000.0):
            for name, other in (("a1", "a2"), ("a2", "a1")):
                self.assertEqual(self.grade(name, ALL, other), Grade())

    def test_not_counted_in_blocks(self) -> None:
        """Many blocks in less than C{lag} are none."""
        for step in range(20):
            self.now = step / 10
            self.heights["a1"] = 5 + 100 * step
            self.grade("a1", ALL, "a2")
            self.assertEqual(self.grade("a2", ALL, "a1").behind, "")

    def test_the_best_member_is_gone(self) -> None:
        """After C{lag} only those that are usable count."""
        self.heights["a1"] = 9
        self.grade("a1")
        self.now = 1.0
        self.grade("a2")
        self.now = 2.5
        self.assertNotEqual(self.grade("a2").behind, "")
        self.now = 3.0
        self.assertEqual(self.grade("a2").behind, "")

    def test_lag_of_0(self) -> None:
        """It is not looked at."""
        self.grades = MemberGrades(0.0, 1)
        self.heights["a1"] = 1000
        self.grade("a1")
        self.now = 10.0
        self.assertEqual(self.grade("a2", ALL, "a1").behind, "")

    @given(st.lists(SHOWN, min_size=1, max_size=5))
    def test_somebody_is_left(self, all_shown: list[ShownSigns]) -> None:
        """Whatever members that are usable show, they are not all put down."""
        grades: MemberGrades[int] = MemberGrades(2.0, 1)
        members = range(len(all_shown))
        for _ in range(2):
            found = [
                grades.take(one, all_shown[one], [other for other in members if other != one], [0], 0.0)
                for one in members
            ]
        self.assertIn("", [grade.down for grade in found])

    def test_forgotten(self) -> None:
        self.grade("a2")
        self.grades.forget("a2")
        self.assertEqual(self.grade("a1", ShownSigns(5, True), "a2").down, "")


class BestHeightsTests(SynchronousTestCase):
    """What is kept of the past."""

    def test_bounded(self) -> None:
        best = BestHeights(3600.0)
        for step in range(100_000):
            best.note(step, step / 10)
        self.assertLessEqual(len(best._steps), NOTED + 2)
        self.assertGreater(best.before(10_000.0), 0)

    def test_before(self) -> None:
        best = BestHeights(2.0)
        self.assertEqual(best.before(0.0), -1)
        for now, height in ((0.0, 1), (1.0, 2), (1.01, 3), (2.5, 3)):
            best.note(height, now)
        self.assertEqual([best.before(now) for now in (1.9, 2.0, 2.9, 3.0, 4.4, 4.5)], [-1, 1, 1, 1, 1, 1])
        best.note(3, 3.0)
        self.assertEqual([best.before(now) for now in (3.0, 4.5)], [2, 2])
