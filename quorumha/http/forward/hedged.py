"""L{HedgedRounds}: a read that is asked of a second member when the first takes long.

Whichever responds first wins; the other is abandoned.  Only for what may be asked twice.
"""

from __future__ import annotations

from functools import partial

from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import UpstreamError
from quorumha.http.forward.round_policy import Response
from quorumha.http.forward.rounds import Rounds
from quorumha.http.forward.subrequest import subrequest
from quorumha.net.timeout import Limit
from quorumha.pool.pool import Candidates, Member

log = Logger()


class _Others(Candidates):
    """The pool's choice among the members that were not asked yet."""

    __slots__ = ()

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        """Take the next healthy member: the second opinion of any other is worth nothing."""
        return super().take(now, usable_only=True)


class HedgedRounds(Rounds):
    """Rounds that ask a second member when the first one is slow."""

    asks_beside = True
    _hedge: Limit | None = None
    _second: Deferred[None] | None = None

    def started(self, data: bytes, complete: bool) -> None:
        """Ask a second member when the first takes long."""
        if complete:
            # A body that is still to come is the client's delay, not a member's.
            self._hedge = Limit(
                self._route.forwarder.clock, self._route.hedge, partial(self._ask_second, data)
            )

    def _ask_second(self, data: bytes) -> None:
        self._hedge = None
        route, request = self._route, self._request
        others = _Others(route.forwarder.pool)
        if request.member is not None:
            others.tried.append(request.member)
        second = subrequest(route.forwarder, request.head, request.client, others, request.deadline, data)
        self._second = second.addBoth(self._second_came)
        self._second.addErrback(lambda failure: log.failure("hedging failed", failure))

    def _second_came(self, came: Response | Failure) -> None:
        self._second = None
        hedges = self._route.forwarder.numbers.hedges
        if isinstance(came, Failure):
            hedges["lost" if came.trap(UpstreamError, CancelledError) is CancelledError else "failed"] += 1
        elif not self._request.done and came.head.status not in self.statuses:
            hedges["won"] += 1
            self._conclude(came)
        else:
            hedges["failed"] += 1

    def _release(self) -> None:
        if self._hedge is not None:
            self._hedge.cancel()
            self._hedge = None
        second, self._second = self._second, None
        if second is not None:
            second.cancel()
