"""L{TesseraPart}: a listener that knows Tessera's calls, from their table to resources.

What follows from a call's class stands in L{quorumha.tessera.decide.call_class}.
"""

from __future__ import annotations

from collections.abc import Callable
from random import random

from attrs import evolve
from twisted.internet.defer import Deferred, DeferredList, succeed

from quorumha.config.model import Config, ListenerConfig
from quorumha.events import Origin
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.mirror import mirror_to
from quorumha.http.forward.round_policy import Response
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.writes import Overtaking
from quorumha.http.server.listener import HttpPart, make_site
from quorumha.http.server.path_router import Route
from quorumha.http.server.resource import ProxyResource, RoutedResource
from quorumha.http.wire.headers import HeaderRules
from quorumha.http.wire.messages import RequestHead
from quorumha.net.listener_part import Shown
from quorumha.pool.candidates import AwakeCandidates, Candidates, SingleCandidate
from quorumha.pool.pool import Member
from quorumha.tessera.config import TesseraConfig
from quorumha.tessera.decide.call_class import SIGNED, Flow, Known
from quorumha.tessera.decide.call_plan import Planned, plan_calls, plan_subrequest
from quorumha.tessera.decide.send import LEARNING, orphan_of
from quorumha.tessera.forward.push_affinity import PushForwarder
from quorumha.tessera.forward.recovery import ResendForwarder, StickyChoice
from quorumha.tessera.knowledge.calls import PORTS
from quorumha.tessera.listener_state import TesseraParts, state_of
from quorumha.tessera.partyinfo.sync import PartyInfoSync
from quorumha.tessera.readiness import Readiness

#: Seconds that a copy of a party info may take: so long Tessera's own client waits.
COPY_TIMEOUT = 3.75


def planned_calls(listener: ListenerConfig, config: Config) -> list[Planned]:
    """How each call of a listener is forwarded."""
    tessera: TesseraConfig = listener.settings
    replicated = tessera.store == "replicated"
    port = PORTS[listener.serve]
    asked = config.pools[listener.pool or ""].check.asked
    checked = asked is not None and asked.finds_hangs
    return plan_calls(port, tessera.client_timeout, replicated, tessera.keys, tessera.routes, checked=checked)


