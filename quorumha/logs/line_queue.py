"""L{LineQueue}: lines that wait to be written, bounded; it knows how many are missing, and where.  Pure."""

from __future__ import annotations

from collections import deque

from attrs import frozen


@frozen
class Taken:
    """What is to be written next, and whether a mark, or so many missing lines, stand behind it."""

    lines: list[bytes]
    missing: int = 0
    marked: bool = False


class LineQueue:
    """First in, first out.  What does not fit is dropped and counted in its place."""

    def __init__(self, bound: int) -> None:
        #: Bytes that wait, those that were taken and are not done among them.
        self.size = 0
        self._bound = bound
        #: Lines, how many are missing between two of them, and marks.
        self._waiting: deque[bytes | int | None] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, line: bytes) -> bool:
        """Add a line, or count it; whether there was room."""
        if self.size + len(line) <= self._bound:
            self._waiting.append(line)
            self.size += len(line)
            return True
        if self._waiting and isinstance(self._waiting[-1], int):
            self._waiting[-1] += 1
        else:
            self._waiting.append(1)
        return False

    def mark(self) -> None:
        """Mark the place behind the last line."""
        self._waiting.append(None)

    def take(self, most: int) -> Taken:
        """The next lines, of C{most} bytes and one line more; up to where some are missing, or a mark."""
        lines: list[bytes] = []
        taken = 0
        while self._waiting and taken < most:
            first = self._waiting.popleft()
            if first is None:
                return Taken(lines, marked=True)
            if isinstance(first, int):
                return Taken(lines, missing=first)
            lines.append(first)
            taken += len(first)
        return Taken(lines)

    def done(self, lines: list[bytes]) -> None:
        self.size -= sum(map(len, lines))
