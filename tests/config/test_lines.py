"""Tests for L{quorumha.config.problems}."""

from __future__ import annotations

import json
import tomllib
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.places import KeyPath
from quorumha.config.problems import Locator

DOCUMENT = '''\
# comment with "serve" and serve = 1
top = "5s" # top = 1

[pools."odd name"]
upstreams = [ # upstreams
  "a", 'b',
  { endpoint = "weight", weight = 1, "na\\u006de" = "x" }, [1, [2]], "a",
]
a.b = 1
a.c = 2
text = """
serve = 1
[pools.x]
"""
\t'quoted' = {x.y = 1, x.z = [1, 2]}

[[list]]
serve = 1
[[list.inner]]
k = 1
[[list.inner]]
k = 2
[[list]]
serve = 2
'''


class LocatorTests(SynchronousTestCase):
    """Known documents."""

    def check(self, document: str, *expected: tuple[KeyPath, str]) -> None:
        """Each path is found at the one place that the text marks with C{rest of the line}."""
        locator = Locator(document)
        for path, rest in expected:
            line, column = locator.locate(path)
            self.assertTrue(
                locator.line(line)[column - 1 :].startswith(rest), (path, line, column, locator.line(line))
            )

    def test_places(self) -> None:
        """Keys and elements of every kind."""
        odd = ("pools", "odd name")
        self.check(
            DOCUMENT,
            (("top",), 'top = "5s"'),
            (("pools",), 'pools."odd'),
            (odd, '"odd name"]'),
            ((*odd, "upstreams"), "upstreams = ["),
            ((*odd, "upstreams", 0), "\"a\", 'b'"),
            ((*odd, "upstreams", 1), "'b',"),
            ((*odd, "upstreams", 2), "{ endpoint"),
            ((*odd, "upstreams", 2, "endpoint"), "endpoint ="),
            ((*odd, "upstreams", 2, "weight"), "weight = 1"),
            ((*odd, "upstreams", 2, "name"), '"na'),
            ((*odd, "upstreams", 3), "[1, [2]]"),
            ((*odd, "upstreams", 3, 1), "[2]"),
            ((*odd, "upstreams", 3, 1, 0), "2]"),
            ((*odd, "upstreams", 4), '"a",'),
            ((*odd, "a"), "a.b"),
            ((*odd, "a", "b"), "b = 1"),
            ((*odd, "a", "c"), "c = 2"),
            ((*odd, "text"), "text ="),
            ((*odd, "quoted"), "'quoted'"),
            ((*odd, "quoted", "x", "z"), "z = ["),
            ((*odd, "quoted", "x", "z", 1), "2]"),
        )

    def test_arrays_of_tables(self) -> None:
        """Each table of an array is told from the others."""
        locator = Locator(DOCUMENT)
        for path, place in [
            (("list",), (17, 3)),
            (("list", 0), (17, 1)),
            (("list", 0, "serve"), (18, 1)),
            (("list", 0, "inner"), (19, 8)),
            (("list", 0, "inner", 1), (21, 1)),
            (("list", 0, "inner", 1, "k"), (22, 1)),
            (("list", 1), (23, 1)),
            (("list", 1, "serve"), (24, 1)),
        ]:
            self.assertEqual(locator.locate(path), place, path)

    def test_absent(self) -> None:
        """What is not there is sought at the table around it, at last at the beginning."""
        locator = Locator(DOCUMENT)
        self.assertEqual(locator.locate(("list", 1, "nothing", "at all")), (23, 1))
        self.assertEqual(locator.locate(("nothing",)), (1, 1))
        self.assertEqual(locator.locate(()), (1, 1))
        self.assertEqual(Locator("").locate(("a",)), (1, 1))

    def test_line_ends(self) -> None:
        """A file from Windows has the same lines and columns."""
        locator = Locator(DOCUMENT.replace("\n", "\r\n"))
        self.assertEqual(locator.locate(("list", 0, "inner", 1, "k")), (22, 1))
        self.assertEqual(locator.line(22), "k = 2")

    def test_json(self) -> None:
        """JSON is searched likewise."""
        text = '{\n "pools": {"a": {"upstreams": ["x",\n  {"endpoint": "a", "weight": 0}]}}\n}'
        locator = Locator(text, is_json=True)
        self.assertEqual(locator.locate(("pools", "a")), (2, 12))
        self.assertEqual(locator.locate(("pools", "a", "upstreams", 0)), (2, 32))
        self.assertEqual(locator.locate(("pools", "a", "upstreams", 1, "weight")), (3, 21))


