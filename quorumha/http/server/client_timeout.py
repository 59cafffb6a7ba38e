"""L{ClientTimeout}: the one timer of a client's connection."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from quorumha.http.server.client_limits import BodyTime, ServerLimits, Wait
from quorumha.net.timeout import LazyTimeout

#: Until a client sends a body in parts: one for all, as most never do.  Nobody asks how long it may take.
NO_BODY = BodyTime(ServerLimits(), 0.0)


class ClientTimeout(LazyTimeout):
    """Lets the limit run for what is waited for now, C{waits}, and for nothing else.

    @ivar durations: how long each may take; they hold for whatever is waited for next.
    @ivar body: the time of the body that comes in parts, or did last; L{NO_BODY}: none has.
    """

    __slots__ = ("body", "durations", "waits")

    def __init__(self, clock: IReactorTime, callback: Callable[[], object], limits: ServerLimits) -> None:
        super().__init__(clock, callback)
        self.durations = limits.durations
        self.body = NO_BODY
        self.waits = Wait.NOTHING

    def wait_for(self, wait: Wait, renew: Wait | None = None) -> None:
        """This is waited for now; a limit that runs for it already runs on.

        @param renew: let it begin anew if this is what is waited for: there was progress.
        """
        same = wait is self.waits
        if same and wait is not renew:
            return
        self.waits = wait
        if wait is Wait.NOTHING:
            self.clear()
            return
        seconds = self.durations[wait]
        if wait is Wait.BODY:
            seconds = self.body.left(self._clock.seconds())
            if seconds < 0:
                if same:
                    # It has passed: what comes meanwhile, however often, does not put it off.
                    return
                seconds = 0.001
        self.set(seconds)
