"""So many things at most."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.lru import Lru


class LruTests(SynchronousTestCase):
    """Who was used least recently is forgotten."""

    def test_the_oldest_goes(self) -> None:
        """What was looked at counts as used."""
        known: Lru[str, int] = Lru(2)
        known.put("a", 1)
        known.put("b", 2)
        self.assertEqual(known.get("a"), 1)
        known.put("c", 3)
        self.assertEqual([known.get(key) for key in "abc"], [1, None, 3])

    def test_forgotten_on_purpose(self) -> None:
        """No harm if it was not there."""
        known: Lru[str, int] = Lru(2)
        known.put("a", 1)
        known.forget("a")
        known.forget("a")
        self.assertEqual((known.get("a"), len(known)), (None, 0))

    @given(st.lists(st.integers(0, 9)), st.integers(1, 5), st.sets(st.integers(0, 9)))
    def test_what_may_not_be_forgotten_stays(self, keys: list[int], most: int, kept: set[int]) -> None:
        """Even where it is more than may be."""
        known: Lru[int, int] = Lru(most, lambda value: value in kept)
        for key in keys:
            known.put(key, key)
        for key in set(keys) & kept:
            self.assertEqual(known.get(key), key)
        self.assertLessEqual(len(known), max(most, len(set(keys) & kept)))
