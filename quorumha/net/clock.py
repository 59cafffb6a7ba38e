"""L{monotonic}: a reactor's time becomes the time that passed, whatever the machine's clock is set to.

Twisted's reactors measure with C{time.time}.  When that is set back by an hour, every limit and every
check waits an hour longer; when it is set forward, all of them are due at once.

C{time.monotonic} stands still while a machine is suspended.  What was known before would then be as good as
new, such as the word of a database that it is the one to write to.  Linux has a clock that goes on: by that a
machine that slept is to us what a process is that stood still.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

#: Linux's number of the clock that goes on while the machine is suspended; None: this system has no such one.
_BOOTTIME: int | None = getattr(time, "CLOCK_BOOTTIME", None)


def passing(gettime: Callable[[int], float] | None = None) -> Callable[[], float]:
    """What gives the seconds that have passed, those of which the machine slept included where it can tell.

    @param gettime: asks a clock by its number; the system's unless given.
    """
    if _BOOTTIME is None:
        return time.monotonic
    # Straight to the system: it is called for all that is limited.
    seconds: Callable[[], float] = partial(gettime or time.clock_gettime, _BOOTTIME)
    try:
        seconds()
    except OSError:
        # As some sandboxes say.
        return time.monotonic
    return seconds


def monotonic(reactor: Any, passing: Callable[[], Callable[[], float]] = passing) -> Any:
    """Let a reactor measure the time that passed: its C{seconds}, and so all that it calls later.  It is
    C{time.monotonic}, but goes on while the machine is suspended, on Linux.

    To be called before anything is scheduled; twice does no harm.  A reactor with a clock of its own, such as
    C{twisted.internet.task.Clock}, keeps it.  What takes C{reactor.seconds()} for a date gets seconds since
    the machine started; C{twisted.web}'s own access log is the one place in Twisted.

    @param reactor: one of Twisted's: epoll, poll, select, asyncio.
    @param passing: gives what measures it.
    @return: the same reactor.
    @raise RuntimeError: calls are scheduled already, by the clock that it had.
    """
    from twisted.python.runtime import seconds as twisteds

    if reactor.seconds not in (twisteds, time.time):
        return reactor
    pending = reactor.getDelayedCalls()
    if pending:
        raise RuntimeError(
            f"the reactor has {len(pending)} delayed calls by the wall clock already, such as {pending[0]}; "
            "call quorumha.monotonic(reactor) before anything is scheduled"
        )
    reactor.seconds = passing()
    return reactor