class TesseraPart(HttpPart):
    """What a listener with C{serve = "tessera-..."} has.

    @ivar state: what it knows, and who waits there.
    @ivar late: responses that no client waits for any more; of the process.
    @ivar sync: of party infos; None where nobody posts any.
    """

    def __init__(self, config: ListenerConfig, parts: TesseraParts) -> None:
        assert config.pool is not None
        self._name = config.name
        self._settings: TesseraConfig = config.settings
        # Not all of the parts: this may be kept when they are others.
        self._clock, self._mirror_budget = parts.reactor, parts.mirror_budget
        self._connections, self._budget = parts.connections[config.pool], parts.replay_budgets[config.name]
        self._pool, self._readiness = parts.pools[config.pool], parts.shared("readiness", Readiness)
        self._numbers = parts.listener_numbers(config.name)
        self._before: TesseraPart | None = parts.before(config)
        self.state = state_of(config, parts, None if self._before is None else self._before.state)
        self.late = parts.late
        self.sync: PartyInfoSync | None = None
        self._overtakings: list[Overtaking] = []
        self._watching: list[Callable[[], None]] = []
        self._planned_forwarders: list[tuple[PoolForwarder, Planned]] = []
        subrequest = plan_subrequest(PORTS[config.serve], self._settings.client_timeout, self._settings.keys)
        self._subrequests = self._forwarder(subrequest, deep=True)
        planned = planned_calls(config, parts.config)
        #: Who makes transactions needs to know the other parties.
        self._sends = any(one.call_class is SIGNED for one in planned)
        routes = [
            Route(
                one.call.path.encode("ascii"),
                one.call.exact,
                self._resource(one).named(_name_of(one)),
                one.call.method.encode("ascii"),
            )
            for one in planned
        ]
        # "%2F" is a letter of Tessera's keys: three of four have one.
        root = RoutedResource(routes, slash=False)
        super().__init__(make_site(root, config, self._settings.limits, parts))

    def _forwarder(self, planned: Planned, *, deep: bool = False) -> PoolForwarder:
        forward, sticky = self._settings.forward, planned.call_class.flow is Flow.STICKY
        forwarder = PoolForwarder(
            self._pool,
            self._connections,
            self._clock,
            planned.policy,
            planned.limits(self._pool.enabled_count),
            HeaderRules(forward.forwarded, forward.host),
            self._settings.limits.body_limit if sticky else forward.replay_limit,
            self._budget,
            deep=deep or planned.call_class.needs_database,
            origin=Origin(self._name, _name_of(planned)),
            numbers=self._numbers,
        )
        self._planned_forwarders.append((forwarder, planned))
        return forwarder

    def _set_limits(self) -> None:
        """Each shall have its turn in the client's time, however many are enabled now."""
        for forwarder, planned in self._planned_forwarders:
            forwarder.limits = planned.limits(self._pool.enabled_count)

    def _waiting(self, planned: Planned) -> WaitingForwarder:
        one = planned.call_class
        known = Known(
            memory=self.state.memory,
            saved_state=self.state.saved_state,
            pinned=self._settings.api_versions,
            replicated=planned.replicated,
            # The time in which every party has posted, however late a member began to listen.
            learning=2 * self._settings.party_info_interval or LEARNING,
            longest=planned.total or planned.wait,
            looks=planned.looks,
        )
        return WaitingForwarder(
            self._forwarder(planned),
            one.round_policy(known),
            self.state.waiting_room,
            self._subrequests,
            self._settings.hedge if one.may_hedge else 0.0,
            planned.wait,
            self._overtaking(planned) if one.moves_on and planned.checked else None,
            AwakeCandidates if one.awake_only else Candidates,
        )

    def _resource(self, planned: Planned) -> ProxyResource:
        """What forwards this call."""
        flow = planned.call_class.flow
        if flow is Flow.PLAIN:
            return ProxyResource(self._forwarder(planned))
        waiting = self._waiting(planned)
        match flow:
            case Flow.NOBODY:
                return ProxyResource(evolve(waiting, choose=SingleCandidate))
            case Flow.BY_PAYLOAD:
                return ProxyResource(PushForwarder(waiting, self.state.pushes))
            case Flow.STICKY:
                sticky = StickyChoice()
                waiting = evolve(waiting, choose=sticky.candidates)
                return ProxyResource(waiting, on_complete=sticky.completed)
            case Flow.BY_TYPE:
                return ProxyResource(ResendForwarder(waiting, self._waiting(planned.resend_all())))
            case Flow.COPIED:
                return ProxyResource(waiting, on_complete=self._make_sync(waiting.forwarder).posted)
        return ProxyResource(waiting)

    def _overtaking(self, planned: Planned) -> Overtaking:
        """What lets a write go on elsewhere when its member goes down."""

        def orphaned(head: RequestHead, member: Member, response: Response) -> None:
            orphan = orphan_of(self._name, head, member, response)
            # What is made anew each time nobody else has made.
            if orphan is not None and planned.call_class.letter == "N":
                self._pool.observers.notify(orphan)

        overtaking = Overtaking(self.late, orphaned)
        self._overtakings.append(overtaking)
        return overtaking

    def _make_sync(self, forwarder: PoolForwarder) -> PartyInfoSync:
        """Party infos to every member: one for a listener."""
        if self.sync is None:
            clock, budget, counters = self._clock, self._mirror_budget, self._pool.counters
            mirror = mirror_to(forwarder, self._pool, COPY_TIMEOUT, clock, counters, budget=budget)
            interval = self._settings.party_info_interval
            self.sync = PartyInfoSync(mirror, interval, random, self.state.ledger)
        return self.sync

    # Life.

    def start(self) -> None:
        """Watch members, and compare what they know of parties; the part before does so no more."""
        before, self._before = self._before, None
        if before is not None and before.sync is not None:
            # Requests that wait there are still woken.
            self._readiness.syncs.discard(before.sync)
            before.sync.rest()
        settings, room = self._settings, self.state.waiting_room
        room.count, room.size = settings.waiting_requests, settings.waiting_bytes
        self.state.memory.limit = settings.existence_memory
        self._watching = [self._pool.watch(lambda member: room.wake())]
        self._watching += [self._pool.watch_down(one.down) for one in self._overtakings]
        self._watching.append(self._pool.watch_members(lambda member: self._set_limits()))
        # They may have changed since it was made.
        self._set_limits()
        if self.sync is not None:
            self._readiness.syncs.add(self.sync)
            self.sync.start()

    def shown(self) -> Shown:
        """Who waits, and which parties are known to whom."""
        room, sync = self.state.waiting_room, self.sync
        if sync is None:
            return Shown(len(room), room.used)
        lacks = {member.name: sync.drift.get(member.name, 0) for member in self._pool.members}
        pending = {self._pool.name: sync.pending}
        return Shown(len(room), room.used, len(self.state.ledger), lacks, pending)

    @property
    def busy(self) -> bool:
        """Whether a party info is on its way to a member."""
        return self.sync is not None and self.sync.busy

    def prepare(self, member: Member) -> Deferred[None]:
        """Tell a member that was away of the parties, here or at its other port."""
        waiting = [] if self.sync is None else [self.sync.prepare(member)]
        if self._sends:
            waiting.append(self._readiness.elsewhere(member))
        return DeferredList(waiting, consumeErrors=True).addCallback(lambda _: None)

    def close(self) -> None:
        """The time for the stop is for members that respond."""
        self.state.waiting_room.close()

    def stop(self) -> Deferred[None]:
        """Wait for no member any more, and end what is done without being asked."""
        while self._watching:
            self._watching.pop()()
        if self.sync is not None:
            self._readiness.syncs.discard(self.sync)
            self.sync.stop()
        return succeed(None)


def _name_of(planned: Planned) -> str:
    """What facts call it."""
    return f"{planned.call.method} {planned.call.path}"
