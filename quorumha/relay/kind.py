"""C{serve = "tcp"}: connections are relayed byte by byte.

A kind is listed, with all others, in L{quorumha.app.kinds}.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from quorumha.config.kind import ListenerKind
from quorumha.config.model import Config, ListenerConfig, PoolConfig
from quorumha.config.problems import KeyPath, Problems
from quorumha.config.tables import changed_keys
from quorumha.config.units import seconds_in_words

# What serves is imported where it is built: reading a configuration takes none of it.
if TYPE_CHECKING:
    from quorumha.net.listener_part import Part
    from quorumha.numbers import ListenerNumbers
    from quorumha.pool.pool import UpstreamPool
    from quorumha.relay.factory import RelayFactory


class RelayParts(Protocol):
    """What a relay needs of the process."""

    reactor: Any
    config: Config
    pools: dict[str, UpstreamPool]

    def listener_numbers(self, name: str) -> ListenerNumbers: ...


class Tcp(ListenerKind):
    """C{serve = "tcp"}: connections are relayed byte by byte."""

    name = "tcp"
    pool_keys = ("on_down", "fail_back")
    unused_keys = dict.fromkeys(("keepalive", "keepalive_idle"), "a relayed connection is never used again")
    unit = "connections"

    def read(self, written: Any, common: Any, path: KeyPath, problems: Problems) -> None:
        """It has no keys of its own, but must have a pool."""
        if "pool" not in written:
            problems.add(path, "lacks `pool`, so nobody would answer")

    def check(self, listener: ListenerConfig, config: Config, problems: Problems) -> None:
        """Note keys of the pool that come to nothing, and a fail back that nobody should want."""
        if not listener.idle_timeout:
            problems.warn(
                ("listeners", listener.name, "idle_timeout"),
                "no limit: a connection that client and node both leave open and do not use stays for ever",
            )
        pool = config.pools.get(listener.pool or "")
        if pool is not None and config.listeners_of(pool.name)[0] is listener:
            _check_pool(pool, problems)

    def idle_timeout(self, listen: str) -> float:
        """An hour."""
        return 3600.0

    def explain(self, listener: ListenerConfig, config: Config) -> list[str]:
        """One line."""
        return [f"relayed byte by byte; idle_timeout {seconds_in_words(listener.idle_timeout)}"]

    def explain_pool(self, pool: PoolConfig) -> list[str]:
        """What becomes of relayed connections when a member goes down, or is up again."""
        ends = ("end" if pool.on_down == "close" else "go on") + _changed(pool, "on_down")
        lines = [f"relayed connections of a member that its checks put down {ends}"]
        if any(upstream.backup for upstream in pool.upstreams):
            up_for = f"end once another has been up for {seconds_in_words(pool.fail_back)}"
            back = up_for if pool.fail_back else "stay"
            lines.append(f"relayed connections of a backup {back}{_changed(pool, 'fail_back')}")
        return lines

    def per_connection(self, listener: ListenerConfig) -> int:
        """One read waits in each direction, behind what the kernel did not take before."""
        from quorumha.net.transport import QUEUE_LIMIT, READ_MOST
        from quorumha.relay.side import EARLY_LIMIT

        return EARLY_LIMIT + 2 * (READ_MOST + QUEUE_LIMIT)

    def build(self, listener: ListenerConfig, parts: RelayParts) -> Part[RelayFactory]:
        """A relay to the listener's pool."""
        from quorumha.net.listener_part import Part
        from quorumha.relay.factory import RelayFactory

        assert listener.pool is not None
        pool = parts.config.pools[listener.pool]
        return Part(
            RelayFactory(
                parts.pools[listener.pool],
                parts.reactor,
                idle_timeout=listener.idle_timeout,
                close_down=pool.on_down == "close",
                fail_back=pool.fail_back,
                name=listener.name,
                numbers=parts.listener_numbers(listener.name),
            )
        )


def _changed(pool: PoolConfig, key: str) -> str:
    return f" [changed: {key}]" if changed_keys(pool, key) else ""


def _check_pool(pool: PoolConfig, problems: Problems) -> None:
    path: KeyPath = ("pools", pool.name)
    if pool.on_down != "keep" and pool.check.asked is None:
        problems.warn((*path, "on_down"), "comes to nothing: without checks nobody puts an upstream down")
    if not pool.fail_back:
        return
    if not any(upstream.backup for upstream in pool.upstreams):
        problems.warn((*path, "fail_back"), "comes to nothing: no upstream is a backup")
    elif pool.check.asked is not None and not pool.check.asked.finds_hangs:
        problems.warn(
            (*path, "fail_back"),
            "the checks only connect: they cannot see whether what is behind the port is fit to go back to",
        )


TCP = Tcp()
