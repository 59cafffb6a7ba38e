"""Time limits: many changing ones by one delayed call, and each judged only after the sockets were read.

A process that was paused (its CPU quota was used up, its machine was moved) finds its limits passed and the
responses in its sockets, and a reactor runs what is due before it reads.  So a limit that has passed asks
again in the next turn: between the two each socket is read once, and progress that lay there withdraws the
limit.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime

T = TypeVar("T")


def nothing() -> None:
    """In place of a callback that must not be called any more."""


class LazyTimeout:
    """Calls back once the last limit that was set has passed, and the sockets were read once since.

    A delayed call for each thing that a connection waits for would cost more than the request: a later limit
    only moves a number, and the call that fires too early arms itself again.
    """

    __slots__ = ("_call", "_callback", "_clock", "_deadline", "_fires_at", "_now", "_passed")

    def __init__(self, clock: IReactorTime, callback: Callable[[], object]) -> None:
        self._clock = clock
        # Found once: a look-up at a reactor costs more than the reading.
        self._now: Callable[[], float] = clock.seconds
        self._callback = callback
        self._call: IDelayedCall | None = None
        self._deadline = 0.0
        self._fires_at = 0.0
        #: The limit that has passed, while the sockets are read once more.
        self._passed = 0.0

    def set(self, seconds: float, at: float = 0.0) -> None:
        """Wait for C{seconds} from now; 0 means without a limit.

        @param at: what the clock says, where it was just read; else 0.
        """
        if not seconds:
            self._deadline = 0.0
            return
        if not at:
            now = self._now
            at = now()
        deadline = self._deadline = at + seconds
        if self._call is None:
            self._arm(deadline, seconds)
        elif deadline < self._fires_at:
            self._call.cancel()
            self._arm(deadline, seconds)

    def clear(self) -> None:
        """Wait for nothing.  A call that is pending stays, and fires in vain."""
        self._deadline = 0.0

    def stop(self) -> None:
        """Wait for nothing, ever, and forget whom to call, so that no owner waits for garbage collection."""
        self._deadline = 0.0
        self._callback = nothing
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
        elif self._passed != deadline:
            self._passed = deadline
            self._call = self._clock.callLater(0, self._fire)
        else:
            self._deadline = 0.0
            self._callback()


class Limit:
    """One limit, as C{callLater}, but it calls back only after the sockets were read once more."""

    __slots__ = ("_call", "_callback", "_clock")

    def __init__(self, clock: IReactorTime, seconds: float, callback: Callable[[], object]) -> None:
        self._clock = clock
        self._callback = callback
        self._call: IDelayedCall | None = clock.callLater(seconds, self._passed)

    def _passed(self) -> None:
        self._call = self._clock.callLater(0, self._judged)

    def _judged(self) -> None:
        self._call = None
        callback, self._callback = self._callback, nothing
        callback()

    def active(self) -> bool:
        """Whether it will call back."""
        return self._call is not None

    def cancel(self) -> None:
        """Call back no more; no harm if it has."""
        call, self._call = self._call, None
        self._callback = nothing
        if call is not None:
            call.cancel()


def end_within(
    waiting: Deferred[T], seconds: float, clock: IReactorTime, passed: Callable[[], object] = nothing
) -> Deferred[T]:
    """Cancel a Deferred when it takes too long; as its C{addTimeout}, but judged as a L{Limit} is.

    @param passed: called when the limit has passed, just before the Deferred is cancelled.
    @return: C{waiting}.  It fails with C{twisted.internet.defer.TimeoutError} where the limit ended it.
    """

    def call_later(delay: float, end: Callable[[], object]) -> Limit:
        def late() -> None:
            passed()
            end()

        return Limit(clock, delay, late)

    # As much of a clock as it asks for.
    limits: Any = SimpleNamespace(callLater=call_later)
    return waiting.addTimeout(seconds, limits)
