"""L{Waits}: calls wait in a listener's waiting room while no member can take them."""

from __future__ import annotations

from typing import Any

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from quorumha.goquorum.decide.call import unavailable
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.http.forward.waiting_request import WaitingRequest
from quorumha.http.forward.waiting_room import WaitEnd, WaitingRoom
from quorumha.pool.pool import UpstreamPool

#: Seconds after which one of those who wait looks for all, whatever is known of members.
PAUSE = 0.5


@frozen(eq=False)
class Waits:
    """Where the calls of one listener wait."""

    room: WaitingRoom
    pool: UpstreamPool
    clock: IReactorTime

    def begin(self, caller: Caller | None = None) -> WaitingCall:
        """For one call, which may wait several times, and mostly never does.

        @param caller: whose call it is; is told for how long it waited.
        """
        return WaitingCall(self, caller)


@define(eq=False)
class WaitingCall:
    """The waits of one call."""

    _waits: Waits
    _caller: Caller | None = None
    #: Made when it waits first.
    _request: WaitingRequest | None = field(default=None, init=False)

    async def until_one_may(self, deadline: float, size: int, causes: str, pause: float = PAUSE) -> None:
        """Wait until a member recovers, or it is time to look again.

        @param deadline: by the clock.
        @param size: bytes that the call holds.
        @param causes: why no member can: what the client is told when it has waited in vain.
        @raise OwnResponse: there is no more time, or no room.
        """
        await self._wait(deadline, size, causes, pause, quietly=False)

    async def until_woken(self, sleepers: set[Any], deadline: float, size: int, causes: str) -> None:
        """Wait for something else than members, until somebody wakes all of C{sleepers}; sometimes sooner.

        @param sleepers: this one is among them for so long.

        The parameters and errors are those of L{until_one_may}.
        """
        sleepers.add(self)
        try:
            await self._wait(deadline, size, causes, PAUSE, quietly=True)
        finally:
            sleepers.discard(self)

    def wake(self) -> None:
        """Look again."""
        if self._request is not None:
            self._request.ended(WaitEnd.TRY)

    async def _wait(self, deadline: float, size: int, causes: str, pause: float, *, quietly: bool) -> None:
        waits, request = self._waits, self._request
        if request is None:
            request = self._request = WaitingRequest(waits.room, waits.pool, waits.clock)
        ended: Deferred[WaitEnd] = Deferred(lambda _: request.leave())
        left = deadline - waits.clock.seconds()
        request.wait(ended.callback, pause, left, size, quietly=quietly)
        match await ended:
            case WaitEnd.OVER:
                raise unavailable(causes, "timeout")
            case WaitEnd.REFUSED:
                raise unavailable(f"{waits.room.refusal()}: {causes}")
            case WaitEnd.TRY:
                pass

    def done(self, *, served: bool) -> None:
        """The call is: it waits no more.  To be called in the end, however it ended, also if it never waited.

        @param served: with the answer of a member.
        """
        if self._request is None:
            return
        self._request.done(served)
        if self._caller is not None:
            self._caller.waited += self._request.seconds
