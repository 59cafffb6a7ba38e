"""From a configuration to pools and what checks them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import random
from typing import Any

from twisted.internet.defer import Deferred

from quorumha.config.model import CheckConfig, ListenerConfig, PoolConfig
from quorumha.endpoints import ClientTLS, take_apart, upstream_endpoint
from quorumha.health.checks import CheckPlan, HealthChecks
from quorumha.health.probes import ConnectProbe, HttpProbe, Probe
from quorumha.health.verdicts import DEEP_PATH, expecting, tessera
from quorumha.policy.balancing import BALANCING
from quorumha.pool import Member, UpstreamPool
from quorumha.upstream import Upstream


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


def kind_of_check(config: PoolConfig, listeners: Iterable[ListenerConfig]) -> str:
    """What C{auto} comes to: the best question that the listeners' nodes understand."""
    if config.check.kind != "auto":
        return config.check.kind
    served = {listener.serve for listener in listeners if listener.pool == config.name}
    if "tessera-q2t" in served:
        return "tessera"
    return "http" if served and all(serve.startswith("tessera-") for serve in served) else "connect"


def make_checks(
    reactor: Any,
    pool: UpstreamPool,
    config: PoolConfig,
    listeners: Iterable[ListenerConfig],
    prepare: Callable[[Member], Deferred[None]] | None,
) -> HealthChecks:
    """What checks a pool; not for C{kind = "off"}.

    @param prepare: see L{HealthChecks}.
    """
    check = config.check
    probe = _make_probe(reactor, pool, kind_of_check(config, listeners), check)
    return HealthChecks(
        pool, probe, reactor, CheckPlan(check.interval, check.rise, check.fall), random, prepare
    )


def _make_probe(reactor: Any, pool: UpstreamPool, kind: str, check: CheckConfig) -> Probe:
    if kind == "tessera":
        return HttpProbe(pool, reactor, check.timeout, DEEP_PATH, tessera)
    if kind == "http":
        judging = expecting(frozenset(check.statuses), (check.body or "").encode("utf-8"))
        return HttpProbe(pool, reactor, check.timeout, check.path.encode("ascii"), judging)
    return ConnectProbe(reactor, check.timeout)
