"""A listener that knows Tessera's calls: from its table of calls to resources.

What follows from a call's class stands in L{quorumha.tessera.decide.call_class}.
"""

from __future__ import annotations

from collections.abc import Callable
from random import random

from attrs import evolve
from twisted.internet.defer import Deferred, succeed

from quorumha.config.model import ListenerConfig
from quorumha.events import Origin
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.mirror import mirror_to
from quorumha.http.forward.round_policy import Response
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.writes import Overtaking
from quorumha.http.server.path_router import Route
from quorumha.http.server.resource import ProxyResource, RoutedResource
from quorumha.http.wire.headers import HeaderRules
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.candidates import AwakeCandidates, Candidates, SingleCandidate
from quorumha.pool.pool import Member
from quorumha.tessera.config import TesseraConfig
from quorumha.tessera.decide.call_class import Flow, Known
from quorumha.tessera.decide.call_plan import Planned, plan_calls, plan_subrequest
from quorumha.tessera.decide.orphans import orphan_of
from quorumha.tessera.decide.send import LEARNING
from quorumha.tessera.forward.push_affinity import PushForwarder
from quorumha.tessera.forward.recovery import ResendForwarder, StickyChoice
from quorumha.tessera.knowledge.calls import PORTS
from quorumha.tessera.listener_state import TesseraParts, TesseraState
from quorumha.tessera.partyinfo.sync import PartyInfoSync

#: Seconds that a copy of a party info may take: so long Tessera's own client waits.
COPY_TIMEOUT = 3.75


def planned_calls(config: ListenerConfig, *, checked: bool = False) -> list[Planned]:
    """How each call of a listener is forwarded.

    @param checked: the checks of its pool find a member that hangs.
    """
    tessera: TesseraConfig = config.settings
    replicated = tessera.store == "replicated"
    port = PORTS[config.serve]
    return plan_calls(port, tessera.client_timeout, replicated, tessera.keys, tessera.routes, checked=checked)


