"""L{Turns}: the queue of things to do next, which stands for the reactor's loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

#: Which of that many waiting turns is next: 0, the oldest, to count - 1.
Order = Callable[[int], int]


class NeverQuiet(AssertionError):
    """The network did not come to rest: two sides keep each other busy."""


class Turns:
    """Things to do, one after the other.

    @ivar taken: turns taken since the beginning.
    """

    def __init__(self, order: Order | None = None) -> None:
        """
        @param order: chooses among waiting turns; the oldest unless given.  Any
            choice keeps the bytes of one connection in order.
        """
        self.taken = 0
        self._order = order
        self._waiting: deque[Callable[[], None]] = deque()

    def add(self, turn: Callable[[], None]) -> None:
        """Do C{turn} later, never now."""
        self._waiting.append(turn)

    def __len__(self) -> int:
        return len(self._waiting)

    def take(self) -> None:
        """Do the next one."""
        index = self._order(len(self._waiting)) if self._order is not None else 0
        turn = self._waiting[index]
        del self._waiting[index]
        self.taken += 1
        turn()
