"""L{VersionForwarder}: C{/version/api} says what all members know.

With anything but 200 GoQuorum gives up enhanced privacy, multi-tenancy and more for life (GoQuorum,
private/engine/tessera/tessera_version_reader.go).  So it is waited for while no member can respond; at last,
what members said before counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from attrs import evolve, frozen
from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import Unavailable
from quorumha.http.forward.body_first import BodyFirstExchange, BodyFirstForwarder
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.round_policy import Response
from quorumha.http.forward.subrequest import subrequest
from quorumha.http.forward.waiting_request import WaitEnd, WaitingRequest
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.pool.candidates import SingleCandidate
from quorumha.tessera.knowledge.api_versions import OLDEST, common, order, parse_versions
from quorumha.tessera.knowledge.saved_state import SavedState

log = Logger()

#: Seconds between two rounds of subrequests while nobody responds.
PAUSE = 0.5


class VersionExchange(BodyFirstExchange["VersionForwarder"]):
    """One such request."""

    _responding: Deferred[None] | None = None

    def look(self, beginning: bytearray, complete: bool) -> None:
        """Ask every member, once.  A body means nothing here."""
        beginning.clear()
        if self._responding is None:
            forwarder = self._route.forwarder
            forwarder.pool.counters.requests += 1
            self._began_at = forwarder.clock.seconds()
            self._wait = WaitingRequest(self._route.waiting_room, forwarder.pool, forwarder.clock)
            self._responding = Deferred.fromCoroutine(self._respond())
            self._responding.addErrback(self._failed)

    def abandon(self) -> None:
        """The client is gone."""
        if not self._over:
            self._over = True
            if self._responding is not None:
                self._responding.cancel()
                self._wait.done(False)

    def _failed(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            log.failure("asking for versions failed", failure)
            if not self._over:
                self._fail(Unavailable("internal error"))

    def _fail(self, why: Unavailable) -> None:
        error = why.of_pool(self._route.forwarder.pool.name)
        self._end(error)
        self._sink.response_failed(error)

    def _end(self, error: Unavailable | None = None, *, served: bool = False) -> None:
        """It ends for its client."""
        self._over = True
        self._wait.done(served)
        forwarder, pool = self._route.forwarder, self._route.forwarder.pool
        pool.counters.answered += error is None
        pool.counters.failed += error is not None
        if error is not None or pool.observers.requests:
            status, waited = 200 if error is None else error.status, self._wait.seconds
            forwarder.notify_done(self._head, self._client, status, error, self._began_at, waited=waited)

    async def _respond(self) -> None:
        route = self._route
        pool, clock = route.forwarder.pool, route.forwarder.clock
        deadline = clock.seconds() + route.total if route.total else 0.0
        versions = sorted(route.pinned, key=order)
        responded = False
        while not versions:
            responded = await self._ask_all(deadline)
            if self._over:
                # The client left: a subrequest that is cancelled is one without a response.
                return
            left = deadline - PAUSE - clock.seconds() if deadline else None
            if responded or (left is not None and left <= 0):
                names = [m.upstream.name for m in pool.members if m.enabled]
                versions = common(route.saved_state.versions, names)
                break
            if await self._wait_for(left) is WaitEnd.REFUSED:
                self._fail(route.waiting_room.refusal())
                return
        if not versions:
            self._fail(Unavailable("no member has ever said which versions it knows"))
            return
        self._end(served=responded)
        response = Response.made(json.dumps(versions, separators=(",", ":")).encode(), b"application/json")
        self._sink.response_head(response.head, response.body, True)
        if responded and self._wait.has_waited:
            route.waiting_room.wake()

    async def _wait_for(self, left: float | None) -> WaitEnd:
        ended: Deferred[WaitEnd] = Deferred(lambda _: self._wait.leave())
        self._wait.wait(ended.callback, PAUSE, left)
        return await ended

    async def _ask_all(self, deadline: float) -> bool:
        """Ask every enabled member; whether any responded."""
        route = self._route
        pool = route.forwarder.pool
        members = [m for m in pool.members if m.enabled]
        forwarder, head, client = route.forwarder, evolve(self._head, length=0), self._client
        asked = [subrequest(forwarder, head, client, SingleCandidate(pool, m), deadline) for m in members]
        results = await DeferredList(asked, consumeErrors=True)
        responded = False
        for member, (ok, response) in zip(members, results, strict=True):
            if not ok or not isinstance(response, Response):
                continue
            versions = parse_versions(response.body) if response.head.status == 200 else None
            if response.head.status == 404:
                versions = frozenset({OLDEST})
            if versions:
                route.saved_state.learn_versions(member.upstream.name, versions)
                responded = True
        return responded


@frozen(eq=False)
class VersionForwarder(BodyFirstForwarder):
    """For C{/version/api}.

    @ivar forwarder: for the subrequests to each member.
    @ivar total: seconds until the client must have its response; 0: as long as it takes.
    @ivar waiting_room: where those wait for whom no member can respond.
    @ivar pinned: what the operator wants told, without asking anybody; else empty.
    """

    exchange = VersionExchange
    forwarder: PoolForwarder
    saved_state: SavedState
    total: float
    waiting_room: WaitingRoom
    pinned: Sequence[str] = ()
