"""L{carried_on}: what is carried to its end even when nobody waits for it any more."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.goquorum.decide.call import OwnResponse

T = TypeVar("T")

log = Logger()


def carried_on(work: Coroutine[Deferred[Any], Any, T]) -> Deferred[T]:
    """Begin it.  Who cancels the L{Deferred} waits no more; the work goes on: a call is in a member's hands,
    and what becomes of it counts for those that come after it.
    """
    waiting: Deferred[T] = Deferred(lambda _: None)

    def done(result: T | Failure) -> None:
        if not waiting.called:
            if isinstance(result, Failure):
                waiting.errback(result)
            else:
                waiting.callback(result)
        elif isinstance(result, Failure) and not result.check(OwnResponse):
            log.failure("a call whose client left failed", failure=result)

    Deferred.fromCoroutine(work).addBoth(done)
    return waiting
