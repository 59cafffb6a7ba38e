"""Everything that is wrong with one configuration, as messages.

A problem is found with a key path; its message has file, line and column:

    quorumha.toml:14:1 listeners.q2t.serve: 'htttp' is not one of http, tcp; did you mean 'http'?
        serve = "htttp"
        ^
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Callable
from functools import cached_property
from itertools import accumulate

from attrs import define, field

from quorumha.config.masking import MaskedLine, masked
from quorumha.config.places import BARE_KEY, KeyPath, places_of

__all__ = ["KeyPath", "Problems", "key_text"]

#: Letters of a line that a message shows at most.
EXCERPT = 200


def key_text(path: KeyPath) -> str:
    """A key path as text: C{listeners.p2p.routes[1].path}."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            shown = part if BARE_KEY.fullmatch(part) else json.dumps(part, ensure_ascii=False)
            text += f".{shown}" if text else shown
    return text


class Locator:
    """Finds key paths in one text that is known to parse."""

    def __init__(self, text: str, *, is_json: bool = False) -> None:
        # As tomllib does; columns stay the same.
        self._text = text.replace("\r\n", "\n")
        self._lines = self._text.split("\n")
        self._is_json = is_json
        self._shown: dict[int, MaskedLine] = {}

    @cached_property
    def _places(self) -> dict[KeyPath, int]:
        return places_of(self._text, is_json=self._is_json)

    @cached_property
    def _starts(self) -> list[int]:
        return list(accumulate((len(line) + 1 for line in self._lines), initial=0))

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty when there is none."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def shown(self, number: int, column: int) -> tuple[str, int]:
        """A line for a message, and the index in it of the letter at a column (both from 1)."""
        line = self._shown.get(number)
        if line is None:
            line = self._shown[number] = MaskedLine(self.line(number))
        return line.text, line.shifted(column - 1)

    def locate(self, path: KeyPath) -> tuple[int, int]:
        """Line and column (from 1) of a key or an element, or of the nearest table around it."""
        for length in range(len(path), 0, -1):
            offset = self._places.get(path[:length])
            if offset is not None:
                row = bisect_right(self._starts, offset)
                return row, offset - self._starts[row - 1] + 1
        return 1, 1


@define
class Problems:
    """What was found so far: errors, and warnings that stop nothing.

    @ivar belongs: the end of a message that says where a key belongs; empty where there is none.
    """

    errors: list[tuple[KeyPath, str]] = field(factory=list)
    warnings: list[tuple[KeyPath, str]] = field(factory=list)
    belongs: Callable[[str], str] = lambda _: ""
    _known: set[KeyPath] = field(factory=set, init=False, repr=False)

    def add(self, path: KeyPath, text: str) -> None:
        """Note an error.  One key has one: what follows from the first is noise."""
        if path not in self._known:
            self._known.add(path)
            self.errors.append((path, text))

    def warn(self, path: KeyPath, text: str) -> None:
        """Note something that is probably not meant."""
        self.warnings.append((path, text))

    def as_text(self, found: list[tuple[KeyPath, str]], source: str, locator: Locator) -> list[str]:
        """Problems as text, in the order of the file."""
        placed = sorted(((locator.locate(path), path, text) for path, text in found), key=lambda p: p[0])
        return [located(source, place, path, text, locator) for place, path, text in placed]


def located(source: str, place: tuple[int, int], path: KeyPath, text: str, locator: Locator) -> str:
    """One problem as text: the place, the key, what is wrong, the line and a caret under it."""
    line, column = place
    key = f" {masked(key_text(path))}:" if path else ":"
    where = f"{source}:{line}:{column}{key} {masked(text)}"
    written, at = locator.shown(line, column)
    if not written.strip():
        return where
    if len(written) > EXCERPT:
        start = max(0, min(at - EXCERPT // 2, len(written) - EXCERPT))
        before, after = "..." if start else "", "..." if start + EXCERPT < len(written) else ""
        written = before + written[start : start + EXCERPT] + after
        at += len(before) - start
    # Tabs stay, so that the caret stands under the key whatever their width.
    margin = "".join("\t" if c == "\t" else " " for c in written[:at])
    return f"{where}\n    {written.rstrip()}\n    {margin}^"
