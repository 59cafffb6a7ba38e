"""L{monotonic}: a reactor's time becomes the time that passed, whatever the machine's clock is set to.

Twisted's reactors measure with C{time.time}.  When that is set back by an hour, every limit and every
check waits an hour longer; when it is set forward, all of them are due at once.
"""

from __future__ import annotations

import time
from typing import Any


def monotonic(reactor: Any) -> Any:
    """Let a reactor measure with C{time.monotonic}: its C{seconds}, and so all that it calls later.

    To be called before anything is scheduled; twice does no harm.  A reactor with a clock of its own, such as
    C{twisted.internet.task.Clock}, keeps it.  What takes C{reactor.seconds()} for a date gets seconds since
    the machine started; C{twisted.web}'s own access log is the one place in Twisted.

    @param reactor: one of Twisted's: epoll, poll, select, asyncio.
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
    reactor.seconds = time.monotonic
    return reactor
