"""Tests for L{quorumha.config.problems}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.problems import Locator, Problems, key_text, located


class KeyTextTests(SynchronousTestCase):
    """Key paths as text."""

    def test_text(self) -> None:
        """Dots, indexes, and quotes where a key needs them."""
        for path, text in [
            ((), ""),
            (("a",), "a"),
            (("pools", "a-b", "upstreams", 1, "weight"), "pools.a-b.upstreams[1].weight"),
            (("pools", "a b"), 'pools."a b"'),
            (("", 'q"'), '"".' + '"q\\""'),
        ]:
            self.assertEqual(key_text(path), text)


class ProblemsTests(SynchronousTestCase):
    """Several problems."""

    def test_order(self) -> None:
        """They are told in the order of the file, whatever order they were found in."""
        problems = Problems()
        problems.add(("b",), "two")
        problems.add(("a",), "one")
        told = problems.as_text(problems.errors, "f", Locator("a = 1\nb = 2\n"))
        self.assertEqual(told, ["f:1:1 a: one\n    a = 1\n    ^", "f:2:1 b: two\n    b = 2\n    ^"])

    def test_one_for_a_key(self) -> None:
        """What follows from the first is not told."""
        problems = Problems()
        problems.add(("a",), "one")
        problems.add(("a",), "another")
        self.assertEqual(problems.errors, [(("a",), "one")])

    def test_caret(self) -> None:
        """The caret stands under the key, behind tabs too; without a line there is none."""
        self.assertEqual(
            located("f", (1, 3), ("a",), "x", Locator("\t a = 1")), "f:1:3 a: x\n    \t a = 1\n    \t ^"
        )
        self.assertEqual(located("f", (9, 1), (), "x", Locator("a = 1")), "f:9:1: x")
