"""From a configuration to pools and what checks them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from random import random
from typing import Any

from twisted.internet.defer import Deferred

from quorumha.config.model import CheckConfig, Config, ListenerConfig, PoolConfig, UpstreamConfig
from quorumha.config.same_node import Place, same_nodes
from quorumha.endpoints import ClientTLS, take_apart, upstream_endpoint
from quorumha.health.checks import CheckPlan, HealthChecks
from quorumha.health.probes import ConnectProbe, HttpProbe, Probe
from quorumha.health.repeated import SharedChecks
from quorumha.health.verdicts import DEEP_PATH, expecting, tessera
from quorumha.health.where_served import where_served
from quorumha.pool.balancing import BALANCING
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.relay import RelayFactory


def make_pool(reactor: Any, config: PoolConfig) -> UpstreamPool:
    """The pool that a table describes.

    @raise ConfigError: an endpoint, or a file that one needs, cannot be used.
    """
    tls = config.tls
    members = []
    for upstream in config.upstreams:
        authority = upstream.authority
        client_tls = None
        if upstream.tls or tls is not None:
            client_tls = ClientTLS(tls.ca, tls.name, tls.cert, tls.key) if tls else ClientTLS()
        members.append(
            Upstream(
                upstream.name,
                upstream_endpoint(reactor, upstream.endpoint, client_tls),
                authority.encode("ascii"),
                upstream.backup,
                upstream.weight,
                upstream.max_fails,
                upstream.fail_timeout,
                upstream.endpoint,
                upstream.enabled,
                take_apart(upstream.endpoint).name is not None,
                upstream.max_in_flight,
            )
        )
    return UpstreamPool(
        config.name,
        members,
        BALANCING[config.balance](),
        config.connect_timeout,
        config.slow_start,
        random,
    )


def make_relay(
    reactor: Any, pool: UpstreamPool, config: PoolConfig, listener: ListenerConfig
) -> RelayFactory:
    """What relays a listener's connections to a pool."""
    return RelayFactory(
        pool,
        reactor,
        idle_timeout=listener.idle_timeout or 0.0,
        close_down=config.on_down == "close",
        fail_back=config.fail_back,
    )


def kind_of_check(config: PoolConfig, listeners: Iterable[ListenerConfig]) -> str:
    """What C{auto} comes to: the best question that the listeners' nodes understand."""
    if config.check.kind != "auto":
        return config.check.kind
    served = {listener.serve for listener in listeners if listener.pool == config.name}
    if "tessera-q2t" in served:
        return "tessera"
    return "http" if served and all(serve.startswith("tessera-") for serve in served) else "connect"


def finds_hangs(config: PoolConfig, listeners: Iterable[ListenerConfig]) -> bool:
    """Whether the checks of a pool ask for a response: who only takes connections may hang all the same."""
    return kind_of_check(config, listeners) in ("http", "tessera")


def finding_hangs(config: Config) -> set[str]:
    """The names of the pools whose checks do."""
    listeners = config.listeners.values()
    return {name for name, pool in config.pools.items() if finds_hangs(pool, listeners)}


def make_checks(
    reactor: Any,
    pool: UpstreamPool,
    config: PoolConfig,
    listeners: Iterable[ListenerConfig],
    prepare: Callable[[Member], Deferred[None]] | None,
    shared: SharedChecks | None = None,
    deep: Mapping[str, Hashable] | None = None,
) -> HealthChecks:
    """What checks a pool; not for C{kind = "off"}.

    @param prepare, shared, deep: see L{HealthChecks}.
    """
    check = config.check
    kind = kind_of_check(config, listeners)
    deep = deep or {}
    return HealthChecks(
        pool,
        _make_probe(reactor, pool, kind, check, deep),
        reactor,
        CheckPlan(check.interval, check.rise, check.fall),
        random,
        prepare,
        shared,
        {u.name: _question(kind, config, u, u.name in deep) for u in config.upstreams},
        deep,
        asks_deep=kind == "tessera",
    )


def make_all_checks(
    reactor: Any,
    pools: Mapping[str, UpstreamPool],
    config: Config,
    preparing: Callable[[str], Callable[[Member], Deferred[None]] | None],
) -> list[HealthChecks]:
    """What checks the pools of a process: each endpoint is asked the same once.

    What a Tessera's deep check says counts in every pool that has the node.

    @param preparing: gives what is done before a member of a pool, by its name, comes back.
    """
    shared = SharedChecks(reactor)
    deep = deep_checks(config)
    return [
        make_checks(
            reactor,
            pools[name],
            pool,
            config.listeners.values(),
            preparing(name),
            shared,
            {
                upstream: _question(
                    "tessera", config.pools[other], _upstream(config.pools[other], port), False
                )
                for upstream, (other, port) in deep.get(name, {}).items()
            },
        )
        for name, pool in config.pools.items()
        if pool.check.kind != "off"
    ]


def deep_checks(config: Config) -> dict[str, dict[str, Place]]:
    """For each pool whose own check does not say whether databases answer: by whose check it is known.

    @return: by pool and member, the member of another pool that is the same node and is checked deeply.
    """
    listeners = tuple(config.listeners.values())
    deeply = {name for name, pool in config.pools.items() if kind_of_check(pool, listeners) == "tessera"}
    found: dict[str, dict[str, Place]] = {}
    for (pool, upstream), others in same_nodes(config).items():
        checked = [other for other in others if other[0] in deeply]
        if checked and pool not in deeply:
            found.setdefault(pool, {})[upstream] = checked[0]
    return found


def _upstream(config: PoolConfig, name: str) -> UpstreamConfig:
    return next(upstream for upstream in config.upstreams if upstream.name == name)


def _question(kind: str, config: PoolConfig, upstream: UpstreamConfig, elsewhere: bool) -> Hashable:
    """What tells whether two checks ask the same: the endpoint, the question, and when it is put.

    @param elsewhere: another port says whether the database answers.
    """
    check = config.check
    how = upstream.endpoint, config.tls, upstream.tls, check.interval, check.timeout
    if kind == "connect":
        return kind, how
    asked: Hashable = None
    if where_it_is_served(kind, check):
        asked = "where it is served", elsewhere
    elif kind == "http":
        asked = check.path, check.statuses, check.body
    return kind, asked, upstream.authority, how


def where_it_is_served(kind: str, check: CheckConfig) -> bool:
    """Whether it is a Tessera's, and nobody said how it is to be checked."""
    usual = CheckConfig()
    return (
        kind == "http"
        and check.kind == "auto"
        and (check.path, check.statuses, check.body) == (usual.path, usual.statuses, usual.body)
    )


def _make_probe(
    reactor: Any, pool: UpstreamPool, kind: str, check: CheckConfig, deep: Mapping[str, Hashable]
) -> Probe:
    if kind == "tessera":
        return HttpProbe(pool, reactor, check.timeout, DEEP_PATH, tessera)
    if where_it_is_served(kind, check):
        return where_served(pool, reactor, check.timeout, deep)
    if kind == "http":
        judging = expecting(frozenset(check.statuses), (check.body or "").encode("utf-8"))
        return HttpProbe(pool, reactor, check.timeout, check.path.encode("ascii"), judging)
    return ConnectProbe(reactor, check.timeout)
