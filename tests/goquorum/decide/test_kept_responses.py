"""How many bytes of members' answers the process keeps."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.kept_responses import KeptResponses


class One:
    """An answer that is kept."""

    def __init__(self) -> None:
        self.kept = 0
        self.ended = False

    def give_up(self) -> None:
        self.ended = True


class KeptResponsesTests(SynchronousTestCase):
    """One bound for all."""

    def test_above_it_the_largest_ends(self) -> None:
        """Not the newcomer."""
        kept = KeptResponses(100)
        large, small, new = One(), One(), One()
        kept.hold(large, 60)
        kept.hold(small, 30)
        self.assertEqual(kept.size, 90)
        kept.hold(new, 20)
        self.assertEqual([one.ended for one in (large, small, new)], [True, False, False])
        self.assertEqual((kept.size, kept.ended), (50, 1))

    def test_who_fills_it_pays(self) -> None:
        """Itself, if it is the largest."""
        kept = KeptResponses(100)
        first, second = One(), One()
        kept.hold(first, 40)
        kept.hold(second, 90)
        self.assertEqual((first.ended, second.ended, kept.size), (False, True, 40))

    def test_what_is_released_counts_no_more(self) -> None:
        """Nor what grows counts twice."""
        kept = KeptResponses(100)
        one = One()
        for size in (10, 50, 90):
            kept.hold(one, size)
        self.assertEqual(kept.size, 90)
        kept.release(one)
        kept.release(one)
        self.assertEqual((kept.size, one.ended), (0, False))
