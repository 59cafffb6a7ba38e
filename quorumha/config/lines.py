"""In which line and column a key stands.

This is looked for only when there is something to report.  PURE.
"""

from __future__ import annotations

from bisect import bisect_right

from quorumha.config.masking import MaskedLine
from quorumha.config.places import KeyPath, places_of

__all__ = ["KeyPath", "Locator"]


class Locator:
    """Finds key paths in one text that is known to parse."""

    def __init__(self, text: str, *, is_json: bool = False) -> None:
        # As tomllib does; columns stay the same.
        self._text = text.replace("\r\n", "\n")
        self._lines = self._text.split("\n")
        self._is_json = is_json
        self._places: dict[KeyPath, int] | None = None
        self._starts: list[int] = []
        self._shown: dict[int, MaskedLine] = {}

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty when there is none."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def shown(self, number: int, column: int) -> tuple[str, int]:
        """A line for a message, and the index of the letter that stands in it at a column.

        @param number: from 1.
        @param column: from 1.
        """
        line = self._shown.get(number)
        if line is None:
            line = self._shown[number] = MaskedLine(self.line(number))
        return line.text, line.shifted(column - 1)

    def locate(self, path: KeyPath) -> tuple[int, int]:
        """Line and column, both from 1, of a key or an element.

        What the text does not hold is sought at the nearest table around it.
        """
        if self._places is None:
            self._places = places_of(self._text, is_json=self._is_json)
            start = 0
            for line in self._lines:
                self._starts.append(start)
                start += len(line) + 1
        for length in range(len(path), 0, -1):
            offset = self._places.get(path[:length])
            if offset is not None:
                row = bisect_right(self._starts, offset)
                return row, offset - self._starts[row - 1] + 1
        return 1, 1
