"""A listener that knows Tessera's calls, put together: its plans become ways, and ways a resource.

Beside L{quorumha.app.service} the only place that joins what the field knows with connections.
"""

from __future__ import annotations

from random import random

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from quorumha.config.model import ListenerConfig
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.mirror import mirror_to
from quorumha.http.forward.mirror_budget import MirrorBudget
from quorumha.http.forward.ordered import with_candidates
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.round_policy import Response, RoundPolicy
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.forward.writes import Overtaking
from quorumha.http.server.call_resource import CallPlan, CallResource
from quorumha.http.server.resource import Plan
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.wire.contracts import Forwarder
from quorumha.http.wire.headers import HeaderRules
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.candidates import AwakeCandidates
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.tessera.config import TesseraConfig
from quorumha.tessera.decide.call_plan import (
    NEED_DATABASE,
    WAIT_FOR_WHO_SLEEPS,
    CallOverride,
    Planned,
    looking,
    looks_into,
    plan_calls,
    plan_question,
    resend_all,
)
from quorumha.tessera.decide.lookup import LookupPolicy
from quorumha.tessera.decide.orphans import orphan_of
from quorumha.tessera.decide.push import PushPolicy
from quorumha.tessera.decide.read import ReadPolicy
from quorumha.tessera.decide.send import LEARNING, SendOncePolicy, SendPolicy
from quorumha.tessera.decide.signed_and_delete import DeletePolicy, SignedPolicy
from quorumha.tessera.forward.push_affinity import PushForwarder
from quorumha.tessera.forward.recovery import ResendForwarder, StickyForwarder
from quorumha.tessera.forward.start_up import StartUpPolicy, VersionForwarder
from quorumha.tessera.knowledge.calls import CallClass
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.partyinfo.sync import Delivery, PartyInfoForwarder
from quorumha.tessera.state_file import SavedState

log = Logger()

#: Seconds that a copy of a party info may take: so long Tessera's own client waits.
COPY_TIMEOUT = 3.75


def planned_calls(config: ListenerConfig, members: int, *, checked: bool = False) -> list[Planned]:
    """How each call of a listener is treated.

    @param members: how many of its pool are enabled.
    @param checked: the checks of its pool find a member that hangs.
    """
    tessera: TesseraConfig = config.settings
    overrides = [
        CallOverride(
            call.path,
            call.match == "exact",
            call.method,
            None if call.treat_as is None else CallClass(call.treat_as),
            call.keys,
        )
        for call in tessera.routes
    ]
    planned = plan_calls(
        config.serve,
        members,
        tessera.client_timeout,
        tessera.store == "replicated",
        tessera.keys,
        overrides,
        checked=checked,
    )
    return [looking(one) for one in planned] if config.serve == "tessera-q2t" else planned


