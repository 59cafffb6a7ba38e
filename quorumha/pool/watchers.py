"""L{Watchers}: those who want to know when something happens to a member."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.logger import Logger

if TYPE_CHECKING:
    from quorumha.pool.member import Member

log = Logger()


class Watchers:
    """Calls all who watch one kind of change.  A bug of one harms no other."""

    __slots__ = ("_watching",)

    def __init__(self) -> None:
        self._watching: list[Callable[[Member], object]] = []

    def add(self, callback: Callable[[Member], object]) -> Callable[[], None]:
        """Call back with each member that it happens to.

        @param callback: what it raises is logged.
        @return: call it to be called no more.
        """
        # Each watching is one of its own, even of the same callable.
        entry = lambda member: callback(member)  # noqa: E731  # told apart by identity
        self._watching.append(entry)

        def end() -> None:
            if entry in self._watching:
                self._watching.remove(entry)

        return end

    def notify(self, member: Member) -> None:
        """It happened."""
        for callback in tuple(self._watching):
            try:
                callback(member)
            except Exception:
                log.failure("who watches a pool failed")
