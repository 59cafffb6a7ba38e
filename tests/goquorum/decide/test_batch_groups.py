"""Which entries of a batch go to which member together."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.batch_groups import Want, cut

READ: Want[str] = Want()


class CutTests(SynchronousTestCase):
    """Only where it must be."""

    def test_reads_alone(self) -> None:
        """Nobody is pinned for them."""
        self.assertEqual(cut([READ, READ], lambda place, member: True), ({}, [0, 1]))

    def test_others_ride_with_the_first_group_that_has_a_write(self) -> None:
        """And stand there in order."""
        wants = [READ, Want("a"), Want("b", True), READ, Want("a", True)]
        self.assertEqual(cut(wants, lambda place, member: True), ({"a": [1, 4], "b": [0, 2, 3]}, []))

    def test_without_a_write_they_ride_with_any(self) -> None:
        """The first."""
        self.assertEqual(cut([READ, Want("a"), Want("b")], lambda *_: True), ({"a": [0, 1], "b": [2]}, []))

    def test_those_whose_block_it_lacks_do_not(self) -> None:
        """They are asked of any member that has it."""
        wants = [READ, Want("a", True), READ]
        self.assertEqual(cut(wants, lambda place, member: place == 2), ({"a": [1, 2]}, [0]))

    @given(
        st.lists(st.builds(Want, st.sampled_from([None, "a", "b", "c"]), st.booleans()), max_size=20),
        st.booleans(),
    )
    def test_each_entry_is_in_one_place_in_order(self, wants: list[Want[str]], rides: bool) -> None:
        """Whatever they are."""
        groups, free = cut(wants, lambda place, member: rides)
        self.assertEqual(sorted([*free, *chain(*groups.values())]), list(range(len(wants))))
        for member, places in groups.items():
            self.assertEqual(places, sorted(places))
            self.assertTrue(all(wants[place].pin in (None, member) for place in places))