class TesseraSite:
    """What a listener with C{serve = "tessera-..."} has.

    @ivar resource: the root of its tree.
    @ivar planned: how each call is treated.
    @ivar parking: where its requests wait.
    @ivar memory: the transactions that are known to exist.
    @ivar late: responses that no client waits for any more.
    @ivar delivery: of party infos; None where nobody posts any.
    """

    def __init__(
        self,
        config: ListenerConfig,
        pool: UpstreamPool,
        connections: Connections,
        clock: IReactorTime,
        budget: ReplayBudget,
        remembered: SavedState,
        memory: ExistenceMemory | None = None,
        *,
        mirror_budget: MirrorBudget | None = None,
        late: LateResponses | None = None,
        checked: bool = False,
    ) -> None:
        """
        @param remembered: what members said at other times.
        @param memory: in place of one of its own, where listeners share one.
        @param mirror_budget: likewise, for what copies of party infos hold.
        @param late: in place of its own, where listeners share it.
        @param checked: the checks of the pool find a member that hangs.
        """
        tessera: TesseraConfig = config.settings
        self._config = config
        self._settings = tessera
        self._replicated = tessera.store == "replicated"
        self._pool = pool
        self._connections = connections
        self._clock = clock
        self._budget = budget
        self._mirror_budget = mirror_budget
        self._remembered = remembered
        self.memory = ExistenceMemory(tessera.existence_memory) if memory is None else memory
        self.delivery: Delivery | None = None
        bounds = tessera.waiting_requests, tessera.waiting_bytes
        self.waiting_room = WaitingRoom(config.name, *bounds, pool.observers)
        members = sum(member.enabled for member in pool.members)
        self.planned = planned_calls(config, members, checked=checked)
        self._checked = checked
        self.late = LateResponses(clock) if late is None else late
        self._stop_watching = [pool.watch(self._back)]
        question = plan_question(config.serve, members, tessera.client_timeout, tessera.keys)
        self._asking = self._forwarder(question, deep=True)
        self.resource = CallResource(
            CallPlan(
                planned.call.method.encode("ascii"),
                planned.call.path.encode("ascii"),
                planned.call.exact,
                Plan(self._way(planned)),
            )
            for planned in self.planned
        )

    def _back(self, member: Member) -> None:
        """A member can be used again: whoever waits asks again."""
        self.waiting_room.wake()

    def _forwarder(self, planned: Planned, *, deep: bool = False) -> PoolForwarder:
        forward = self._settings.forward
        return PoolForwarder(
            self._pool,
            self._connections,
            self._clock,
            planned.policy,
            planned.limits,
            HeaderRules(forward.forwarded, forward.host),
            # Recovery sends batches of thousands of payloads, the first time to the wrong member.
            self._settings.limits.body_limit
            if planned.call.call_class is CallClass.PUSH_BATCH
            else forward.replay_limit,
            self._budget,
            deep=deep or planned.call.call_class in NEED_DATABASE,
        )

    def _way(self, planned: Planned) -> Forwarder:
        """How this call gets its answers."""
        call_class = planned.call.call_class
        forwarder = self._forwarder(planned)
        if call_class in WAIT_FOR_WHO_SLEEPS:
            forwarder = with_candidates(forwarder, AwakeCandidates)
        judge = self._judge(call_class, planned)
        match call_class:
            case CallClass.PLAIN:
                return forwarder
            case CallClass.START_UP if planned.call.path == "/version/api":
                pinned = self._settings.api_versions
                return VersionForwarder(
                    forwarder, self._remembered, planned.limits.total, self.waiting_room, pinned
                )
            case CallClass.PUSH:
                return PushForwarder(forwarder, lambda it: self._line(it, judge, wait=planned.wait))
            case CallClass.PUSH_BATCH:
                return StickyForwarder(forwarder, lambda it: self._line(it, judge))
            case CallClass.RESEND:
                job = self._forwarder(resend_all(planned))
                return ResendForwarder(self._line(forwarder, judge), self._line(job, SendOncePolicy()))
            case CallClass.PARTY_INFO:
                return PartyInfoForwarder(self._line(forwarder, judge), self._deliver(forwarder))
            case CallClass.READ | CallClass.LOOKUP:
                return self._line(forwarder, judge, self._settings.hedge)
            case CallClass.NEW | CallClass.SIGNED if self._checked:
                return self._line(
                    forwarder, judge, wait=planned.wait, overtaking=self._overtaking(call_class)
                )
            case _:
                return self._line(forwarder, judge, wait=planned.wait)

    def _line(
        self,
        forwarder: PoolForwarder,
        judge: RoundPolicy,
        hedge: float = 0.0,
        wait: float = 0.0,
        overtaking: Overtaking | None = None,
    ) -> WaitingForwarder:
        return WaitingForwarder(forwarder, judge, self.waiting_room, self._asking, hedge, wait, overtaking)

    def _overtaking(self, call_class: CallClass) -> Overtaking:
        """What lets a write go on elsewhere when its member goes down."""

        def orphaned(head: RequestHead, member: Member, response: Response) -> None:
            # The key of a signed transaction is that of the next try, too.
            orphan = (
                orphan_of(self._config.name, head, member, response) if call_class is CallClass.NEW else None
            )
            if orphan is not None:
                self._pool.observers.notify(orphan)

        overtaking = Overtaking(self.late, orphaned)
        self._stop_watching.append(self._pool.watch_down(overtaking.down))
        return overtaking

    def _deliver(self, forwarder: PoolForwarder) -> Delivery:
        """Party infos to every member: one delivery for a listener."""
        if self.delivery is None:
            # As long as a Tessera itself would try.
            counters, budget = self._pool.counters, self._mirror_budget
            mirror = mirror_to(forwarder, self._pool, COPY_TIMEOUT, self._clock, counters, budget=budget)
            self.delivery = Delivery(mirror, self._settings.party_info_interval, random)
        return self.delivery

    def _judge(self, call_class: CallClass, planned: Planned) -> RoundPolicy:
        # The time in which every party has posted, however late a member began to listen.
        learning = 2 * self._settings.party_info_interval or LEARNING
        match call_class:
            case CallClass.LOOKUP:
                return LookupPolicy(self.memory, self._replicated)
            case CallClass.NEW:
                if planned.call.path == "/storeraw":
                    # It goes to no other party, and makes no transaction.
                    return SendPolicy(learning=0.0)
                return SendPolicy(self.memory, learning=learning, looks=looks_into(planned))
            case CallClass.SIGNED:
                return SignedPolicy(self.memory, self._replicated, learning)
            case CallClass.DELETE:
                return DeletePolicy(self.memory)
            case CallClass.START_UP:
                return StartUpPolicy(self._remembered)
            case CallClass.PUSH:
                return PushPolicy(self.memory, planned.limits.total or planned.wait)
            case CallClass.ONCE | CallClass.JOB | CallClass.PUSH_BATCH:
                return SendOncePolicy()
            case _:
                return ReadPolicy()

    # Life.

    def start(self) -> None:
        """Begin what is done without being asked."""
        if self.delivery is not None:
            self.delivery.start()

    def prepare(self, member: Member) -> Deferred[None]:
        """What has to be done before a member that was away gets traffic again."""
        return succeed(None) if self.delivery is None else self.delivery.prepare(member)

    def stop(self) -> Deferred[None]:
        """Wait for no member any more, and end what is done without being asked."""
        for stop in self._stop_watching:
            stop()
        self.late.stop()
        return succeed(None) if self.delivery is None else self.delivery.stop()
