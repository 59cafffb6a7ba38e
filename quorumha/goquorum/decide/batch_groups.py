"""L{cut}: which entries of a batch go to which member together.  Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from attrs import frozen

M = TypeVar("M")


@frozen
class Want(Generic[M]):
    """What one entry needs.

    @ivar pin: the one member that it is for; None: any will do.
    @ivar writes: it may change something there.
    """

    pin: M | None = None
    writes: bool = False


def cut(wants: Sequence[Want[M]], rides: Callable[[int, M], bool]) -> tuple[dict[M, list[int]], list[int]]:
    """Cut a batch only where it must be.

    Entries with a pin go to their member.  All others ride with the first group that has a write, or, where
    there is none, with the first group; so they see what those before them did.

    @param rides: whether an entry, by its place, may be asked of a member.
    @return: the places of the entries for each member, in order; and of those that are for no group.
    """
    groups: dict[M, list[int]] = {}
    for place, want in enumerate(wants):
        if want.pin is not None:
            groups.setdefault(want.pin, []).append(place)
    first = next((want.pin for want in wants if want.writes and want.pin is not None), None)
    if first is None:
        first = next(iter(groups), None)
    free = []
    for place, want in enumerate(wants):
        if want.pin is None:
            if first is not None and rides(place, first):
                groups[first].append(place)
            else:
                free.append(place)
    for places in groups.values():
        places.sort()
    return groups, free
