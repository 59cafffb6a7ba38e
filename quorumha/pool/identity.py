"""L{Node}: the identity of one GoQuorum or Tessera, in however many pools it stands."""

from __future__ import annotations

from typing import Any, TypeVar

from attrs import define, field

T = TypeVar("T")


@define(eq=False)
class Node:
    """Two members are of one node only where they have the same object.  Kinds attach what they know of it.

    @ivar name: what the log calls it, whatever its members are called.
    @ivar ports: how many pools have it.
    """

    name: str
    ports: int = 1
    _facts: dict[type[Any], Any] = field(factory=dict, init=False, repr=False)

    def fact(self, kind: type[T]) -> T:
        """The node's fact of this kind, made by C{kind()} when somebody first asks for it."""
        found: T | None = self._facts.get(kind)
        if found is None:
            found = self._facts[kind] = kind()
        return found

    def known(self, kind: type[T]) -> T | None:
        """Likewise, if anybody has asked for it."""
        return self._facts.get(kind)
