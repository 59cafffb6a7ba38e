"""L{MemoryClock}: Twisted's C{Clock}, for many delayed calls."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable

from twisted.internet.base import DelayedCall
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock


class MemoryClock(Clock):
    """A C{Clock} that sorts nothing anew: each of a thousand clients has some calls on it.

    Calls that are due at the same time are made in the order in which they were given that time.
    """

    def callLater(
        self, delay: float, callable: Callable[..., object], *args: object, **kw: object
    ) -> IDelayedCall:
        """See C{IReactorTime}."""
        call = DelayedCall(
            self.seconds() + delay, callable, args, kw, self.calls.remove, self._place_anew, self.seconds
        )
        insort(self.calls, call)
        return call

    def coming(self) -> float | None:
        """When the next call is due; None: there is none."""
        calls = self.calls
        # As in Twisted's reactors: what was put off stands where it was, until it comes first.
        while calls and calls[0].delayed_time:
            calls[0].activate_delay()
            self._place_anew(calls[0])
        return calls[0].time if calls else None

    def advance(self, amount: float) -> None:
        """Let time pass, and make the calls that are due by then."""
        self.rightNow += amount
        while (coming := self.coming()) is not None and coming <= self.rightNow:
            call = self.calls.pop(0)
            call.called = 1
            call.func(*call.args, **call.kw)

    def _place_anew(self, call: DelayedCall) -> None:
        self.calls.remove(call)
        insort(self.calls, call)