class TesseraListener:
    """What a listener with C{serve = "tessera-..."} has.

    @ivar state: see L{TesseraState}.
    @ivar resource: the root of its tree.
    @ivar planned: how each call is forwarded.
    @ivar late: responses that no client waits for any more; of the process.
    @ivar sync: of party infos; None where nobody posts any.
    """

    def __init__(
        self, config: ListenerConfig, parts: TesseraParts, state: TesseraState, *, checked: bool = False
    ) -> None:
        """
        @param state: what the listener of this name has known so far.
        @param checked: the checks of the pool find a member that hangs.
        """
        assert config.pool is not None
        self._config = config
        self._settings: TesseraConfig = config.settings
        # Not all of them: it may be kept when they are others.
        self._clock, self._mirror_budget = parts.reactor, parts.mirror_budget
        self._connections, self._budget = parts.connections(config.pool), parts.replay_budget(config.name)
        self._pool = parts.pool(config.pool)
        self.state = state
        self.late = parts.late
        self.sync: PartyInfoSync | None = None
        self._overtakings: list[Overtaking] = []
        self._watching: list[Callable[[], None]] = []
        self._planned_forwarders: list[tuple[PoolForwarder, Planned]] = []
        subrequest = plan_subrequest(PORTS[config.serve], self._settings.client_timeout, self._settings.keys)
        self._subrequests = self._forwarder(subrequest, deep=True)
        self.planned = planned_calls(config, checked=checked)
        # "%2F" is a letter of Tessera's keys: three of four have one.
        self.resource = RoutedResource(
            (
                Route(
                    planned.call.path.encode("ascii"),
                    planned.call.exact,
                    self._resource(planned),
                    planned.call.method.encode("ascii"),
                )
                for planned in self.planned
            ),
            slash=False,
        )

    def _forwarder(self, planned: Planned, *, deep: bool = False) -> PoolForwarder:
        forward = self._settings.forward
        forwarder = PoolForwarder(
            self._pool,
            self._connections,
            self._clock,
            planned.policy,
            planned.limits(self._pool.enabled_count),
            HeaderRules(forward.forwarded, forward.host),
            self._settings.limits.body_limit
            if planned.call_class.flow is Flow.STICKY
            else forward.replay_limit,
            self._budget,
            deep=deep or planned.call_class.needs_database,
            origin=Origin(self._config.name, f"{planned.call.method} {planned.call.path}"),
        )
        self._planned_forwarders.append((forwarder, planned))
        return forwarder

    def _set_limits(self) -> None:
        """Each shall have its turn in the client's time, however many are enabled now."""
        for forwarder, planned in self._planned_forwarders:
            forwarder.limits = planned.limits(self._pool.enabled_count)

    def _waiting(self, planned: Planned) -> WaitingForwarder:
        one = planned.call_class
        return WaitingForwarder(
            self._forwarder(planned),
            one.round_policy(self._known(planned)),
            self.state.waiting_room,
            self._subrequests,
            self._settings.hedge if one.may_hedge else 0.0,
            planned.wait,
            self._overtaking(planned) if one.moves_on and planned.checked else None,
            AwakeCandidates if one.awake_only else Candidates,
        )

    def _known(self, planned: Planned) -> Known:
        # The time in which every party has posted, however late a member began to listen.
        learning = 2 * self._settings.party_info_interval or LEARNING
        longest = planned.total or planned.wait
        state, pinned = self.state, self._settings.api_versions
        return Known(
            state.memory, state.saved_state, pinned, planned.replicated, learning, longest, planned.looks
        )

    def _resource(self, planned: Planned) -> ProxyResource:
        """What forwards this call."""
        match planned.call_class.flow:
            case Flow.PLAIN:
                return ProxyResource(self._forwarder(planned))
            case Flow.ROUNDS:
                return ProxyResource(self._waiting(planned))
            case Flow.NOBODY:
                return ProxyResource(evolve(self._waiting(planned), choose=SingleCandidate))
            case Flow.BY_PAYLOAD:
                return ProxyResource(PushForwarder(self._waiting(planned), self.state.pushes))
            case Flow.STICKY:
                sticky = StickyChoice()
                waiting = evolve(self._waiting(planned), choose=sticky.candidates)
                return ProxyResource(waiting, on_complete=sticky.completed)
            case Flow.BY_TYPE:
                individual, everything = self._waiting(planned), self._waiting(planned.resend_all())
                return ProxyResource(ResendForwarder(individual, everything))
            case Flow.COPIED:
                waiting = self._waiting(planned)
                return ProxyResource(waiting, on_complete=self._make_sync(waiting.forwarder).posted)

    def _overtaking(self, planned: Planned) -> Overtaking:
        """What lets a write go on elsewhere when its member goes down."""

        def orphaned(head: RequestHead, member: Member, response: Response) -> None:
            orphan = orphan_of(self._config.name, head, member, response)
            if orphan is not None and planned.call_class.is_new:
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
        """Hear of members, and begin what is done without being asked."""
        settings, room = self._settings, self.state.waiting_room
        room.count, room.size = settings.waiting_requests, settings.waiting_bytes
        self.state.memory.limit = settings.existence_memory
        self._watching = [self._pool.watch(lambda member: self.state.waiting_room.wake())]
        self._watching += [self._pool.watch_down(one.down) for one in self._overtakings]
        self._watching.append(self._pool.watch_members(lambda member: self._set_limits()))
        # They may have changed since it was made.
        self._set_limits()
        if self.sync is not None:
            self.sync.start()

    def prepare(self, member: Member) -> Deferred[None]:
        """What has to be done before a member that was away gets traffic again."""
        return succeed(None) if self.sync is None else self.sync.prepare(member)

    def stop(self) -> Deferred[None]:
        """Wait for no member any more, and end what is done without being asked."""
        watching, self._watching = self._watching, []
        for stop in watching:
            stop()
        return succeed(None) if self.sync is None else self.sync.stop()
