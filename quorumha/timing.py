"""L{LazyTimeout}: one delayed call for many changing limits.

A connection changes what it waits for several times in each request.  Making and
cancelling a delayed call each time would cost more than the request; here a later
limit only moves a number, and the call that fires too early arms itself again.
"""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IDelayedCall, IReactorTime


def _nothing() -> None:
    pass


class LazyTimeout:
    """Calls back once the last limit that was set has passed."""

    __slots__ = ("_call", "_callback", "_clock", "_deadline", "_fires_at")

    def __init__(self, clock: IReactorTime, callback: Callable[[], object]) -> None:
        self._clock = clock
        self._callback = callback
        self._call: IDelayedCall | None = None
        self._deadline = 0.0
        self._fires_at = 0.0

    def set(self, seconds: float) -> None:
        """Wait for C{seconds} from now; 0 means without a limit."""
        if not seconds:
            self._deadline = 0.0
            return
        deadline = self._deadline = self._clock.seconds() + seconds
        if self._call is None:
            self._arm(deadline, seconds)
        elif deadline < self._fires_at:
            self._call.cancel()
            self._arm(deadline, seconds)

    def clear(self) -> None:
        """Wait for nothing.  A call that is pending stays, and fires in vain."""
        self._deadline = 0.0

    def stop(self) -> None:
        """Wait for nothing, ever: leaves no delayed call behind, and forgets whom to call.

        So its owner, who knows it, need not wait for the garbage collector.  A limit set later is in vain.
        """
        self._deadline = 0.0
        self._callback = _nothing
        if self._call is not None:
            self._call.cancel()
            self._call = None

    def _arm(self, deadline: float, seconds: float) -> None:
        self._fires_at = deadline
        self._call = self._clock.callLater(seconds, self._fire)

    def _fire(self) -> None:
        self._call = None
        deadline = self._deadline
        if not deadline:
            return
        left = deadline - self._clock.seconds()
        if left > 0:
            self._arm(deadline, left)
        else:
            self._deadline = 0.0
            self._callback()
