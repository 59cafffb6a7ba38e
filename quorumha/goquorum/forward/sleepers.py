"""L{Sleepers}: those that wait for something, for a while at most."""

from __future__ import annotations

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime


@define(eq=False)
class Sleepers:
    """Those that wait now."""

    _asleep: set[Deferred[None]] = field(factory=set, init=False)

    async def sleep(self, clock: IReactorTime, seconds: float) -> None:
        """Wait until all are woken, or for so many seconds."""
        waiting: Deferred[None] = Deferred()
        self._asleep.add(waiting)
        timer = clock.callLater(seconds, waiting.callback, None)
        try:
            await waiting
        finally:
            self._asleep.discard(waiting)
            if timer.active():
                timer.cancel()

    def wake(self) -> None:
        """Wake all that sleep now; whoever goes to sleep meanwhile goes on sleeping."""
        for one in tuple(self._asleep):
            if not one.called:
                one.callback(None)
