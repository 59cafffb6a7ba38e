"""A configuration in a few lines, for C{quorumha check}.  PURE."""

from __future__ import annotations

from quorumha.config.model import Config, PoolConfig
from quorumha.config.problems import key_text


def summary(config: Config) -> str:
    """What listens where, and who answers: one line for each listener and route."""
    lines: list[str] = []
    width = max((len(name) for name in config.listeners), default=0)
    for name, listener in config.listeners.items():
        tls = " with TLS" if listener.tls else ""
        lines.append(f"  {name:{width}}  {listener.listen}  {listener.serve}{tls}")
        if listener.pool and not listener.routes:
            lines.append(f"  {'':{width}}    -> {_members(config.pools[listener.pool])}")
        for route in listener.routes:
            sign = "=" if route.match == "exact" else ""
            copies = f", copies to {route.mirror}" if route.mirror else ""
            lines.append(
                f"  {'':{width}}    {sign}{route.path} -> {_members(config.pools[route.pool])}{copies}"
            )
    return "\n".join(lines)


def _members(pool: PoolConfig) -> str:
    names = (f"{u.name} (backup)" if u.backup else u.name for u in pool.upstreams)
    return f"{pool.name}: {', '.join(names)}"


def notes(config: Config) -> list[str]:
    """What a check cannot see."""
    return [
        f"{key_text(('listeners', name, 'listen'))}: systemd has to give this socket; whether it does is "
        "known only to the process that it starts"
        for name, listener in config.listeners.items()
        if listener.listen.removeprefix("haproxy:").startswith("systemd:")
    ]
