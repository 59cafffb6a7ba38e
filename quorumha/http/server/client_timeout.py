"""L{ClientTimeout}: the one timer of a client's connection."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.interfaces import IReactorTime

from quorumha.http.server.client_limits import BodyTime, ServerLimits, Wait
from quorumha.net.timeout import LazyTimeout


class ClientTimeout(LazyTimeout):
    """Lets the limit run for what is waited for now, C{waits}, and for nothing else."""

    __slots__ = ("_body", "_durations", "_limits", "waits")

    def __init__(self, clock: IReactorTime, callback: Callable[[], object], limits: ServerLimits) -> None:
        super().__init__(clock, callback)
        self._limits = limits
        self._durations = limits.durations
        self._body: BodyTime | None = None
        self.waits = Wait.NOTHING

    def change(self, limits: ServerLimits) -> None:
        """These hold for whatever is waited for next."""
        self._limits, self._durations = limits, limits.durations

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
        seconds = self._durations[wait]
        if wait is Wait.BODY and self._body is not None:
            seconds = self._body.left(self._clock.seconds())
            if seconds < 0:
                if same:
                    # It has passed: what comes meanwhile, however often, does not put it off.
                    return
                seconds = 0.001
        self.set(seconds)

    def body_begins(self, size: int) -> None:
        """A body begins, with so many bytes."""
        self._body = BodyTime(self._limits, self._clock.seconds())
        self.body_came(size, streams=False)

    def body_came(self, size: int, *, streams: bool) -> None:
        """So many bytes more; see L{BodyTime.came}."""
        if self._body is not None:
            self._body.came(size, self._clock.seconds(), streams=streams)

    def body_stopped(self) -> None:
        """It is not read for now: a member takes nothing."""
        if self._body is not None:
            self._body.stop(self._clock.seconds())

    def body_goes_on(self) -> None:
        if self._body is not None:
            self._body.go_on(self._clock.seconds())

    def body_ended(self) -> None:
        self._body = None
