"""What a configuration comes to, listener by listener, pool by pool: C{quorumha check --explain}.  Pure."""

from __future__ import annotations

from collections.abc import Collection

from attrs import evolve, fields

from quorumha.app.pools import deep_elsewhere
from quorumha.config.masking import masked_value
from quorumha.config.model import CheckConfig, Config, ListenerConfig, PoolConfig, UpstreamConfig
from quorumha.config.same_node import name_nodes
from quorumha.config.summary import members_text
from quorumha.config.tables import changed_keys
from quorumha.config.units import seconds_in_words
from quorumha.config.unused_keys import unused_keys
from quorumha.pool.passive_health import LONGEST_EJECTION
from quorumha.pool.retry_budget import RetryBudget


def explain(config: Config) -> str:
    """For each listener, what its requests may expect; for each pool, how it is known who is well."""
    parts = [_listener(listener, config) for listener in config.listeners.values()]
    parts += [_pool(pool, config) for pool in config.pools.values()]
    return "\n\n".join(parts)


def _listener(listener: ListenerConfig, config: Config) -> str:
    most = f"; {listener.max_connections} clients at most" if listener.max_connections else ""
    lines = [f"{listener.name}: {masked_value(listener.listen)}, serve = {listener.serve!r}{most}"]
    pool = config.pools.get(listener.pool or "")
    if pool is not None:
        lines.append(f"  {_head(pool, unused_keys(pool.name, config))}")
    lines += [f"  {line}" for line in listener.kind.explain(listener, config)]
    return "\n".join(lines)


def _head(pool: PoolConfig, unused: Collection[str]) -> str:
    balance = "" if "balance" in unused else f"; {pool.balance}"
    return f"pool {pool.name}: {members_text(pool)}{balance}"


def _pool(pool: PoolConfig, config: Config) -> str:
    unused = unused_keys(pool.name, config)
    lines = [_head(pool, unused), *_check(pool, config), *_same_nodes(pool, config)]
    for upstream in pool.upstreams:
        if "max_fails" not in unused:
            lines.append(_ejected(upstream))
        if upstream.max_in_flight:
            lines.append(f"  at once, {upstream.name}: {upstream.max_in_flight} at most (max_in_flight)")
    for kind in dict.fromkeys(listener.kind for listener in config.listeners_of(pool.name)):
        lines += [f"  {line}" for line in kind.explain_pool(pool)]
    if "slow_start" not in unused:
        slowly = f"in {seconds_in_words(pool.slow_start)}" if pool.slow_start else "at once"
        changed = _changed(changed_keys(pool, "slow_start"))
        lines.append(f"  slow start: who recovered has its whole share {slowly}{changed}")
    if "max_fails" not in unused:
        budget = RetryBudget()
        lines.append(
            f"  retry budget: after a failure {budget.size:g} tries at members that are ejected or down at"
            f" once, then {budget.rate:g} a second; at healthy ones without limit"
        )
    return "\n".join(lines)


def _ejected(upstream: UpstreamConfig) -> str:
    """When traffic ejects a member, and for how long."""
    fails = upstream.max_fails
    longest = max(LONGEST_EJECTION, upstream.fail_timeout)
    timeout = seconds_in_words(upstream.fail_timeout)
    failures = f"{fails} {'failure' if fails == 1 else 'failures'} within {timeout}"
    ejected = (
        f"ejected after {failures}: for {timeout}, twice that after each trial request that fails,"
        f" {seconds_in_words(longest)} at most"
        if fails and upstream.fail_timeout
        else "never ejected"
    )
    changed = _changed(changed_keys(upstream, "max_fails", "fail_timeout"))
    return f"  traffic, {upstream.name}: {ejected}{changed}"


def _check(pool: PoolConfig, config: Config) -> list[str]:
    check, asked = pool.check, pool.check.asked
    common = [one.name for one in fields(CheckConfig) if not one.metadata.get("derived")]
    of_kind = evolve(CheckConfig(), **({} if asked is None else asked.usual))
    written = [key for key in common if getattr(check, key) != getattr(of_kind, key)]
    if asked is None:
        return [f"  check off: traffic alone decides who is healthy{_changed(written)}"]
    usual = asked.settings(CheckConfig()) if asked.model else None
    written[1:1] = [key for key, value in check.keys.items() if value != getattr(usual, key, None)]
    chosen = " (auto)" if check.kind == "auto" else ""
    names = [upstream.name for upstream in pool.upstreams]
    asks = asked.explain(check, names, deep_elsewhere(config, pool.name))
    return [
        f"  check {asked.name}{chosen}: {asks}{_changed(written)}",
        f"  every {seconds_in_words(check.interval)}, timeout {seconds_in_words(check.timeout)};"
        f" down after {check.fall} bad (fall), up after {check.rise} good (rise)",
    ]


def _same_nodes(pool: PoolConfig, config: Config) -> list[str]:
    """Which members of other pools are taken for the same Tessera; nothing where there are no such pools."""
    in_families = {one.pool for one in config.listeners.values() if one.kind.family}
    if pool.name not in in_families or len(in_families) < 2:
        return []
    lines = []
    for called, places in name_nodes(config):
        for place in places:
            if place[0] == pool.name:
                others = ", ".join(f"{name} of {other}" for other, name in places if other != pool.name)
                known = "" if called == place[1] else f"; the log calls it {called}"
                lines.append(f"  one node, {place[1]}: {others or 'no member of another pool'}{known}")
    return lines


def _changed(keys: list[str]) -> str:
    return f" [changed: {', '.join(keys)}]" if keys else ""
