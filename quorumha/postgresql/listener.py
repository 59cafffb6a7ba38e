"""L{PostgresqlPart}: what a listener to the one writer has."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred, succeed

from quorumha.config.model import Config, ListenerConfig, PoolConfig
from quorumha.events import Observers
from quorumha.health.shared_checks import SharedChecks
from quorumha.net.listener_part import Part, Shown
from quorumha.numbers import ListenerNumbers
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.postgresql.config import PostgresqlConfig, group_of, pool_keys, proxy_pools
from quorumha.postgresql.pool_sessions import PoolSessions
from quorumha.postgresql.proxy_checks import ProxyPlan
from quorumha.postgresql.session_relay import SessionRelay
from quorumha.postgresql.writer_endpoint import WriterEndpoint
from quorumha.postgresql.writer_group import WriterGroup

T = TypeVar("T")


class PostgresqlParts(Protocol):
    """What it needs of the process."""

    reactor: Any
    config: Config
    observers: Observers
    pools: dict[str, UpstreamPool]
    wall: Callable[[], float]
    shared_checks: SharedChecks

    def shared(self, key: Hashable, make: Callable[[], T]) -> T: ...

    def listener_numbers(self, name: str) -> ListenerNumbers: ...

    def upstreams(self, pool: PoolConfig) -> list[Upstream]: ...


class PostgresqlPart(Part[SessionRelay]):
    """A relay, and its pool's share in the decision of a writer."""

    def __init__(self, listener: ListenerConfig, parts: PostgresqlParts) -> None:
        assert listener.pool is not None
        config, pool = parts.config.pools[listener.pool], parts.pools[listener.pool]
        settings: PostgresqlConfig = listener.settings
        keys, name = pool_keys(config), group_of(config)
        directory = parts.config.state_directory

        def make() -> WriterGroup:
            reactor, wall = parts.reactor, parts.wall
            system = keys.system_identifier
            return WriterGroup(
                name,
                reactor,
                parts.observers,
                keys.lease,
                directory,
                system,
                wall,
                checks=parts.shared_checks,
            )

        group: WriterGroup = parts.shared(("writer", name), make)
        self._group, self._keys = group, keys
        proxies = [one for place in proxy_pools(config) for one in parts.upstreams(place)]
        self._proxies = ProxyPlan(proxies, config.check.interval, config.check.timeout)
        self._view = group.of(pool)
        endpoint = WriterEndpoint(pool, group, parts.reactor, settings.hold, settings.waiting_sessions)
        super().__init__(
            SessionRelay(
                PoolSessions(pool, group, endpoint, parts.reactor),
                parts.reactor,
                listener.idle_timeout,
                listener.name,
                parts.listener_numbers(listener.name),
            )
        )

    def start(self) -> None:
        """Take part in the decision, with what the configuration says of it."""
        self._group.configure(self._keys.lease, self._keys.system_identifier, self._proxies)
        self._view.start()

    def close(self) -> None:
        """Nobody waits for a writer any more."""
        self.factory.refuse_waiting()

    def shown(self) -> Shown:
        """How many wait."""
        return Shown(waiting=self.factory.waiting)

    def stop(self) -> Deferred[None]:
        """Take part no more."""
        self._view.stop()
        return succeed(None)
