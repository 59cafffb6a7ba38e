"""In which line and column a key stands.  PURE."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from quorumha.config.masking import MaskedLine
from quorumha.config.places import KeyPath, places_of


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
