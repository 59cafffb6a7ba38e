"""Tests for L{quorumha.config.places}; random documents in tests/config/test_lines.py."""

from __future__ import annotations

import sys
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.places import places_of
from tests.config.told import LISTENER, POOL, problems_of


class PlacesTests(SynchronousTestCase):
    """What the random documents do not hold."""

    def check(self, text: str, *expected: tuple[tuple[str | int, ...], str], is_json: bool = False) -> None:
        """Each path begins the rest of the text that is given."""
        places = places_of(text, is_json=is_json)
        for path, rest in expected:
            self.assertIn(path, places)
            self.assertTrue(text[places[path] :].startswith(rest), (path, text[places[path] :]))

    def test_strings(self) -> None:
        """Quotes, escapes and line ends inside of each kind of string."""
        self.check(
            'a = "\\"[" # "\nb = \'\\\'\nc = """\n"" \\""" " # """\nd = """x"""""\n'
            "e = '''\n'' [\n'''''\n\"f\\u0041\" = 1\n",
            (("a",), "a"),
            (("b",), "b"),
            (("c",), "c"),
            (("d",), "d"),
            (("e",), "e"),
            (("fA",), '"f'),
        )

    def test_values(self) -> None:
        """Dates with a space, numbers in every spelling, trailing commas, comments in arrays."""
        self.check(
            "a = [1979-05-27 07:32:00Z, -1_000.5e3, inf, # ]\n true,\n]\nb = { c.d = 0xff, e = [] }\n",
            (("a", 0), "1979"),
            (("a", 1), "-1_000"),
            (("a", 2), "inf"),
            (("a", 3), "true"),
            (("b", "c", "d"), "d = 0xff"),
            (("b", "e"), "e = []"),
        )

    def test_headers(self) -> None:
        """Space and quotes inside of the brackets; tables of a table of an array."""
        self.check(
            "[ a . 'b' ]\nx = 1\n[[c]]\n[c.d]\ny = 1\n[[c]]\n[c.d]\ny = 2\n",
            (("a", "b"), "'b'"),
            (("a", "b", "x"), "x = 1"),
            (("c", 0, "d", "y"), "y = 1"),
            (("c", 1), "[[c]]\n[c.d]\ny = 2"),
            (("c", 1, "d", "y"), "y = 2"),
        )

    def test_json(self) -> None:
        """Escapes of JSON alone, and nothing that looks like a comment."""
        self.check(
            '{"\\ud83d\\ude00": {"#": ["", "\\/", {"k": null}]}, "z": 1}',
            (("😀", "#", 1), '"\\/"'),
            (("😀", "#", 2, "k"), '"k"'),
            (("z",), '"z": 1'),
            is_json=True,
        )

    def test_not_a_document(self) -> None:
        """What cannot be walked is left where it stops: nothing is raised."""
        for text in ("a", "a = ", "[a", "= 1", 'a = "', "a = [1, " + "[" * 5000):
            places_of(text)
            places_of(text, is_json=True)


class LinearTests(SynchronousTestCase):
    """Ten times as much that is wrong is told by about ten times as much work, not by a hundred times."""

    def work(self, text: str) -> tuple[int, int]:
        """How many problems there are, and how many calls of functions it took to tell them."""
        calls = 0

        def count(frame: Any, event: str, argument: object) -> None:
            nonlocal calls
            calls += event.endswith("call")

        before = sys.getprofile()
        sys.setprofile(count)
        try:
            found = problems_of(text)
        finally:
            sys.setprofile(before)
        return len(found), calls

    def linear(self, few: str, many: str) -> None:
        (small, less), (large, more) = self.work(few), self.work(many)
        self.assertEqual((small, large), (30, 300))
        self.assertLess(more, 15 * less)

    def test_keys(self) -> None:
        """Wrong keys of one table."""
        texts = (POOL + LISTENER + "".join(f"k{n} = 1\n" for n in range(count)) for count in (30, 300))
        self.linear(*texts)

    def test_elements(self) -> None:
        """Wrong elements of one array, in a line each and all in one line."""
        for end in ("\n", ""):
            texts = (
                "[pools.a]\nupstreams = ["
                + "".join(f'"xttp://h{n}:1",{end}' for n in range(count))
                + "]\n"
                + LISTENER
                for count in (30, 300)
            )
            self.linear(*texts)
