"""What a configuration comes to, call by call and pool by pool, for C{quorumha check --explain}.  Pure."""

from __future__ import annotations

from math import inf

from attrs import fields

from quorumha.app.pools import deep_checks, finds_hangs, kind_of_check, where_it_is_served
from quorumha.config.masking import masked_value
from quorumha.config.model import CheckConfig, Config, ListenerConfig, PoolConfig, UpstreamConfig
from quorumha.config.same_node import same_nodes
from quorumha.config.summary import member_text
from quorumha.http.forward.retry_policy import NextUpstream
from quorumha.http.forward.write_class import WriteClass
from quorumha.pool.passive_health import LONGEST_EJECTION
from quorumha.pool.retry_budget import RetryBudget
from quorumha.tessera.decide.call_plan import OVERTAKEN, PATIENCE, WRITE_WAIT, Planned, resend_all
from quorumha.tessera.forward.start_up import UP_CHECK
from quorumha.tessera.knowledge.calls import LETTERS, PROFILES, CallClass
from quorumha.tessera.listener import planned_calls

#: What becomes of a call beside being forwarded.
_SAYS = {
    CallClass.READ: "any member; waits while none can answer",
    CallClass.LOOKUP: "the rule for 404; waits while none can answer",
    CallClass.START_UP: "waits for a 200; at last what was said before",
    CallClass.NEW: "again only if nothing was done or the member died at once",
    CallClass.SIGNED: "looked up before it is sent again",
    CallClass.DELETE: "404 on a repeat means done",
    CallClass.PUSH: "one payload, one member, in order; duplicate on a repeat means done",
    CallClass.ONCE: "never again once a byte was sent",
    CallClass.JOB: "as once; no time limit",
    CallClass.PUSH_BATCH: "to the member that asked for it; as once",
    CallClass.RESEND: "INDIVIDUAL as read: any member; waits while none can answer",
    CallClass.PARTY_INFO: "to every member, now or as soon as it answers",
    CallClass.PLAIN: 'as serve = "http"',
}

#: The one start-up call whose answer is never what was said before.
_UP_CHECK_SAYS = "waits for a 200; never made up"

_Row = tuple[str, str, str, str, str, str, str]


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
        lines.append(f"  pool {pool.name}: {_members(pool)}; {pool.balance}")
    if not listener.is_tessera:
        lines += _plain(listener)
        return "\n".join(lines)
    assert pool is not None
    tessera = listener.tessera
    patience = PATIENCE[listener.serve] if tessera.client_timeout is None else tessera.client_timeout
    party = f"; party = {tessera.party!r}" if tessera.party else ""
    waiting = _time(patience) if patience else "for ever"
    lines.append(f"  clients wait {waiting} (client_timeout); store = {tessera.store!r}{party}")
    checked = finds_hangs(pool, config.listeners.values())
    lines += _beside_forwarding(listener, patience, checked=checked)
    members = sum(upstream.enabled for upstream in pool.upstreams)
    planned = planned_calls(listener, members, checked=checked)
    rows = [("call", "class", "treat_as", "first byte", "in all", "next member on", "")]
    for one in planned:
        rows.append(_row(one))
        if one.call.call_class is CallClass.RESEND:
            rows.append(_resend_all(one))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True))
        lines.append(f"  {'  '.join(cells)}".rstrip())
    lines.append(
        '  To change a call: routes = [{ path = "/send", treat_as = "once" }], or keys of forwarding.'
    )
    return "\n".join(lines)


def _beside_forwarding(listener: ListenerConfig, patience: float, *, checked: bool) -> list[str]:
    """What a Tessera listener remembers, lets wait, and asks by itself."""
    tessera = listener.tessera
    treatments = {call.call_class for call in PROFILES[listener.serve]}
    lines = [
        f"  while no member can answer, up to {tessera.waiting_requests} requests wait (waiting_requests)"
        f" with {_size(tessera.waiting_bytes)} of bodies (waiting_bytes)"
    ]
    if patience == 0:
        lines.append(
            f"  reads and start-up questions wait without end; a write that finds no member is told 503"
            f" after {_time(WRITE_WAIT)}"
        )
    if checked and treatments & OVERTAKEN:
        lines.append(
            "  when its checks put down the member that a new or signed call waits for,"
            " the next one is asked, too"
        )
    if listener.serve == "tessera-q2t":
        lines.append(
            "  after a 500 to a new call its member is asked whether it has its database;"
            " if not, the next one gets the call"
        )
    if CallClass.LOOKUP in treatments:
        known = f"{tessera.existence_memory} transactions are known to exist, at least"
        lines.append(
            f"  {known if tessera.existence_memory else 'nothing is known to exist'} (existence_memory)"
        )
    if tessera.hedge:
        hedge = _time(tessera.hedge)
        lines.append(f"  a read without an answer after {hedge} is asked of a second member, too (hedge)")
    if CallClass.PARTY_INFO in treatments:
        interval = tessera.party_info_interval
        compared = f"is compared every {_time(interval)}" if interval else "is not compared"
        lines.append(f"  whom the members know {compared} (party_info_interval)")
    if tessera.api_versions:
        lines.append(f"  /version/api says {', '.join(tessera.api_versions)} (api_versions)")
    return lines


def _row(one: Planned) -> _Row:
    call = one.call
    where = call.path if call.exact else f"{call.path.rstrip('/')}/..."
    changed = f" [changed: {', '.join(one.overridden)}]" if one.overridden else ""
    up_check = call.call_class is CallClass.START_UP and call.path == UP_CHECK
    return (
        f"{call.method} {where}",
        LETTERS[call.call_class],
        call.call_class.value,
        _time(one.limits.first_byte),
        _time(one.limits.total),
        _next(one),
        f"{_UP_CHECK_SAYS if up_check else _SAYS[call.call_class]}{changed}",
    )


