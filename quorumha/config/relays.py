"""What can be said of pools that connections are relayed to, as a whole."""

from __future__ import annotations

from quorumha.config.model import Config, PoolConfig
from quorumha.config.problems import KeyPath, Problems


def check_relays(config: Config, problems: Problems) -> None:
    """Note keys that come to nothing, and a fail back that nobody should want."""
    relayed = {listener.pool for listener in config.listeners.values() if listener.serve == "tcp"}
    for name, pool in config.pools.items():
        _check_pool(pool, name in relayed, problems)
    for listener in config.listeners.values():
        if listener.serve == "tcp" and not listener.idle_timeout:
            problems.warn(
                ("listeners", listener.name, "idle_timeout"),
                "no limit: a connection that client and node both leave open and do not use stays for ever",
            )


def _check_pool(pool: PoolConfig, relayed: bool, problems: Problems) -> None:
    path: KeyPath = ("pools", pool.name)
    set_keys = [
        key for key, there in (("on_down", pool.on_down != "keep"), ("fail_back", pool.fail_back)) if there
    ]
    if not relayed:
        for key in set_keys:
            problems.warn((*path, key), 'comes to nothing: no listener with serve = "tcp" uses this pool')
        return
    if "on_down" in set_keys and pool.check.kind == "off":
        problems.warn((*path, "on_down"), "comes to nothing: without checks nobody puts an upstream down")
    if "fail_back" not in set_keys:
        return
    if not any(upstream.backup for upstream in pool.upstreams):
        problems.warn((*path, "fail_back"), "comes to nothing: no upstream is a backup")
    elif pool.check.kind in ("auto", "connect"):
        problems.warn(
            (*path, "fail_back"),
            "the checks only connect: they cannot see whether what is behind the port is fit to go back to",
        )
