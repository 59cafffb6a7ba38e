"""Where a key stands in the text.

tomllib and json tell no positions, and a second parser would disagree with them
one day.  So the same parser is asked again, in two steps:

  1. A TOML document is a row of statements, each of whole lines, and each is a
     document by itself.  From the first line on, lines are added until tomllib
     takes them: that is one statement, and its parsed tree says which keys it brings.
  2. Inside a statement a probe is put in where the key or the element may stand.
     When the parsed tree shows the probe in the right place, that was it.

This is done only when there is something to report.  PURE.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

from attrs import frozen

#: Keys and indexes from the root, C{("pools", "rpc", "upstreams", 1)}.
KeyPath = tuple[str | int, ...]

_ATOM = re.compile(r""" "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | [A-Za-z0-9_-]+ """, re.VERBOSE)
_ELEMENT = re.compile(r"(?<![^\s,\[])[^\s,\]#=}]")


@frozen
class Statement:
    """Some lines that belong together.

    @ivar line: number of its first line, from 1.
    @ivar base: the table it stands in; for a header, the table it opens.
    @ivar tree: what it says by itself.
    """

    line: int
    text: str
    base: KeyPath
    tree: Any
    header: bool = False


class Locator:
    """Finds key paths in one text that is known to parse."""

    def __init__(self, text: str, *, is_json: bool = False) -> None:
        # As tomllib does; columns stay the same.
        self._text = text.replace("\r\n", "\n")
        self._lines = self._text.split("\n")
        self._loads: Callable[[str], Any] = json.loads if is_json else tomllib.loads
        self._is_json = is_json
        self._statements: list[Statement] | None = None

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty when there is none."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def locate(self, path: KeyPath) -> tuple[int, int]:
        """Line and column, both from 1, of a key or an element.

        What the text does not hold is sought at the nearest table around it.
        """
        if self._statements is None:
            self._statements = list(self._split())
        for length in range(len(path), 0, -1):
            wanted = path[:length]
            for statement in self._statements:
                offset = self._within(statement, wanted)
                if offset is not None:
                    before = statement.text[:offset]
                    row = before.count("\n")
                    return statement.line + row, offset - (before.rfind("\n") + 1) + 1
        return 1, 1

    def _split(self) -> Iterator[Statement]:
        if self._is_json:
            yield Statement(1, self._text, (), self._loads(self._text))
            return
        base: KeyPath = ()
        arrays: dict[KeyPath, int] = {}
        start = 0
        while start < len(self._lines):
            end, text, tree = self._statement_at(start)
            if text.lstrip(" \t").startswith("["):
                base = _opened(tree, arrays)
                yield Statement(start + 1, text, base, tree, header=True)
            elif tree:
                yield Statement(start + 1, text, base, tree)
            start = end

    def _statement_at(self, start: int) -> tuple[int, str, Any]:
        text = ""
        for end in range(start, len(self._lines)):
            text += self._lines[end] + "\n"
            try:
                return end + 1, text, self._loads(text)
            except ValueError:
                continue
        return len(self._lines), text, {}

    def _within(self, statement: Statement, path: KeyPath) -> int | None:
        """The offset at which this statement brings C{path}; None when it does not."""
        if statement.header:
            if statement.base[: len(path)] != path:
                return None
            # An index points at the header as a whole; by itself it knows only names.
            names = tuple(part for part in path if isinstance(part, str))
            inside: KeyPath = names if isinstance(path[-1], str) else ()
        else:
            if path[: len(statement.base)] != statement.base:
                return None
            inside = path[len(statement.base) :]
            if not inside or not _holds(statement.tree, inside):
                return None
        found = self._probe(statement, inside) if inside else None
        return _first_mark(statement.text) if found is None else found

    def _probe(self, statement: Statement, inside: KeyPath) -> int | None:
        probe = "probe"
        while probe in statement.text:
            probe += "-"
        key = inside[-1]
        if isinstance(key, int):
            return self._probe_element(statement, inside[:-1], key, probe)
        return self._probe_key(statement, inside[:-1], key, probe)

    def _probe_key(self, statement: Statement, parent: KeyPath, key: str, probe: str) -> int | None:
        text = statement.text
        for start in range(len(text)):
            atom = _ATOM.match(text, start)
            if atom is None or _name(atom[0]) != key:
                continue
            node = self._parsed(text[:start] + f'"{probe}"' + text[atom.end() :], parent)
            if isinstance(node, dict) and probe in node:
                return start
        return None

    def _probe_element(self, statement: Statement, parent: KeyPath, index: int, probe: str) -> int | None:
        text = statement.text
        wanted = list(_dig(statement.tree, parent))
        wanted.insert(index, probe)
        # The last place that still stands before the element is where it begins.
        for found in reversed(list(_ELEMENT.finditer(text))):
            start = found.start()
            node = self._parsed(text[:start] + f'"{probe}", ' + text[start:], parent)
            # Compared as text, because a NaN equals nothing.
            if repr(node) == repr(wanted):
                return start
        return None

    def _parsed(self, text: str, path: KeyPath) -> Any:
        try:
            return _dig(self._loads(text), path)
        except (ValueError, LookupError, TypeError):
            return None


def _opened(tree: Any, arrays: dict[KeyPath, int]) -> KeyPath:
    """The path that a header opens, with the indexes of the arrays of tables it is in."""
    path: KeyPath = ()
    node = tree
    while isinstance(node, dict) and node:
        ((key, node),) = node.items()
        path += (key,)
        if isinstance(node, list):
            arrays[path] = arrays.get(path, -1) + 1
        if path in arrays:
            path += (arrays[path],)
    return path


def _dig(tree: Any, path: KeyPath) -> Any:
    for part in path:
        tree = tree[part]
    return tree


def _holds(tree: Any, path: KeyPath) -> bool:
    try:
        _dig(tree, path)
    except (LookupError, TypeError):
        return False
    return True


def _name(atom: str) -> str | None:
    """What an atom means as a key."""
    if atom.startswith("'"):
        return atom[1:-1]
    if not atom.startswith('"'):
        return atom
    try:
        return str(json.loads(atom))
    except ValueError:
        return None


def _first_mark(text: str) -> int:
    return len(text) - len(text.lstrip())
