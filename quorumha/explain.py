"""What a configuration comes to, call by call, for C{quorumha check --explain}.  Pure."""

from __future__ import annotations

from math import inf

from quorumha.config.model import Config, ListenerConfig, PoolConfig
from quorumha.policy.retry import NextUpstream
from quorumha.policy.writes import WriteClass
from quorumha.quorum.tessera.calls import LETTERS, Treatment
from quorumha.quorum.tessera.profile import PATIENCE, Planned, resend_all
from quorumha.tessera_site import planned_calls

#: What becomes of a call beside being forwarded.
_SAYS = {
    Treatment.READ: "any member; waits while none can answer",
    Treatment.LOOKUP: "the rule for 404; waits while none can answer",
    Treatment.START_UP: "waits for a 200; at last what was said before",
    Treatment.NEW: "again only if nothing was done or the member died at once",
    Treatment.SIGNED: "looked up before it is sent again",
    Treatment.DELETE: "404 on a repeat means done",
    Treatment.PUSH: "one payload, one member, in order; duplicate on a repeat means done",
    Treatment.ONCE: "never again once a byte was sent",
    Treatment.JOB: "as once; no time limit",
    Treatment.PUSH_BATCH: "to the member that asked for it; as once",
    Treatment.RESEND: "INDIVIDUAL as read: any member; waits while none can answer",
    Treatment.PARTY_INFO: "to every member, now or as soon as it answers",
    Treatment.PLAIN: 'as serve = "http"',
}

_Row = tuple[str, str, str, str, str, str, str]


def explain(config: Config) -> str:
    """For each listener, what its requests may expect."""
    parts = [_listener(listener, config) for listener in config.listeners.values()]
    return "\n\n".join(parts)


def _listener(listener: ListenerConfig, config: Config) -> str:
    lines = [f"{listener.name}: {listener.listen}, serve = {listener.serve!r}"]
    pool = config.pools.get(listener.pool or "")
    if pool is not None:
        lines.append(f"  pool {pool.name}: {_members(pool)}; {pool.balance}")
    if not listener.is_tessera:
        lines += _plain(listener)
        return "\n".join(lines)
    assert pool is not None
    tessera = listener.tessera
    patience = PATIENCE[listener.serve] if tessera.client_timeout is None else tessera.client_timeout
    lines.append(f"  clients wait {_time(patience)} (client_timeout); store = {tessera.store!r}")
    lines.append(
        f"  while no member can answer, up to {tessera.parked_requests} requests wait (parked_requests)"
    )
    if tessera.api_versions:
        lines.append(f"  /version/api says {', '.join(tessera.api_versions)} (api_versions)")
    planned = planned_calls(listener, len(pool.upstreams))
    rows = [("call", "class", "treat_as", "first byte", "in all", "next member on", "")]
    for one in planned:
        rows.append(_row(one))
        if one.call.treatment is Treatment.RESEND:
            rows.append(_resend_all(one))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True))
        lines.append(f"  {'  '.join(cells)}".rstrip())
    lines.append(
        '  To change a call: routes = [{ path = "/send", treat_as = "once" }], or keys of forwarding.'
    )
    return "\n".join(lines)


def _row(one: Planned) -> _Row:
    call = one.call
    where = call.path if call.exact else f"{call.path.rstrip('/')}/..."
    changed = f" [changed: {', '.join(one.overridden)}]" if one.overridden else ""
    return (
        f"{call.method} {where}",
        LETTERS[call.treatment],
        call.treatment.value,
        _time(one.limits.first_byte),
        _time(one.limits.total),
        _next(one),
        f"{_SAYS[call.treatment]}{changed}",
    )


def _resend_all(one: Planned) -> _Row:
    _, letter, treatment, first_byte, total, following, _ = _row(resend_all(one))
    says = "ALL as job: never again once a byte was sent"
    return "  with type ALL", letter, treatment, first_byte, total, following, says


def _next(one: Planned) -> str:
    policy = one.policy
    conditions = ["refused"]
    statuses: frozenset[int] = frozenset()
    if isinstance(policy, WriteClass):
        statuses = policy.statuses
        if policy.repeat_within == inf:
            conditions = ["error", "timeout"]
        elif policy.repeat_within:
            conditions = ["refused", f"error within {policy.repeat_within:g} s"]
    elif isinstance(policy, NextUpstream):
        statuses = policy.statuses
        conditions = [name for name in ("error", "timeout") if getattr(policy, name)]
    return " ".join([*conditions, *map(str, sorted(statuses))])


def _plain(listener: ListenerConfig) -> list[str]:
    if listener.serve == "tcp":
        return [f"  relayed byte by byte; idle_timeout {_time(listener.idle_timeout)}"]
    lines = []
    routes = [(r.path if r.match == "exact" else f"{r.path.rstrip('/')}/...", r) for r in listener.routes]
    for where, forward, more in [
        *(
            (path, r.forward, f" -> {r.pool}" + (f", copies to {r.mirror}" if r.mirror else ""))
            for path, r in routes
        ),
        *([] if routes else [("every path", listener.forward, "")]),
    ]:
        lines.append(
            f"  {where}{more}: next_upstream {', '.join(forward.next_upstream) or 'never'};"
            f" first byte {_time(forward.first_byte_timeout)}, in all {_time(forward.total_timeout)}"
        )
    return lines


def _members(pool: PoolConfig) -> str:
    return ", ".join(f"{u.name} (backup)" if u.backup else u.name for u in pool.upstreams)


def _time(seconds: float) -> str:
    return f"{seconds:g} s" if seconds else "no limit"