def _resend_all(one: Planned) -> _Row:
    _, letter, call_class, first_byte, total, following, _ = _row(resend_all(one))
    says = "ALL as job: never again once a byte was sent"
    return "  with type ALL", letter, call_class, first_byte, total, following, says


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


def _pool(pool: PoolConfig, config: Config) -> str:
    lines = [f"pool {pool.name}: {_members(pool)}; {pool.balance}", *_check(pool, config)]
    lines += _same_nodes(pool, config)
    for upstream in pool.upstreams:
        fails = upstream.max_fails
        longest = max(LONGEST_EJECTION, upstream.fail_timeout)
        seconds = f"{fails} {'failure' if fails == 1 else 'failures'} within {_time(upstream.fail_timeout)}"
        aside = (
            f"put aside after {seconds}: for {_time(upstream.fail_timeout)}, twice that after each trial"
            f" that fails, {_time(longest)} at most"
            if fails and upstream.fail_timeout
            else "never put aside"
        )
        changed = _changed(upstream, UpstreamConfig, "max_fails", "fail_timeout")
        lines.append(f"  traffic, {upstream.name}: {aside}{changed}")
        if upstream.max_in_flight:
            lines.append(f"  at once, {upstream.name}: {upstream.max_in_flight} at most (max_in_flight)")
    if any(one.serve == "tcp" and one.pool == pool.name for one in config.listeners.values()):
        lines += _relayed(pool)
    slowly = f"in {_time(pool.slow_start)}" if pool.slow_start else "at once"
    changed = _changed(pool, PoolConfig, "slow_start")
    lines.append(f"  slow start: who is back has its whole share {slowly}{changed}")
    budget = RetryBudget()
    lines.append(
        f"  retry budget: after a failure {budget.size:g} tries at those left out at once,"
        f" then {budget.rate:g} a second; at those that are well without limit"
    )
    return "\n".join(lines)


def _relayed(pool: PoolConfig) -> list[str]:
    """What becomes of relayed connections when a member goes down, or is up again."""
    ends = ("end" if pool.on_down == "close" else "go on") + _changed(pool, PoolConfig, "on_down")
    lines = [f"  relayed connections of a member that its checks put down {ends}"]
    if any(upstream.backup for upstream in pool.upstreams):
        back = f"end once another has been up for {_time(pool.fail_back)}" if pool.fail_back else "stay"
        lines.append(f"  relayed connections of a backup {back}{_changed(pool, PoolConfig, 'fail_back')}")
    return lines


def _check(pool: PoolConfig, config: Config) -> list[str]:
    check = pool.check
    kind = kind_of_check(pool, config.listeners.values())
    chosen = " (auto)" if check.kind == "auto" else ""
    changed = _changed(check, CheckConfig, *(one.name for one in fields(CheckConfig)))
    if kind == "off":
        return [f"  check off: traffic alone tells who is well{changed}"]
    statuses = " or ".join(map(str, check.statuses))
    body = f" with {check.body!r} in it" if check.body else ""
    known = _deep_elsewhere(pool, config)
    if where_it_is_served(kind, check):
        asks = f"GET /upcheck; good is 200, and a database that it calls unavailable is dead; {known}"
        return [f"  check {kind}{chosen}: {asks}{changed}", *_how_often(check)]
    asks = {
        "connect": "a connection; good is who takes it, also a process that hangs",
        "http": f"GET {check.path}; good is {statuses}{body}",
        "tessera": "GET of a transaction that does not exist; good is 404, and 500 is a dead database",
    }[kind]
    return [f"  check {kind}{chosen}: {asks}{changed}", *_how_often(check)]


def _how_often(check: CheckConfig) -> list[str]:
    return [
        f"  every {_time(check.interval)}, timeout {_time(check.timeout)};"
        f" out after {check.fall} bad (fall), back after {check.rise} good (rise)"
    ]


def _deep_elsewhere(pool: PoolConfig, config: Config) -> str:
    """How it is known whether the databases behind a port answer that does not say it."""
    found = deep_checks(config).get(pool.name, {})
    alone = [upstream.name for upstream in pool.upstreams if upstream.name not in found]
    cannot = (
        "a database that is away is not seen unless the port has GET /transaction, as Tessera's own has not"
        " (from Tessera 21.10 on /upcheck does not look at it)"
    )
    if len(alone) == len(pool.upstreams):
        return cannot
    known = "whether the database answers is known from the deep check of another port of the same node"
    return f"{known}; of {', '.join(alone)} {cannot}" if alone else known


def _same_nodes(pool: PoolConfig, config: Config) -> list[str]:
    """Which members of other pools are taken for the same Tessera; nothing where there are no such pools."""
    found = same_nodes(config)
    if not {name for name, _ in found} - {pool.name}:
        return []
    lines = []
    for upstream in pool.upstreams:
        others = found.get((pool.name, upstream.name))
        if others is not None:
            shown = ", ".join(f"{name} of {other}" for other, name in others)
            lines.append(f"  one node, {upstream.name}: {shown or 'no member of another pool'}")
    return lines


def _changed(said: object, model: type, *names: str) -> str:
    """Which of these keys are not as they are unless given."""
    defaults = {one.name: one.default for one in fields(model)}
    changed = [name for name in names if getattr(said, name) != defaults[name]]
    return f" [changed: {', '.join(changed)}]" if changed else ""


def _members(pool: PoolConfig) -> str:
    return ", ".join(map(member_text, pool.upstreams))


def _time(seconds: float) -> str:
    return f"{seconds:g} s" if seconds else "no limit"


def _size(size: int) -> str:
    return f"{size // 1024**2} MiB" if size and not size % 1024**2 else f"{size} bytes"
