"""L{SharedCall}: who wants the same thing at the same time waits for one call that finds it out.

So a file system that hangs, or a name server that does not answer, takes one thread, however often it is
asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

T = TypeVar("T")


@define(eq=False)
class SharedCall(Generic[T]):
    """One thing, found out anew when somebody wants it, once at a time.

    @ivar begin: begins a call, which is never cancelled.
    """

    _begin: Callable[[], Deferred[T]]
    _calling: bool = field(default=False, init=False)
    _waiting: list[Deferred[T]] = field(factory=list, init=False)

    def result(self) -> Deferred[T]:
        """What is found out; may be cancelled, and the call goes on.

        @return: fails as the call does.
        """
        waiting: Deferred[T] = Deferred(self._forget)
        self._waiting.append(waiting)
        if not self._calling:
            self._calling = True
            self._begin().addBoth(self._called)
        return waiting

    def _forget(self, waiting: Deferred[T]) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)

    def _called(self, found: T | Failure) -> None:
        self._calling = False
        everyone, self._waiting = self._waiting, []
        for waiting in everyone:
            if isinstance(found, Failure):
                waiting.errback(found.value)
            else:
                waiting.callback(found)
