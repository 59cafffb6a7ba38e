"""The composition root: a configuration becomes pools, listeners and one service.

Nothing else puts the parts together.  Listening is all or nothing: when one address cannot
be had, those already had are given back.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IAddress
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.app.listener import Listener, finish_in_turn
from quorumha.app.pools import finding_hangs, make_all_checks, make_pool, make_relay
from quorumha.app.readiness import Readiness
from quorumha.config.model import Config, ForwardConfig, ListenerConfig, RouteConfig
from quorumha.config.same_node import same_nodes
from quorumha.endpoints import HANDSHAKE_TIMEOUT, ServerTLS, listening_endpoint
from quorumha.http.forward.forwarder import Limits, PoolForwarder
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.mirror import Mirror, mirror_to
from quorumha.http.forward.mirror_budget import MirrorBudget
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.retry_policy import NextUpstream
from quorumha.http.server import MirrorResource, ProxyResource, ProxySite, RoutedResource, ServerLimits
from quorumha.http.server.call_resource import CallResource
from quorumha.http.server.path_router import Route
from quorumha.http.server.server_limits import AGAIN_GRACE
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.wire.headers import HeaderRules
from quorumha.http.wire.messages import HeadLimits
from quorumha.net.connection_limit import limit_of_process
from quorumha.relay import RelayFactory
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.listener import TesseraSite
from quorumha.tessera.state_file import make_directory
from quorumha.tessera.versions_file import remembered

log = Logger()

#: Seconds of silence after which a relayed connection in which nobody waits for anything ends, at a stop.
IDLE_AT_STOP = 0.5


def _log_full(whose: str) -> None:
    said = "the replay budget of {whose} is full: the largest bodies that are not whole yet are sent once"
    log.warn(said, event="replay-budget-full", whose=whose, fold=f"replay-budget {whose}")


def _once_read(serving: RelayFactory | ProxySite, drain: Callable[[], Deferred[None]]) -> Deferred[None]:
    """Drain; where clients seem to be idle, once the sockets were read: one may have sent something."""
    idle = any(True for _ in serving.idle())
    return deferLater(serving.clock, 0).addCallback(lambda _: drain()) if idle else drain()


class ProxyService(Service):
    """A running configuration.

    @ivar pools: by name.
    @ivar tesseras: what each listener with C{serve = "tessera-..."} has, by name.
    @ivar replay_budget: what the bodies hold that are kept to be sent again.
    @ivar mirror_budget: what the copies of all mirrors hold.
    @ivar connections: how many clients it serves at once.
    @ivar listening: the address of each listener, by name; filled when it is started.
    @ivar started: fires when everything listens; fails, with nothing listening, when something cannot.
    """

    def __init__(self, reactor: Any, config: Config) -> None:
        """
        @param reactor: the time, and what endpoints want.
        @raise ConfigError: an endpoint, or a file that one needs, cannot be used.
        """
        self.started: Deferred[None] = Deferred()
        self.listening: dict[str, IAddress] = {}
        self._reactor = reactor
        self._stop_timeout = config.stop_timeout
        self.replay_budget = ReplayBudget(config.replay_budget, filled=lambda: _log_full("the process"))
        serving = [listener.name for listener in config.listeners.values() if listener.serve != "tcp"]
        self._budgets = self.replay_budget.parts(serving, _log_full)
        self.mirror_budget = MirrorBudget(config.mirror_budget)
        self.connections = limit_of_process(reactor, config.max_connections, self._spare)
        self.pools = {name: make_pool(reactor, pool) for name, pool in config.pools.items()}
        self._connections = {
            name: Connections(reactor, pool.keepalive, pool.keepalive_idle)
            for name, pool in config.pools.items()
        }
        self._mirrors: list[Mirror] = []
        self._late = LateResponses(reactor)
        self._finds_hangs = finding_hangs(config)
        self._memories: dict[str, ExistenceMemory] = {}
        self.tesseras: dict[str, TesseraSite] = {}
        self._state_directory = None if config.state_directory is None else Path(config.state_directory)
        sending = {one.pool for one in config.listeners.values() if one.serve == "tessera-q2t" and one.pool}
        self._readiness = Readiness(self.pools, same_nodes(config), sending)
        self._checks = make_all_checks(reactor, self.pools, config, self._readiness.preparing)
        self._pool_configs = config.pools
        self._listeners = [self._make_listener(listener) for listener in config.listeners.values()]
        self._begun = False

    def _spare(self) -> None:
        """Give back what idle connections to nodes hold."""
        for connections in self._connections.values():
            connections.close_idle()

    # Composition.

    def _make_listener(self, config: ListenerConfig) -> Listener:
        tls = ServerTLS(config.tls.cert, config.tls.key, config.tls.client_ca) if config.tls else None
        handshake = HANDSHAKE_TIMEOUT if config.serve == "tcp" else config.header_timeout
        endpoint = listening_endpoint(self._reactor, config.listen, tls, handshake)
        if config.serve == "tcp":
            assert config.pool is not None
            pool = self.pools[config.pool]
            relay = make_relay(self._reactor, pool, self._pool_configs[config.pool], config)

            def finish(limit: float, _: bool) -> Deferred[None]:
                return _once_read(relay, partial(relay.drain, limit, IDLE_AT_STOP))

            return Listener(config.name, "tcp", endpoint, relay, finish, config.max_connections, relay.idle)
        site = self._make_site(config)

        def end(limit: float, _: bool) -> Deferred[None]:
            return _once_read(site, partial(site.drain, limit, AGAIN_GRACE, IDLE_AT_STOP))

        return Listener(config.name, config.serve, endpoint, site, end, config.max_connections, site.idle)

    def _make_site(self, config: ListenerConfig) -> ProxySite:
        limits = ServerLimits(
            HeadLimits(config.request_line_limit, config.header_limit, config.header_count),
            config.header_timeout,
            config.idle_timeout or 0.0,
            config.client_send_timeout,
            config.body_limit,
            config.body_timeout,
            config.body_rate,
        )
        root: ProxyResource | RoutedResource | CallResource
        if config.is_tessera:
            root = self._make_tessera(config)
        elif config.routes:
            root = RoutedResource(
                Route(route.path.encode("ascii"), route.match == "exact", self._make_resource(route, config))
                for route in config.routes
            )
        else:
            assert config.pool is not None
            root = ProxyResource(self._make_forwarder(config.pool, config.forward, config))
        return ProxySite(root, self._reactor, limits)

    def _make_tessera(self, config: ListenerConfig) -> CallResource:
        assert config.pool is not None
        site = TesseraSite(
            config,
            self.pools[config.pool],
            self._connections[config.pool],
            self._reactor,
            self._budgets[config.name],
            remembered(self._reactor, self._state_directory, config.name),
            self._memory(config),
            mirror_budget=self.mirror_budget,
            late=self._late,
            checked=config.pool in self._finds_hangs,
        )
        self.tesseras[config.name] = site
        self._readiness.add(config.pool, site)
        return site.resource

    def _memory(self, config: ListenerConfig) -> ExistenceMemory | None:
        """The one of the listener's party; None: its own."""
        tessera = config.tessera
        if tessera.party is None:
            return None
        return self._memories.setdefault(tessera.party, ExistenceMemory(tessera.existence_memory))

    def _make_resource(self, route: RouteConfig, listener: ListenerConfig) -> ProxyResource:
        forwarder = self._make_forwarder(route.pool, route.forward, listener)
        path = None if route.upstream_path is None else route.upstream_path.encode("ascii")
        if route.mirror is None:
            return ProxyResource(forwarder, path)
        pool = forwarder.pool if route.mirror == "others" else self.pools[route.mirror]
        counters, budget = forwarder.pool.counters, self.mirror_budget
        mirror = mirror_to(forwarder, pool, route.mirror_timeout, self._reactor, counters, budget=budget)
        self._mirrors.append(mirror)
        return MirrorResource(forwarder, mirror, path)

    def _make_forwarder(self, pool: str, config: ForwardConfig, listener: ListenerConfig) -> PoolForwarder:
        conditions = set(config.next_upstream)
        return PoolForwarder(
            self.pools[pool],
            self._connections[pool],
            self._reactor,
            NextUpstream(
                error="error" in conditions,
                timeout="timeout" in conditions,
                statuses=frozenset(int(c) for c in conditions - {"error", "timeout"}),
                non_idempotent=config.non_idempotent,
                tries=config.tries,
            ),
            Limits(config.total_timeout, config.first_byte_timeout, config.read_timeout, config.send_timeout),
            HeaderRules(config.forwarded, config.host),
            config.replay_limit,
            self._budgets[listener.name],
            config.upgrade,
        )

    # Life.

    def privilegedStartService(self) -> None:
        """Listen everywhere, while the process may still bind any port.

        @raise ListenError: an address cannot be had; nothing listens.
        """
        super().privilegedStartService()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        self._begin()

    def startService(self) -> None:
        """Listen everywhere, unless that was done already.

        @raise ListenError: an address cannot be had; nothing listens.
        """
        self._begin()
        make_directory(self._state_directory)  # Not earlier: the process is now the user that it stays.
        super().startService()  # type: ignore[no-untyped-call]  # as above

    def _begin(self) -> None:
        if self._begun:
            return
        self._begun = True
        failures: list[Failure] = []
        starting = Deferred.fromCoroutine(self._listen())
        starting.addErrback(failures.append)
        if failures:
            failures[0].raiseException()
        starting.addCallback(lambda _: self.started.errback(failures[0]) if failures else None)

    async def _listen(self) -> None:
        try:
            for listener in self._listeners:
                port = await listener.listen()
                listener.gate = self.connections.limit(port, listener.name, listener.most, listener.idle)
                self.listening[listener.name] = port.getHost()
        except BaseException:
            # Not waited for: whoever starts the service shall hear of it at once.
            Deferred.fromCoroutine(self._stop_listening()).addErrback(
                lambda failure: log.failure("could not stop listening", failure)
            )
            raise
        for site in self.tesseras.values():
            site.start()
        for checks in self._checks:
            checks.start()
        self.started.callback(None)

    async def _stop_listening(self) -> None:
        for listener in self._listeners:
            await listener.close()

    def give_sockets(self, user: int, group: int) -> None:
        """Let the socket files belong to the user that the process becomes (numeric; -1: as it is)."""
        for listener in self._listeners:
            listener.give_socket(user, group)

    def remove_sockets(self) -> None:
        """Remove the socket files at once, because the process ends without a stop."""
        for listener in self._listeners:
            listener.remove_socket()

    def stopService(self) -> Deferred[None]:
        """Let listeners end in their order: what is in flight finishes, and what lasts too long is cut."""
        super().stopService()  # type: ignore[no-untyped-call]  # as above
        return Deferred.fromCoroutine(self._stop())

    async def _stop(self) -> None:
        for site in self.tesseras.values():
            # The time for the stop is for members that respond.
            site.waiting_room.close()
        await finish_in_turn(self._listeners, self._stop_timeout, self._reactor)
        self.connections.stop()
        await DeferredList([checks.stop() for checks in self._checks])
        for mirror in self._mirrors:
            mirror.stop()
        await DeferredList([site.stop() for site in self.tesseras.values()])
        for connections in self._connections.values():
            connections.stop()


def make_service(reactor: Any, config: Config) -> ProxyService:
    """The service that a configuration describes, not started yet.

    @raise ConfigError: an endpoint, or a file that one needs, cannot be used.
    """
    return ProxyService(reactor, config)
