"""L{Observers}: who is told of each fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.logger import Logger

from quorumha.events.request_facts import ConnectionDone, RequestDone

log = Logger()

#: Called with each fact, in the turn in which it happened.  It returns soon; what it raises is logged.  It
#: may keep the fact.  Facts that it does not know it leaves alone: there will be more kinds.
Observer = Callable[[Any], object]


class Observers:
    """Gives each fact to all who observe.

    @ivar requests: somebody wants every request and connection, not only those that failed.
    @ivar targets: somebody wants to know what clients asked for, which may hold a key.
    """

    __slots__ = ("_entries", "requests", "targets")

    def __init__(self, *observers: Observer) -> None:
        self._entries: tuple[tuple[Observer, bool], ...] = tuple((one, False) for one in observers)
        self.requests = self.targets = False

    def add(self, observer: Observer, *, requests: bool = False) -> Callable[[], None]:
        """Give C{observer} every fact from now on.

        @param requests: of each L{RequestDone} and L{ConnectionDone}, not only of those that failed: that
            costs a few microseconds for each.
        @return: call it to give it no more.
        """
        entry = observer, requests

        def remove() -> None:
            self._set(tuple(one for one in self._entries if one is not entry))

        self._set((*self._entries, entry))
        return remove

    @property
    def count(self) -> int:
        """How many observe."""
        return len(self._entries)

    def _set(self, entries: tuple[tuple[Observer, bool], ...]) -> None:
        self._entries = entries
        self.requests = any(requests for _, requests in entries)

    def shown_target(self, target: bytes) -> str:
        """What a fact says that a client asked for; empty: nobody wants to know it."""
        return target.decode("latin-1") if self.targets else ""

    def notify(self, fact: object) -> None:
        """Give a fact to every observer that wants it.  Never raises."""
        usual = isinstance(fact, RequestDone | ConnectionDone) and not fact.error
        for observer, requests in self._entries:
            if usual and not requests:
                continue
            try:
                observer(fact)
            except Exception:
                log.failure("an observer failed on a {fact}", fact=type(fact).__name__)
