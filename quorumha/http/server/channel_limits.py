"""L{TimedResponses}: which time limit runs for one client's connection, and since when it is idle."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from quorumha.errors import DownstreamError
from quorumha.http.server.client_limits import WAITS_FOR, Wait, waits_for
from quorumha.http.server.client_timeout import ClientTimeout
from quorumha.http.server.response_writer import Responses
from quorumha.http.wire.headers import Client
from quorumha.http.wire.request_reader import Reading, has_begun

if TYPE_CHECKING:
    from quorumha.http.server.site import ProxySite


class TimedResponses(Responses):
    """What a channel waits for, and what follows when that takes too long."""

    def __init__(self, site: ProxySite) -> None:
        super().__init__(site)
        self._limits = site.limits
        self._buffer = b""
        self._body_paused = False
        self._client: Client | None = None
        #: What is waited for before the next request is there.  The limit for the first head runs from the
        #: connection, unless there is no idle limit: then a client may keep one ready before it, too.
        self._before = Wait.HEAD if self._limits.idle_timeout else Wait.IDLE
        self._timer = ClientTimeout(site.clock, self._limit_passed, site.limits)

    def _refuse(self, error: DownstreamError) -> None:
        raise NotImplementedError

    def finish_soon(self, recent: float) -> None:
        self._keep_alive = False
        if self._reading is not Reading.HEAD or has_begun(self._buffer):
            return
        if self._client is not None and self._site.clock.seconds() - self._answered_at >= recent:
            self.close()
        else:
            # A request is on its way, most likely; its response will say that it is the last.
            self._before = Wait.GRACE if self._client is None else Wait.AGAIN
            self._limit()

    @property
    def quiet_since(self) -> float:
        """Since when, by the clock, a tunnel is silent behind bytes to its client; infinity: it is not."""
        quiet = self._reading is Reading.TUNNEL and not self._writer.queued
        return self._answered_at if quiet else inf

    @property
    def idle_since(self) -> float | None:
        """Since when, by the clock, it waits for nothing but its client's next request; None: it does not."""
        idle = self._reading is Reading.HEAD and not has_begun(self._buffer) and not self._writer.queued
        return self._answered_at if idle else None

    def _limit(self, renew: Wait | None = None) -> None:
        """Let the limit run that the state asks for.  The one place that sets the timer.

        @param renew: let this one begin anew, if it is the one that runs: there was progress.
        """
        reading, queued, stopped = self._reading, self._writer.queued, self._body_paused
        if queued or stopped:
            wait = waits_for(reading, self._before, queued=queued, stopped=stopped)
        else:
            # The same, without a call: so it is for most requests.
            wait = WAITS_FOR[reading] or self._before
        timer = self._timer
        if wait is not timer.waits or wait is renew:
            timer.wait_for(wait, renew)

    def _progressed(self) -> None:
        """The client took some of what waits."""
        self._limit(Wait.SEND)

    def _limit_passed(self) -> None:
        wait = self._timer.waits
        if wait is Wait.SEND:
            if self._writer.is_progressing():
                # It takes what waits, but the transport could not tell so.
                self._limit(Wait.SEND)
            elif self._delimited:
                # What it has got so far is not destroyed, and does not look whole.
                self._reading = Reading.CLOSED
                self._release()
                self._writer.close_now()
            else:
                self.cut()
        elif wait is Wait.HEAD and has_begun(self._buffer):
            self._refuse(DownstreamError("the head took too long", 408))
        elif wait is Wait.BODY:
            self._refuse(DownstreamError("the body took too long", 408))
        elif self._reading is Reading.HEAD:
            self.end_idle()
        else:
            # An idle tunnel, or lingering is over.
            self.cut()
