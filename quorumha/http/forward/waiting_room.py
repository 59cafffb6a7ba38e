"""L{WaitingRoom}: the requests that wait for a member to recover, and how many may."""

from __future__ import annotations

import math
from enum import Enum
from typing import TYPE_CHECKING

from attrs import define, field

from quorumha.errors import PoolFull, Stopping, Unavailable
from quorumha.events import Full, Observers, Waiting, WaitingOver
from quorumha.numbers import ListenerNumbers

if TYPE_CHECKING:
    from quorumha.http.forward.waiting_request import WaitingRequest

#: Seconds until a request that waits for a member to have room looks again.
FULL_PAUSE = 0.1


class WaitEnd(Enum):
    """How a wait ended."""

    #: A member may respond: ask.
    TRY = "try"
    #: The request's time is over.
    OVER = "over"
    #: There is no room; L{WaitingRoom.refusal} says why.
    REFUSED = "refused"


def pause_for(error: Exception | None, after: float) -> float:
    """How long a request waits until it looks again whether anybody can be asked.

    @param error: what it could not be asked for.
    @param after: seconds, as its round policy says.  Where members are full it is less: that they have room
        is seen without asking them.
    """
    return min(after, FULL_PAUSE) if isinstance(error, PoolFull) else after


@define(eq=False)
class WaitingRoom:
    """Room for requests that wait; the oldest is released when it is full.

    @ivar count: most requests that wait at once.
    @ivar size: most bytes of their bodies together.
    @ivar used: bytes of those who wait.
    @ivar numbers: of the listener.
    """

    #: The listener's.
    _name: str
    count: int = 256
    size: int = 64 * 1024 * 1024
    _observers: Observers = field(factory=Observers)
    numbers: ListenerNumbers = field(factory=ListenerNumbers, repr=False)
    used: int = field(default=0, init=False)
    _waiting: dict[WaitingRequest, int] = field(factory=dict, init=False)
    _tried_at: float = field(default=-math.inf, init=False)
    _closed: bool = field(default=False, init=False)
    # Of those who waited while no member responded and have no response yet.
    _open: int = field(default=0, init=False)
    _since: float = field(default=0.0, init=False)
    _count: int = field(default=0, init=False)
    _served: int = field(default=0, init=False)

    def __len__(self) -> int:
        return len(self._waiting)

    def close(self) -> None:
        """The proxy stops: whoever waits, and whoever would from now on, is told at once."""
        self._closed = True
        while self._waiting:
            self._release_oldest()

    def refusal(self) -> Unavailable:
        """Why somebody may not wait."""
        if self._closed:
            return Stopping("no member can answer, and the proxy stops")
        return Unavailable("no member can answer, and too many requests wait")

    def enter(self, one: WaitingRequest, size: int) -> None:
        """Let C{one} wait; it, or an older one, may be released at once."""
        if self._closed:
            one.ended(WaitEnd.REFUSED)
            return
        self._waiting[one] = size
        self.used += size
        while self._waiting and (len(self._waiting) > self.count or self.used > self.size):
            self._observers.notify(Full("waiting", self._name))
            self._release_oldest()

    def _release_oldest(self) -> None:
        oldest = next(iter(self._waiting))
        self.leave(oldest)
        oldest.ended(WaitEnd.REFUSED)

    def begins(self, now: float) -> None:
        """A request waits for the first time because no member responds."""
        if not self._open:
            self._since, self._count, self._served = now, 0, 0
            self._observers.notify(Waiting(self._name))
        self._open += 1
        self._count += 1

    def ends(self, now: float, served: bool) -> None:
        """One of those has its response, or has left.

        @param served: it is a member's.
        """
        self._open -= 1
        self._served += served
        if served:
            self.numbers.waited += 1
        else:
            self.numbers.waiting_dropped += 1
        if not self._open:
            seconds = now - self._since
            self._observers.notify(WaitingOver(self._name, self._count, seconds, self._served))

    def grew(self, one: WaitingRequest, size: int) -> None:
        """So much more of the body of one that waits has come; no harm if it does not wait.

        Nobody is released before the next one waits: C{one} is in the midst of reading.
        """
        if one in self._waiting:
            self._waiting[one] += size
            self.used += size

    def may_try(self, now: float, pause: float) -> bool:
        """Whether one of those who wait may try for all; of it, note is taken.

        @param pause: seconds since another one tried.
        """
        # Timers are not exact.
        if 0 <= now - self._tried_at < 0.9 * pause:
            return False
        self._tried_at = now
        return True

    def leave(self, one: WaitingRequest) -> None:
        """C{one} waits no more; no harm if it did not."""
        size = self._waiting.pop(one, None)
        if size is not None:
            self.used -= size

    def wake(self) -> None:
        """Let everyone ask again, the oldest first."""
        for one in list(self._waiting):
            if one in self._waiting:
                one.ended(WaitEnd.TRY)
