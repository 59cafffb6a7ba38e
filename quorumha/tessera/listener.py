"""A listener that knows Tessera's calls, put together: its plans become ways, and ways a resource.

Beside L{quorumha.app.service} the only place that joins what the field knows with connections.
"""

from __future__ import annotations

from random import random

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from quorumha.config.model import ListenerConfig
from quorumha.http.forward.forwarder import Forwarder
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.mirror import mirror_to
from quorumha.http.forward.mirror_budget import MirrorBudget
from quorumha.http.forward.ordered import choosing
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.round_policy import Answer, Judge
from quorumha.http.forward.waiting_forwarder import Line
from quorumha.http.forward.waiting_room import Parking
from quorumha.http.forward.writes import Overtaking
from quorumha.http.server.call_resource import CallPlan, CallsResource
from quorumha.http.server.resource import Plan
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.wire.contracts import Way
from quorumha.http.wire.headers import HeaderRules
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.candidates import AwakeCandidates
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.tessera.decide.call_plan import (
    NEED_DATABASE,
    WAIT_FOR_WHO_SLEEPS,
    Planned,
    Wish,
    looking,
    looks_into,
    plan_calls,
    plan_question,
    resend_all,
)
from quorumha.tessera.decide.lookup import LookupJudge
from quorumha.tessera.decide.orphans import log_orphan, orphan_of
from quorumha.tessera.decide.push import PushJudge
from quorumha.tessera.decide.read import ReadJudge
from quorumha.tessera.decide.send import LEARNING, NewJudge, OnceJudge
from quorumha.tessera.decide.signed_and_delete import DeleteJudge, SignedJudge
from quorumha.tessera.forward.push_affinity import PushWay
from quorumha.tessera.forward.recovery import ResendWay, StickyWay
from quorumha.tessera.forward.start_up import StartUpJudge, VersionWay
from quorumha.tessera.knowledge.calls import Treatment
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.partyinfo.sync import Delivery, PartyInfoWay
from quorumha.tessera.state_file import Remembered

log = Logger()

#: Seconds that a copy of a party info may take: so long Tessera's own client waits.
COPY_TIMEOUT = 3.75


