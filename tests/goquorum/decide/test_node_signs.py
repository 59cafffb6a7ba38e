"""Tests for L{quorumha.goquorum.decide.node_signs}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.node_signs import NodeSigns


class HeightTests(SynchronousTestCase):
    """How high it is."""

    def test_never_lower(self) -> None:
        """By what answers show: they may be old."""
        signs = NodeSigns()
        for height, expected in ((3, 3), (2, 3), (4, 4)):
            signs.has(height, float(height))
            self.assertEqual(signs.height, expected)
        self.assertEqual(signs.height_at, 4.0)

    def test_what_it_says_itself(self) -> None:
        """Less than before is believed when it says so for longer than C{lag}: its chain was made anew."""
        signs = NodeSigns()
        signs.has(9, 0.0)
        for now, height, expected in ((1.0, 2, 9), (3.0, 2, 9), (3.1, 3, 3), (3.2, 4, 4)):
            signs.says(height, now, 2.0)
            self.assertEqual((now, signs.height), (now, expected))

    def test_only_late(self) -> None:
        """What came on other ways was quicker, but for a moment."""
        signs = NodeSigns()
        for second in range(10):
            signs.has(second + 1, second)
            signs.says(second, second + 0.1, 2.0)
            signs.says(second + 1, second + 0.5, 2.0)
            self.assertEqual(signs.height, second + 1)


class GradeTests(SynchronousTestCase):
    """What checks come to."""

    def test_several_pools(self) -> None:
        """What one of them says holds until that one takes it back."""
        signs = NodeSigns()
        signs.graded("p", "b1", "")
        signs.graded("q", "b2", "r2")
        self.assertEqual((signs.behind, signs.read_only), ("b1", "r2"))
        signs.graded("p", "", "")
        self.assertEqual((signs.behind, signs.read_only), ("b2", "r2"))
        signs.graded("q", "", "")
        self.assertEqual((signs.behind, signs.read_only), ("", ""))


class LackTests(SynchronousTestCase):
    """What it does not have."""

    def test_forgotten_when_it_is_asked_again(self) -> None:
        """There is one fact of each."""
        signs, some, more = NodeSigns(), frozenset("ab"), frozenset("abc")
        for asked, missing, new, known in (
            (more, "c", "c", "c"),
            (some, "", "", "c"),
            (some, "a", "a", "ac"),
            (more, "b", "b", "b"),
            (more, "ac", "", "ac"),
        ):
            self.assertEqual(signs.lacks(asked, frozenset(missing)), frozenset(new))
            self.assertEqual(signs.missing, frozenset(known))
