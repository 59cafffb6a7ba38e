"""L{GoQuorumPart}: a listener that knows the methods of GoQuorum."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

from attrs import evolve
from twisted.internet.defer import Deferred

from quorumha.config.model import ListenerConfig
from quorumha.goquorum.config import GoQuorumConfig
from quorumha.goquorum.decide.kept_responses import KeptResponses
from quorumha.goquorum.decide.rules import MethodRules
from quorumha.goquorum.forward.accounts import Accounts
from quorumha.goquorum.forward.ask import Asker
from quorumha.goquorum.forward.batches import Batches
from quorumha.goquorum.forward.call_classes import sending_handlings
from quorumha.goquorum.forward.engine import Engine
from quorumha.goquorum.forward.filters import FilterCalls
from quorumha.goquorum.forward.reads import Reads
from quorumha.goquorum.forward.reply import Handling
from quorumha.goquorum.forward.rpc_forwarder import RpcForwarder
from quorumha.goquorum.forward.spread import Spread
from quorumha.goquorum.forward.subscribe_calls import SubscribeCalls
from quorumha.goquorum.forward.waits import Waits
from quorumha.goquorum.rpc_state import GoQuorumState, state_of
from quorumha.goquorum.websocket.member_sockets import MemberSockets
from quorumha.goquorum.websocket.own_heads import OwnHeads
from quorumha.goquorum.websocket.place import Place
from quorumha.goquorum.websocket.socket_route import SocketRoute
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.server.listener import HttpPart, HttpParts, make_site
from quorumha.http.server.resource import ProxyResource
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.headers import HeaderRules
from quorumha.net.listener_part import Shown

T = TypeVar("T")


class GoQuorumParts(HttpParts, Protocol):
    """What such a listener needs of the process."""

    late: LateResponses

    def shared(self, key: Hashable, make: Callable[[], T]) -> T: ...

    def before(self, listener: ListenerConfig) -> Any: ...


class GoQuorumPart(HttpPart):
    """What a listener with C{serve = "goquorum-rpc"} has.

    @ivar state: what it knows, and who waits there.
    """

    def __init__(self, config: ListenerConfig, parts: GoQuorumParts) -> None:
        assert config.pool is not None
        settings: GoQuorumConfig = config.settings
        self._settings = settings
        self._pool = parts.pools[config.pool]
        before: GoQuorumPart | None = parts.before(config)
        self.state: GoQuorumState = state_of(config, parts, None if before is None else before.state)
        self._watching: list[Callable[[], None]] = []

        def forwarder(policy: RetryPolicy, *, kept_once: bool = False) -> PoolForwarder:
            assert config.pool is not None
            forward = settings.forward
            return PoolForwarder(
                self._pool,
                parts.connections[config.pool],
                parts.reactor,
                policy,
                Limits(0.0, 0.0, forward.read_timeout, forward.send_timeout),
                HeaderRules(forward.forwarded, forward.host),
                0,
                parts.replay_budgets[config.name],
                kept_once=kept_once,
                origin=None,
            )

        nothing: frozenset[int] = frozenset()
        twice = forwarder(RetryPolicy(statuses=nothing, tries=1))
        once = forwarder(RetryPolicy(statuses=nothing, tries=1, non_idempotent=False), kept_once=True)
        kept = parts.shared("goquorum kept responses", KeptResponses)
        numbers = parts.listener_numbers(config.name)
        explains = settings.limits.explain_header
        self.asker = Asker(
            self._pool, twice, once, parts.late, settings.response_limit, kept, numbers, explains
        )
        waits = Waits(self.state.waiting_room, self._pool, parts.reactor)
        reads = Reads(self.asker, waits, self.state.floors, settings.monotonic)
        accounts = Accounts(self.asker, waits, self.state.accounts, settings.unseen == "proceed")
        spread = Spread(self.asker) if settings.acknowledge == "spread" else None
        handlings: dict[str, Handling] = {
            "subscribe": SubscribeCalls(),
            **sending_handlings(accounts, reads, self.state.filters, spread),
        }
        self.engine = Engine(MethodRules(settings), reads, handlings)
        self.route = route = RpcForwarder(
            self.engine,
            self.asker,
            Batches(self.engine, accounts, waits, FilterCalls(reads, self.state.filters), spread),
            forwarder(RetryPolicy(statuses=nothing)),
            self.state.origins,
            parts.replay_budgets[config.name],
            config.name,
            settings.longest_wait,
            settings.batch_limit,
            settings.limits.body_limit or 0,
        )
        place = Place(parts.reactor, twice.rules, settings.ping_interval, self._pool.connect_timeout)
        self._sockets = MemberSockets(self._pool, place, reads.choice)
        self._heads = parts.shared(("goquorum heads", self._pool), lambda: OwnHeads(self._pool, place))
        if settings.websocket:
            route.sockets = SocketRoute(route, self._sockets, config.name, settings)
        # What is too large is answered as nodes do, by the route.
        limits = evolve(settings.limits, body_limit=0)
        super().__init__(make_site(ProxyResource(route), config, limits, parts))

    def start(self) -> None:
        """Watch members."""
        room = self.state.waiting_room
        self.state.follow(self._settings)
        self._watching = [
            self._pool.watch(lambda member: room.wake()),
            self._pool.watch_down(self.asker.down),
            *self._sockets.begin(),
        ]
        if self._settings.monotonic:
            self._watching.append(self._heads.begin())

    def close(self) -> None:
        """The time for the stop is for members that respond."""
        self.state.waiting_room.close()

    def shown(self) -> Shown:
        """The calls that wait."""
        room = self.state.waiting_room
        return Shown(len(room), room.used)

    def stop(self) -> Deferred[None]:
        """Watch them no more."""
        watching, self._watching = self._watching, []
        for stop in watching:
            stop()
        self.asker.deadlines.stop()
        return super().stop()
