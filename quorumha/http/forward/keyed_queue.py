"""L{KeyedQueue}: what belongs together goes one at a time.  Pure."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)


class KeyedQueue(Generic[T]):
    """Queues by key, bounded: whoever finds no room goes at once.

    @ivar each: most that wait for one key.
    @ivar most: most that wait in all.
    @ivar bypassed: how many went at once for want of room.
    """

    def __init__(self, each: int = 64, most: int = 1000) -> None:
        self.each = each
        self.most = most
        self.bypassed = 0
        self._count = 0
        self._going: dict[bytes, T] = {}
        # In the order of their coming; a dict is a queue that one may leave in the middle.
        self._waiting: dict[bytes, dict[T, None]] = {}

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._count

    @property
    def going(self) -> int:
        """How many keys have somebody going whose turn it is."""
        return len(self._going)

    def enter(self, key: bytes, one: T) -> bool:
        """C{one} wants to go.

        @return: it may, now; else it waits to be named by L{leave}.
        """
        if key not in self._going:
            self._going[key] = one
            return True
        queue = self._waiting.get(key, {})
        if len(queue) >= self.each or self._count >= self.most:
            self.bypassed += 1
            return True
        self._waiting.setdefault(key, queue)[one] = None
        self._count += 1
        return False

    def leave(self, key: bytes, one: T) -> T | None:
        """C{one} is done, or waits no more.

        @return: who may go now.
        """
        queue = self._waiting.get(key)
        if self._going.get(key) != one:
            if queue is not None and one in queue:
                self._take(key, queue, one)
            return None
        if queue is None:
            del self._going[key]
            return None
        following = next(iter(queue))
        self._take(key, queue, following)
        self._going[key] = following
        return following

    def _take(self, key: bytes, queue: dict[T, None], one: T) -> None:
        del queue[one]
        self._count -= 1
        if not queue:
            del self._waiting[key]