def planned_calls(config: ListenerConfig, members: int, *, checked: bool = False) -> list[Planned]:
    """How each call of a listener is treated.

    @param members: how many of its pool are enabled.
    @param checked: the checks of its pool find a member that hangs.
    """
    wishes = [
        Wish(
            call.path,
            call.match == "exact",
            call.method,
            None if call.treat_as is None else Treatment(call.treat_as),
            call.keys,
        )
        for call in config.calls
    ]
    tessera = config.tessera
    planned = plan_calls(
        config.serve,
        members,
        tessera.client_timeout,
        tessera.store == "replicated",
        config.keys,
        wishes,
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
        remembered: Remembered,
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
        tessera = config.tessera
        self._config = config
        self._replicated = tessera.store == "replicated"
        self._pool = pool
        self._connections = connections
        self._clock = clock
        self._budget = budget
        self._mirror_budget = mirror_budget
        self._remembered = remembered
        self.memory = ExistenceMemory(tessera.existence_memory) if memory is None else memory
        self.delivery: Delivery | None = None
        self.parking = Parking(config.name, tessera.parked_requests, tessera.parked_bytes)
        members = sum(member.enabled for member in pool.members)
        self.planned = planned_calls(config, members, checked=checked)
        self._checked = checked
        self.late = LateResponses(clock) if late is None else late
        self._stop_watching = [pool.watch(self._back)]
        question = plan_question(config.serve, members, tessera.client_timeout, config.keys)
        self._asking = self._forwarder(question, deep=True)
        self.resource = CallsResource(
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
        self.parking.wake()

    def _forwarder(self, planned: Planned, *, deep: bool = False) -> Forwarder:
        forward = self._config.forward
        return Forwarder(
            self._pool,
            self._connections,
            self._clock,
            planned.policy,
            planned.limits,
            HeaderRules(forward.forwarded, forward.host),
            # Recovery sends batches of thousands of payloads, the first time to the wrong member.
            self._config.body_limit
            if planned.call.treatment is Treatment.PUSH_BATCH
            else forward.replay_limit,
            self._budget,
            deep=deep or planned.call.treatment in NEED_DATABASE,
        )

    def _way(self, planned: Planned) -> Way:
        """How this call gets its answers."""
        treatment = planned.call.treatment
        forwarder = self._forwarder(planned)
        if treatment in WAIT_FOR_WHO_SLEEPS:
            forwarder = choosing(forwarder, AwakeCandidates)
        judge = self._judge(treatment, planned)
        match treatment:
            case Treatment.PLAIN:
                return forwarder
            case Treatment.START_UP if planned.call.path == "/version/api":
                pinned = self._config.tessera.api_versions
                return VersionWay(forwarder, self._remembered, planned.limits.total, self.parking, pinned)
            case Treatment.PUSH:
                return PushWay(forwarder, lambda it: self._line(it, judge, wait=planned.wait))
            case Treatment.PUSH_BATCH:
                return StickyWay(forwarder, lambda it: self._line(it, judge))
            case Treatment.RESEND:
                job = self._forwarder(resend_all(planned))
                return ResendWay(self._line(forwarder, judge), self._line(job, OnceJudge()))
            case Treatment.PARTY_INFO:
                return PartyInfoWay(self._line(forwarder, judge), self._deliver(forwarder))
            case Treatment.READ | Treatment.LOOKUP:
                return self._line(forwarder, judge, self._config.tessera.hedge)
            case Treatment.NEW | Treatment.SIGNED if self._checked:
                return self._line(forwarder, judge, wait=planned.wait, overtaking=self._overtaking(treatment))
            case _:
                return self._line(forwarder, judge, wait=planned.wait)

    def _line(
        self,
        forwarder: Forwarder,
        judge: Judge,
        hedge: float = 0.0,
        wait: float = 0.0,
        overtaking: Overtaking | None = None,
    ) -> Line:
        return Line(forwarder, judge, self.parking, self._asking, hedge, wait, overtaking)

    def _overtaking(self, treatment: Treatment) -> Overtaking:
        """What lets a write go on elsewhere when its member goes down."""

        def orphaned(head: RequestHead, member: Member, answer: Answer) -> None:
            # The key of a signed transaction is that of the next try, too.
            orphan = (
                orphan_of(self._config.name, head, member, answer) if treatment is Treatment.NEW else None
            )
            if orphan is not None:
                log_orphan(orphan)

        overtaking = Overtaking(self.late, orphaned)
        self._stop_watching.append(self._pool.watch_down(overtaking.down))
        return overtaking

    def _deliver(self, forwarder: Forwarder) -> Delivery:
        """Party infos to every member: one delivery for a listener."""
        if self.delivery is None:
            # As long as a Tessera itself would try.
            counters, budget = self._pool.counters, self._mirror_budget
            mirror = mirror_to(forwarder, self._pool, COPY_TIMEOUT, self._clock, counters, budget=budget)
            self.delivery = Delivery(mirror, self._config.tessera.party_info_interval, random)
        return self.delivery

    def _judge(self, treatment: Treatment, planned: Planned) -> Judge:
        # The time in which every party has posted, however late a member began to listen.
        learning = 2 * self._config.tessera.party_info_interval or LEARNING
        match treatment:
            case Treatment.LOOKUP:
                return LookupJudge(self.memory, self._replicated)
            case Treatment.NEW:
                if planned.call.path == "/storeraw":
                    # It goes to no other party, and makes no transaction.
                    return NewJudge(learning=0.0)
                return NewJudge(self.memory, learning=learning, looks=looks_into(planned))
            case Treatment.SIGNED:
                return SignedJudge(self.memory, self._replicated, learning)
            case Treatment.DELETE:
                return DeleteJudge(self.memory)
            case Treatment.START_UP:
                return StartUpJudge(self._remembered)
            case Treatment.PUSH:
                return PushJudge(self.memory, planned.limits.total or planned.wait)
            case Treatment.ONCE | Treatment.JOB | Treatment.PUSH_BATCH:
                return OnceJudge()
            case _:
                return ReadJudge()

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
