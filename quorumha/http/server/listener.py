"""A listener that understands requests, put together: from its configuration to a site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

from attrs import asdict
from twisted.internet.defer import Deferred
from twisted.web.resource import IResource

from quorumha.config.model import Config, ListenerConfig
from quorumha.events import Observers, Origin
from quorumha.http.forward.config import ForwardConfig
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.mirror import Mirror, mirror_to
from quorumha.http.forward.mirror_budget import MirrorBudget
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.server.client_limits import ServerLimits
from quorumha.http.server.config import ClientLimits, HttpConfig, RouteConfig
from quorumha.http.server.path_router import Route
from quorumha.http.server.request_ids import new_end
from quorumha.http.server.resource import MirrorResource, ProxyResource, RoutedResource
from quorumha.http.server.site import ProxySite
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.headers import HeaderRules
from quorumha.net.listener_part import Part, Shown
from quorumha.numbers import ListenerNumbers
from quorumha.pool.pool import UpstreamPool


class HttpParts(Protocol):
    """What such a listener needs of the process."""

    reactor: Any
    observers: Observers
    config: Config
    mirror_budget: MirrorBudget
    pools: dict[str, UpstreamPool]
    connections: dict[str, Connections]
    replay_budgets: dict[str, ReplayBudget]

    def listener_numbers(self, name: str) -> ListenerNumbers: ...


class HttpPart(Part[ProxySite]):
    """What a listener has that understands requests."""

    def __init__(self, site: ProxySite, mirrors: Sequence[tuple[str, Mirror]] = ()) -> None:
        """
        @param mirrors: each with the pool whose requests it copies.
        """
        super().__init__(site)
        self._mirrors = mirrors

    @property
    def busy(self) -> bool:
        """Whether a copy is under way."""
        return any(mirror.pending for _, mirror in self._mirrors)

    def shown(self) -> Shown:
        """The copies that are under way."""
        pending = Counter[str]()
        for pool, mirror in self._mirrors:
            pending[pool] += len(mirror.pending)
        return Shown(mirror_pending=pending)

    def stop(self) -> Deferred[None]:
        """Send no copies any more."""
        for _, mirror in self._mirrors:
            mirror.stop()
        return super().stop()


def make_site(root: IResource, listener: ListenerConfig, limits: ClientLimits, parts: HttpParts) -> ProxySite:
    """What serves a resource with the limits of a listener."""
    return ProxySite(
        root,
        parts.reactor,
        ServerLimits(**asdict(limits), idle_timeout=listener.idle_timeout),
        listener.name,
        parts.observers,
        parts.listener_numbers(listener.name),
        new_end=new_end,
    )


def make_http(listener: ListenerConfig, parts: HttpParts) -> HttpPart:
    """A site with a resource for each route, or with one for all paths."""
    settings: HttpConfig = listener.settings
    mirrors: list[tuple[str, Mirror]] = []
    root: ProxyResource | RoutedResource
    if settings.routes:
        resources = [(one, _make_resource(one, listener, parts, mirrors)) for one in settings.routes]
        root = RoutedResource(
            Route(one.path.encode("ascii"), one.match == "exact", leads_to) for one, leads_to in resources
        )
    else:
        assert listener.pool is not None
        root = ProxyResource(_make_forwarder(listener.pool, "", settings.forward, listener, parts))
    return HttpPart(make_site(root, listener, settings.limits, parts), mirrors)


def _make_resource(
    route: RouteConfig, listener: ListenerConfig, parts: HttpParts, mirrors: list[tuple[str, Mirror]]
) -> ProxyResource:
    forwarder = _make_forwarder(route.pool, route.path, route.forward, listener, parts)
    path = None if route.upstream_path is None else route.upstream_path.encode("ascii")
    if route.mirror is None:
        return ProxyResource(forwarder, path).named(route.path)
    pool = forwarder.pool if route.mirror == "others" else parts.pools[route.mirror]
    counters, budget = forwarder.pool.counters, parts.mirror_budget
    mirror = mirror_to(forwarder, pool, route.mirror_timeout, parts.reactor, counters, budget=budget)
    mirrors.append((forwarder.pool.name, mirror))
    return MirrorResource(forwarder, mirror, path).named(route.path)


def _make_forwarder(
    pool: str, call: str, config: ForwardConfig, listener: ListenerConfig, parts: HttpParts
) -> PoolForwarder:
    return PoolForwarder(
        parts.pools[pool],
        parts.connections[pool],
        parts.reactor,
        RetryPolicy.on_conditions(config.next_upstream, config.non_idempotent, config.tries),
        Limits(config.total_timeout, config.first_byte_timeout, config.read_timeout, config.send_timeout),
        HeaderRules(config.forwarded, config.host),
        config.replay_limit,
        parts.replay_budgets[listener.name],
        config.upgrade,
        origin=Origin(listener.name, call),
        numbers=parts.listener_numbers(listener.name),
    )
