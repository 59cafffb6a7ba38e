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
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.round_policy import Response
from quorumha.http.forward.subrequest import subrequest
from quorumha.http.forward.waiting_request import WaitEnd, WaitingRequest
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.wire.contracts import OnComplete, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.candidates import SingleCandidate
from quorumha.tessera.knowledge.api_versions import OLDEST, order, parse_versions
from quorumha.tessera.knowledge.saved_state import SavedState

log = Logger()

#: Seconds between two rounds of questions while nobody responds.
PAUSE = 0.5


@frozen(eq=False)
class VersionForwarder:
    """A L{Forwarder<quorumha.http.wire.contracts.Forwarder>} for C{/version/api}.

    @ivar forwarder: for the questions to each member.
    @ivar total: seconds until the client must have its response; 0: as long as it takes.
    @ivar waiting_room: where those wait for whom no member can respond.
    @ivar pinned: what the operator wants told, without asking anybody; else empty.
    """

    forwarder: PoolForwarder
    saved_state: SavedState
    total: float
    waiting_room: WaitingRoom
    pinned: Sequence[str] = ()
    upgrade: bool = False

    def forward(
        self,
        head: RequestHead,
        client: Client,
        sink: ResponseSink,
        target: bytes | None,
        on_complete: OnComplete | None = None,
    ) -> VersionExchange:
        """Ask every member.  A body means nothing here."""
        return VersionExchange(self, head, client, sink)


class VersionExchange:
    """One such request: an L{Exchange<quorumha.http.wire.contracts.Exchange>}."""

    #: Nobody is asked for the client.
    streams = False

    def __init__(
        self, route: VersionForwarder, head: RequestHead, client: Client, sink: ResponseSink
    ) -> None:
        self.done = False
        self._route = route
        self._subrequest = evolve(head, length=0)
        self._client = client
        self._sink = sink
        self._responding: Deferred[None] | None = None
        forwarder = route.forwarder
        self._wait = WaitingRequest(route.waiting_room, forwarder.pool, forwarder.clock)

    def start(self, data: bytes, complete: bool) -> None:
        """Go; nothing follows it."""
        self._responding = Deferred.fromCoroutine(self._respond())
        self._responding.addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            log.failure("asking for versions failed", failure)
            if not self.done:
                self._fail(Unavailable("internal error"))

    def _fail(self, why: Unavailable) -> None:
        self.done = True
        self._sink.response_failed(why.of_pool(self._route.forwarder.pool.name))

    async def _respond(self) -> None:
        route = self._route
        pool, clock = route.forwarder.pool, route.forwarder.clock
        deadline = clock.seconds() + route.total if route.total else 0.0
        versions = sorted(route.pinned, key=order)
        responded = False
        while not versions:
            responded = await self._ask_all(deadline)
            if self.done:
                # The client left: a subrequest that is cancelled is one without a response.
                return
            left = deadline - PAUSE - clock.seconds() if deadline else None
            if responded or (left is not None and left <= 0):
                names = [m.upstream.name for m in pool.members if m.enabled]
                versions = route.saved_state.versions.common(names)
                break
            if await self._wait_for(left) is WaitEnd.REFUSED:
                self._fail(route.waiting_room.refusal())
                return
        if not versions:
            self._fail(Unavailable("no member has ever said which versions it knows"))
            return
        self.done = True
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
        forwarder, head, client = route.forwarder, self._subrequest, self._client
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

    # What downstream does.

    def abandon(self) -> None:
        """The client is gone."""
        if not self.done and self._responding is not None:
            self.done = True
            self._responding.cancel()

    def body_data(self, data: bytes) -> None:
        """A body means nothing here."""

    def body_end(self) -> None:
        """As C{body_data}."""

    def pause(self) -> None:
        """The response is one short piece."""

    def resume(self) -> None:
        """As C{pause}."""

    def tunnel(self, data: bytes) -> None:
        """Never: no other protocol is spoken here."""
