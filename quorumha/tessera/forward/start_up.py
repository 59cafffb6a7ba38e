"""What GoQuorum asks once, when it starts, and believes for life.

C{/version} with anything but 200 makes it a client of Constellation; C{/version/api} with anything but
200 gives up enhanced privacy, multi-tenancy and more (GoQuorum, private/private.go and
private/engine/tessera/tessera_version_reader.go).  Both are waited for while no member can answer;
at last, what was said before is said again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import evolve, frozen
from twisted.internet.defer import CancelledError, Deferred, DeferredList
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.errors import Unavailable
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.round_policy import (
    Again,
    Deliver,
    Fail,
    Next,
    PlainRoundPolicy,
    Response,
    RoundFacts,
)
from quorumha.http.forward.subrequest import inquire
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.wire.contracts import ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.net.timeout import Limit
from quorumha.pool.candidates import SingleCandidate
from quorumha.tessera.knowledge.api_versions import OLDEST, order, parse_versions

if TYPE_CHECKING:
    from quorumha.tessera.state_file import SavedState

log = Logger()

#: Seconds between two rounds of questions while nobody answers.
PAUSE = 0.5

UP_CHECK = "/upcheck"


@frozen(eq=False)
class StartUpPolicy(PlainRoundPolicy):
    """C{/upcheck}, C{/version}, C{/version/distribution}: only a 200 is an answer.

    @ivar remembered: the last good answers.  C{/upcheck} is never answered from it: GoQuorum then
        does not start, and is none the worse.
    """

    remembered: SavedState
    statuses: frozenset[int] = frozenset(range(200, 600))

    def decide(self, facts: RoundFacts) -> Next:
        """See L{RoundPolicy<quorumha.http.forward.round_policy.RoundPolicy>}."""
        response = facts.response
        if response is None or response.head.status != 200:
            return Again()
        path = _path(facts)
        if path != UP_CHECK:
            self.remembered.learn_text(path, response.body.decode("latin-1"))
        return Deliver(response)

    def at_last(self, facts: RoundFacts) -> Deliver | Fail:
        """See L{RoundPolicy<quorumha.http.forward.round_policy.RoundPolicy>}."""
        path = _path(facts)
        text = self.remembered.texts.get(path)
        if text is not None and path != UP_CHECK:
            return Deliver(_response(b"text/plain", text.encode("latin-1")))
        if facts.response is not None:
            return Deliver(facts.response)
        return Fail(facts.error or Unavailable("no member answered"))


def _path(facts: RoundFacts) -> str:
    return facts.target.partition(b"?")[0].decode("latin-1")


def _response(kind: bytes, body: bytes) -> Response:
    return Response(
        ResponseHead(200, b"OK", [(b"Content-Type", kind)], len(body), False, True, len(body)), body
    )


@frozen(eq=False)
class VersionForwarder:
    """C{/version/api}: what every member can do.  A L{Forwarder<quorumha.http.wire.contracts.Forwarder>}.

    @ivar forwarder: for the questions to each member.
    @ivar total: seconds until the client must have its answer; 0: as long as it takes.
    @ivar parking: where those wait that nobody can answer.
    @ivar pinned: what the operator wants told, without asking anybody; else empty.
    """

    forwarder: PoolForwarder
    remembered: SavedState
    total: float
    waiting_room: WaitingRoom
    pinned: Sequence[str] = ()
    upgrade: bool = False

    def forward(
        self, head: RequestHead, client: Client, sink: ResponseSink, target: bytes | None
    ) -> VersionExchange:
        """See L{Forwarder<quorumha.http.wire.contracts.Forwarder>}."""
        return VersionExchange(self, head, client, sink)


class VersionExchange:
    """One such request.  See L{Exchange<quorumha.http.wire.contracts.Exchange>}."""

    #: Nobody is asked for the client.
    streams = False

    def __init__(self, way: VersionForwarder, head: RequestHead, client: Client, sink: ResponseSink) -> None:
        self.done = False
        self._way = way
        # Whatever body the client sends is not passed on.
        self._question = evolve(head, length=0)
        self._client = client
        self._sink = sink
        self._asking: Deferred[None] | None = None
        self._waiting: Deferred[bool] | None = None
        self._waited = False
        self._deadline = 0.0
        self._timer: Limit | None = None

    def start(self, data: bytes, complete: bool, on_complete: object = None) -> None:
        """Go; nothing follows it, so C{on_complete} is not called."""
        self._asking = Deferred.fromCoroutine(self._response())
        self._asking.addErrback(self._failed)

    def _failed(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            log.failure("asking for versions failed", failure)
            if not self.done:
                self.done = True
                self._sink.response_failed(Unavailable("internal error"))

    def _fail(self, why: Unavailable) -> None:
        self._sink.response_failed(why.of_pool(self._way.forwarder.pool.name))

    async def _response(self) -> None:
        way = self._way
        clock = way.forwarder.clock
        deadline = self._deadline = clock.seconds() + way.total if way.total else 0.0
        versions = sorted(way.pinned, key=order)
        answered = False
        while not versions:
            answered = await self._ask_all(deadline)
            if self.done:
                # The client left: a question that is cancelled is one without an answer.
                return
            if answered or (deadline and clock.seconds() + PAUSE >= deadline):
                names = [m.upstream.name for m in way.forwarder.pool.members if m.enabled]
                versions = way.remembered.versions.common(names)
                break
            if not await self._wait():
                self.done = True
                self._fail(way.waiting_room.refusal())
                return
        self.done = True
        if versions:
            body = json.dumps(versions, separators=(",", ":")).encode("utf-8")
            response = _response(b"application/json", body)
            self._sink.response_head(response.head, body, True)
            if self._waited and answered:
                way.waiting_room.wake()
        else:
            self._fail(Unavailable("no member has ever said which versions it knows"))

    async def _ask_all(self, deadline: float) -> bool:
        """Ask every enabled member; whether any answered."""
        way = self._way
        pool = way.forwarder.pool
        members = [m for m in pool.members if m.enabled]
        asked = [
            inquire(way.forwarder, self._question, self._client, SingleCandidate(pool, member), deadline)
            for member in members
        ]
        results = await DeferredList(asked, consumeErrors=True)
        answered = False
        for member, (ok, response) in zip(members, results, strict=True):
            if not ok or not isinstance(response, Response):
                continue
            versions = parse_versions(response.body) if response.head.status == 200 else None
            if response.head.status == 404:
                versions = frozenset({OLDEST})
            if versions:
                way.remembered.learn_versions(member.upstream.name, versions)
                answered = True
        return answered

    # While nobody answers.

    def _wait(self) -> Deferred[bool]:
        """Until a member is back, or it is time to ask again.

        @return: fires with whether there was room to wait.
        """
        waiting: Deferred[bool] = Deferred(lambda _: self._wait_no_more())
        self._waiting = waiting
        self._arm()
        quietly, self._waited = self._waited, True
        self._way.waiting_room.park(self, 0, quietly=quietly)
        return waiting

    def _arm(self) -> None:
        self._timer = Limit(self._way.forwarder.clock, PAUSE, self._look)

    def _look(self) -> None:
        forwarder = self._way.forwarder
        now = forwarder.clock.seconds()
        late = self._deadline and now + PAUSE >= self._deadline
        if late or forwarder.pool.usable(now) or self._way.waiting_room.may_try(now, PAUSE):
            self._go_on(True)
        else:
            # One asks for all: whoever finds that a member answers wakes the others.
            self._arm()

    def _go_on(self, ask: bool) -> None:
        waiting = self._waiting
        self._wait_no_more()
        if waiting is not None:
            waiting.callback(ask)

    def _wait_no_more(self) -> None:
        timer, self._timer, self._waiting = self._timer, None, None
        if timer is not None:
            timer.cancel()
        self._way.waiting_room.leave(self)

    def wake(self) -> None:
        """See L{WaitingRequest<quorumha.http.forward.waiting_room.WaitingRequest>}."""
        self._go_on(True)

    def release(self) -> None:
        """See L{WaitingRequest<quorumha.http.forward.waiting_room.WaitingRequest>}."""
        self._go_on(False)

    # What downstream does.

    def abandon(self) -> None:
        """The client is gone."""
        if not self.done and self._asking is not None:
            self.done = True
            self._asking.cancel()

    def body_data(self, data: bytes) -> None:
        """A body means nothing here."""

    def body_end(self) -> None:
        """See C{body_data}."""

    def pause(self) -> None:
        """The answer is one short piece."""

    def resume(self) -> None:
        """See C{pause}."""

    def tunnel(self, data: bytes) -> None:
        """Never: no other protocol is spoken here."""
