"""L{Node}: the identity of one GoQuorum or Tessera, in however many pools it stands."""

from __future__ import annotations

from typing import Any, TypeVar

from attrs import define, field

T = TypeVar("T")


@define(eq=False)
class Node:
    """An identity: two members are of one node only where they have the same object.

    What is known of the node as a whole is the business of its kind, which attaches facts of its own.

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
