"""L{Lru}: so many things at most; who was used least recently is forgotten.  Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import define, field

K = TypeVar("K")
V = TypeVar("V")


@define(eq=False)
class Lru(Generic[K, V]):
    """Values by key.

    @ivar most: how many; when there are more, the one that was used least recently goes.
    @ivar keeps: whether one may not be forgotten now; such a one counts as used.
    """

    most: int
    keeps: Callable[[V], bool] = lambda value: False
    _values: OrderedDict[K, V] = field(factory=OrderedDict, init=False)

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """What is remembered; it counts as used."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def put(self, key: K, value: V) -> None:
        """Remember it; it counts as used."""
        values = self._values
        values[key] = value
        values.move_to_end(key)
        left = len(values)
        while len(values) > self.most and left:
            left -= 1
            oldest, kept = values.popitem(last=False)
            if self.keeps(kept):
                values[oldest] = kept

    def forget(self, key: K) -> None:
        """Remember it no more; no harm if it was not."""
        self._values.pop(key, None)
