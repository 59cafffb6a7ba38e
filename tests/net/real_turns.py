"""L{RealTurns}: Twisted's own reactor on epoll, turned by a test."""

from __future__ import annotations

import select
from typing import Any

from twisted.internet.epollreactor import EPollReactor

from quorumha.net.poller import Poller, watch_of


class RealTurns(EPollReactor):
    """Twisted's own reactor on epoll, turned by a test; plain transports get a L{Poller} in it."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, tuple[Any, ...]]] = []

    @property
    def readers(self) -> set[Any]:
        poller = watch_of(self)
        assert isinstance(poller, Poller)
        return set(poller._readers.values())

    @property
    def writers(self) -> set[Any]:
        poller = watch_of(self)
        assert isinstance(poller, Poller)
        return set(poller._writers.values())

    def turn(self) -> bool:
        """Delayed calls that are due, then those that are ready."""
        due = [call for call in self.getDelayedCalls() if call.getTime() <= self.seconds()]
        self.runUntilCurrent()
        ready, _, _ = select.select([self._poller], [], [], 0)  # type: ignore[attr-defined]  # its epoll
        self.doIteration(0)
        return bool(due or ready)

    def run(self) -> None:  # type: ignore[override]  # nobody starts it
        while self.turn():
            pass

    def advance(self, seconds: float) -> None:
        """Time passes by itself."""
        self.runUntilCurrent()

    def close(self) -> None:
        """Leave no descriptor behind."""
        self.removeAll()
        self._poller.close()  # type: ignore[attr-defined]  # as above
