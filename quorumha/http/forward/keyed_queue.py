"""L{KeyedQueue}: what belongs together goes one at a time.  Pure."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class KeyedQueue(Generic[T]):
    """Queues by key, bounded: whoever finds no room goes at once.

    @ivar each: most that wait for one key.
    @ivar most: most that wait in all.
    @ivar waiting: how many wait.
    """

    def __init__(self, each: int = 64, most: int = 1000) -> None:
        self.each = each
        self.most = most
        self.waiting = 0
        # The first of each goes, the others wait; a dict is a queue that one may leave in the middle.
        self._queues: dict[bytes, dict[T, None]] = {}

    @property
    def going(self) -> int:
        """How many keys have somebody going whose turn it is."""
        return len(self._queues)

    def enter(self, key: bytes, one: T) -> bool:
        """C{one} wants to go.

        @return: it may, now; else it waits to be named by L{leave}.
        """
        queue = self._queues.get(key)
        if queue is None:
            self._queues[key] = {one: None}
            return True
        if len(queue) > self.each or self.waiting >= self.most:
            return True
        queue[one] = None
        self.waiting += 1
        return False

    def leave(self, key: bytes, one: T) -> T | None:
        """C{one} is done, or waits no more.

        @return: who may go now.
        """
        queue = self._queues.get(key, {})
        if one not in queue:
            return None
        went = one == next(iter(queue))
        del queue[one]
        if not queue:
            del self._queues[key]
            return None
        self.waiting -= 1
        return next(iter(queue)) if went else None
