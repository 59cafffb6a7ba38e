"""From a configuration to pools and what checks them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from random import random
from typing import Any

from twisted.internet.defer import Deferred

from quorumha.config.kind import CheckKind
from quorumha.config.model import Config, PoolConfig, UpstreamConfig
from quorumha.config.same_node import Place, same_nodes
from quorumha.endpoints import ClientTLS, take_apart, upstream_endpoint
from quorumha.health.checks import CheckPlan, HealthChecks
from quorumha.health.repeated import SharedChecks
from quorumha.pool.balancing import BALANCING
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import Upstream


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


def make_checks(
    reactor: Any,
    pool: UpstreamPool,
    config: PoolConfig,
    prepare: Callable[[Member], Deferred[None]] | None,
    shared: SharedChecks | None = None,
    deep: Mapping[str, Hashable] | None = None,
) -> HealthChecks:
    """What checks a pool; not for C{kind = "off"}.

    @param prepare, shared, deep: see L{HealthChecks}.
    """
    check, asked = config.check, config.check.asked
    assert asked is not None
    deep = deep or {}
    return HealthChecks(
        pool,
        asked.probe(pool, reactor, check, deep),
        reactor,
        CheckPlan(check.interval, check.rise, check.fall),
        random,
        prepare,
        shared,
        {u.name: _question(asked, config, u, u.name in deep) for u in config.upstreams},
        deep,
        asks_deep=asked.deep,
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

    def questions(pool: str) -> dict[str, Hashable]:
        return {
            upstream: _deep_question(config.pools[other], port)
            for upstream, (other, port) in deep.get(pool, {}).items()
        }

    return [
        make_checks(reactor, pools[name], pool, preparing(name), shared, questions(name))
        for name, pool in config.pools.items()
        if pool.check.asked is not None
    ]


def deep_checks(config: Config) -> dict[str, dict[str, Place]]:
    """For each pool whose own check is not deep: by whose deep check more is known of its nodes.

    @return: by pool and member, the member of another pool that is the same node and is checked deeply.
    """
    deeply = {
        name for name, pool in config.pools.items() if pool.check.asked is not None and pool.check.asked.deep
    }
    found: dict[str, dict[str, Place]] = {}
    for (pool, upstream), others in same_nodes(config).items():
        checked = [other for other in others if other[0] in deeply]
        if checked and pool not in deeply:
            found.setdefault(pool, {})[upstream] = checked[0]
    return found


def _deep_question(config: PoolConfig, name: str) -> Hashable:
    (upstream,) = (upstream for upstream in config.upstreams if upstream.name == name)
    assert config.check.asked is not None
    return _question(config.check.asked, config, upstream, False)


def _question(kind: CheckKind, config: PoolConfig, upstream: UpstreamConfig, elsewhere: bool) -> Hashable:
    """What tells whether two checks ask the same: the endpoint, the question, and when it is put.

    @param elsewhere: a deep check of another port tells of the member.
    """
    check = config.check
    how = upstream.endpoint, upstream.authority, config.tls, upstream.tls, check.interval, check.timeout
    return kind, kind.question(check, elsewhere), how
