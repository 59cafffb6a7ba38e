"""A configuration in a few lines, for C{quorumha check}.  PURE."""

from __future__ import annotations

from quorumha.config.masking import masked_value
from quorumha.config.model import Config, PoolConfig, UpstreamConfig
from quorumha.config.problems import key_text


def summary(config: Config) -> str:
    """What listens where, and who answers: one line for each listener and route."""
    lines: list[str] = []
    width = max((len(name) for name in config.listeners), default=0)
    for name, listener in config.listeners.items():
        tls = " with TLS" if listener.tls else ""
        lines.append(f"  {name:{width}}  {masked_value(listener.listen)}  {listener.serve}{tls}")
        for use in listener.kind.uses(listener):
            label = f"{use.label} " if use.label else ""
            members = members_text(config.pools[use.pool])
            copies = f", copies to {use.mirror}" if use.mirror else ""
            lines.append(f"  {'':{width}}    {label}-> {use.pool}: {members}{copies}")
    if config.admin is not None:
        lines.append(f"  admin at {', '.join(map(masked_value, config.admin.listen))}")
        if config.admin.probes is not None:
            lines.append(f"  probes at {masked_value(config.admin.probes)}")
    return "\n".join(lines)


def members_text(pool: PoolConfig) -> str:
    """The members' names, and what each is not like the others."""
    return ", ".join(map(_member, pool.upstreams))


def _member(upstream: UpstreamConfig) -> str:
    most = upstream.max_in_flight
    said = (("backup", upstream.backup), ("disabled", not upstream.enabled), (f"{most} at once", most > 0))
    marks = [mark for mark, on in said if on]
    return f"{upstream.name} ({', '.join(marks)})" if marks else upstream.name


def notes(config: Config) -> list[str]:
    """What a check cannot see."""
    return [
        f"{key_text(('listeners', name, 'listen'))}: systemd has to give this socket; whether it does is "
        "known only to the process that it starts"
        for name, listener in config.listeners.items()
        if listener.address is not None and listener.address.given is not None
    ]
