"""From a configuration to pools, the nodes that their members are, and what checks them."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from random import random
from typing import Any

from twisted.internet.defer import Deferred

from quorumha.config.model import ClientTLS, Config, PoolConfig, UpstreamConfig
from quorumha.config.same_node import Place, name_nodes
from quorumha.endpoints import ENDPOINTS, Endpoints
from quorumha.endpoints.certificates import Certificates
from quorumha.events import Observers
from quorumha.health.checked_member import CheckPlan
from quorumha.health.checks import HealthChecks
from quorumha.health.shared_checks import DeepChecks, SharedChecks
from quorumha.pool.balancing import BALANCING
from quorumha.pool.identity import Node
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import Upstream


class Nodes:
    """Which members are one node, under one name over all pools: by place.  That outlasts a configuration."""

    def __init__(self, config: Config, before: Nodes | None = None) -> None:
        """Find them; those of C{before} keep their names until L{take_names}."""
        self.of: dict[Place, Node] = {}
        self._named: list[tuple[Node, str, int]] = []
        known = {} if before is None else before.of
        left = set(known.values())
        for name, places in name_nodes(config):
            node = next((known[place] for place in places if known.get(place) in left), None) or Node(name)
            left.discard(node)
            self._named.append((node, name, len(places)))
            self.of.update(dict.fromkeys(places, node))

    def take_names(self) -> None:
        """Let each have the name that follows from the configuration."""
        for node, name, ports in self._named:
            node.name, node.ports = name, ports


def make_upstreams(
    reactor: Any,
    config: PoolConfig,
    nodes: Mapping[Place, Node] | None = None,
    endpoints: Endpoints = ENDPOINTS,
    certificates: Certificates | None = None,
) -> list[Upstream]:
    """What a pool's members are made of.

    @param nodes: whose place each member is; all different unless given.
    @param certificates: what the files of its C{tls} hold; they are never read again unless given.
    @raise ConfigError: an endpoint, or a file that one needs, cannot be used.
    """

    certificates = Certificates() if certificates is None else certificates

    def made(one: UpstreamConfig, node: Node | None = None, own_tls: bool = False) -> Upstream:
        tls = None if own_tls else config.tls or (ClientTLS() if one.tls else None)
        return Upstream(
            one.name,
            endpoints.upstream(reactor, one.endpoint, tls, certificates),
            one.authority.encode("ascii"),
            one.backup,
            one.weight,
            one.max_fails,
            one.fail_timeout,
            one.endpoint,
            one.enabled,
            one.address is not None and one.address.text.name is not None,
            one.max_in_flight,
            (config.tls, one.tls),
            node,
            {what: made(place) for what, place in one.places.items()},
        )

    return [made(one, (nodes or {}).get((config.name, one.name)), config.own_tls) for one in config.upstreams]


def make_pool(
    config: PoolConfig, upstreams: Sequence[Upstream], observers: Observers | None = None
) -> UpstreamPool:
    """The pool that a table describes."""
    return UpstreamPool(
        config.name,
        upstreams,
        BALANCING[config.balance](),
        config.connect_timeout,
        config.slow_start,
        random,
        observers=observers,
    )


def make_checks(
    reactor: Any,
    pool: UpstreamPool,
    config: PoolConfig,
    prepare: Callable[[Member], Deferred[None]],
    shared: SharedChecks | None = None,
    wall: Callable[[], float] = time.time,
) -> HealthChecks:
    """What checks a pool (not for C{kind = "off"}); the last three as for L{HealthChecks}."""
    check, asked = config.check, config.check.asked
    assert asked is not None
    shared = SharedChecks(reactor) if shared is None else shared
    key = asked.probe_key(check)

    def probe_key(member: Member) -> Hashable:
        upstream = member.upstream
        # Of whom no address is known nobody knows that it is another's.
        where = upstream.address or member, upstream.tls, upstream.authority
        node = member.node if asked.by_node else None
        return asked, key, where, node, check.interval, check.timeout

    return HealthChecks(
        pool,
        asked.probe(reactor, check, lambda member: bool(member.node.fact(DeepChecks))),
        reactor,
        CheckPlan(check.interval, check.rise, check.fall),
        random,
        prepare,
        shared,
        probe_key,
        deep=asked.deep,
        wall=wall,
    )


def deep_elsewhere(config: Config, pool: str) -> set[str]:
    """The members of a pool, by name, of whose nodes the deep check of another pool tells; its own is not."""
    deep = {
        name for name, one in config.pools.items() if one.check.asked is not None and one.check.asked.deep
    }
    if pool in deep:
        return set()
    return {
        name
        for _, places in name_nodes(config)
        if any(other in deep for other, _ in places)
        for of, name in places
        if of == pool
    }
