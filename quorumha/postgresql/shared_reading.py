"""L{SharedReading}: who wants what is in one file at the same time waits for one reading of it.

So a file system that hangs takes one thread, however often the file is wanted.
"""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure


@define(eq=False)
class SharedReading:
    """One file, read anew when somebody wants it, once at a time.

    @ivar begin: begins a reading, which is never cancelled.
    """

    _begin: Callable[[], Deferred[bytes]]
    _reading: bool = field(default=False, init=False)
    _waiting: list[Deferred[bytes]] = field(factory=list, init=False)

    def data(self) -> Deferred[bytes]:
        """What is in it; may be cancelled, and the reading goes on.

        @return: fails as the reading does.
        """
        waiting: Deferred[bytes] = Deferred(self._forget)
        self._waiting.append(waiting)
        if not self._reading:
            self._reading = True
            self._begin().addBoth(self._read)
        return waiting

    def _forget(self, waiting: Deferred[bytes]) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)

    def _read(self, found: bytes | Failure) -> None:
        self._reading = False
        everyone, self._waiting = self._waiting, []
        for waiting in everyone:
            if isinstance(found, Failure):
                waiting.errback(found.value)
            else:
                waiting.callback(found)