class Writer:
    """Writes random TOML and notes where it wrote what."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.text = ""
        self.places: dict[KeyPath, tuple[int, int]] = {}

    def note(self, path: KeyPath) -> None:
        before = self.text
        place = before.count("\n") + 1, len(before) - before.rfind("\n")
        self.places.setdefault(path, place)

    def key(self, key: str, path: KeyPath) -> None:
        self.note((*path, key))
        bare = key.isascii() and key.replace("-", "").isalnum()
        self.text += key if bare and self.random.random() < 0.7 else json.dumps(key, ensure_ascii=False)

    def filler(self) -> None:
        """Space inside an array, where a comment or a line end may stand."""
        self.text += self.random.choice(["", " ", "\n", ' # it\'s "a" comment, [\n', "\n\n\t"])

    def value(self, value: Any, path: KeyPath) -> None:
        if isinstance(value, dict):
            self.text += "{"
            for number, (key, inner) in enumerate(value.items()):
                self.text += ", " if number else self.random.choice(["", " "])
                self.key(key, path)
                self.text += " = "
                self.value(inner, (*path, key))
            self.text += "}"
        elif isinstance(value, list):
            self.text += "["
            for index, inner in enumerate(value):
                self.filler()
                self.note((*path, index))
                self.value(inner, (*path, index))
                self.filler()
                if index < len(value) - 1 or self.random.random() < 0.3:
                    self.text += ","
            self.filler()
            self.text += "]"
        elif isinstance(value, str) and self.random.random() < 0.2:
            self.text += '"""\n' + value.replace("\\", "").replace('"', "") + '"""'
        else:
            self.text += json.dumps(value, ensure_ascii=False)

    def table(self, table: dict[str, Any], path: KeyPath) -> None:
        later: list[tuple[str, dict[str, Any]]] = []
        for key, value in table.items():
            if isinstance(value, dict) and self.random.random() < 0.6:
                later.append((key, value))
                continue
            self.text += self.random.choice(["", "\n", "# a = 1\n", "  "])
            self.key(key, path)
            self.text += " = "
            self.value(value, (*path, key))
            self.text += self.random.choice(["\n", " # b = 2\n"])
        for key, value in later:
            self.text += "["
            walked: KeyPath = ()
            for part in (*path, key):
                self.text += "." if walked else ""
                self.key(str(part), walked)
                walked += (part,)
            self.text += "]\n"
            self.table(value, (*path, key))


keys = st.sampled_from(["a", "b", "serve", "a-b", "odd key", "", "é", "1", "a.b", "true", "probe"])
words = st.text(alphabet="ab,[]{}=#'.\" éserve\\", max_size=8)
leaves = st.one_of(st.integers(-5, 5), st.booleans(), words, keys)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=12,
)


class RandomTests(SynchronousTestCase):
    """Random documents."""

    @settings(deadline=None, max_examples=60)
    @given(st.dictionaries(keys, values, max_size=5), st.randoms(use_true_random=False))
    def test_toml(self, tree: dict[str, Any], random: Random) -> None:
        """Every key and every element is found exactly where it was written."""
        writer = Writer(random)
        writer.table(tree, ())
        tomllib.loads(writer.text)
        locator = Locator(writer.text)
        for path, place in writer.places.items():
            self.assertEqual(locator.locate(path), place, (path, writer.text))

    @settings(deadline=None, max_examples=40)
    @given(st.dictionaries(keys, values, max_size=4), st.sampled_from([None, 1]))
    def test_json(self, tree: dict[str, Any], indent: int | None) -> None:
        """In JSON every key is found at a place where it stands."""
        text = json.dumps(tree, indent=indent, ensure_ascii=False)
        locator = Locator(text, is_json=True)
        for key in tree:
            line, column = locator.locate((key,))
            rest = locator.line(line)[column - 1 :]
            self.assertTrue(rest.startswith(json.dumps(key, ensure_ascii=False) + ":"), (key, text))
            if indent:
                self.assertEqual(column, 2, (key, text))
