"""What the calls of a Tessera port come to, for C{quorumha check --explain}.  Pure."""

from __future__ import annotations

from math import inf

from quorumha.config.model import Config, ListenerConfig
from quorumha.config.units import seconds_in_words, size_in_words
from quorumha.http.forward.retry_policy import NextUpstream
from quorumha.http.forward.write_class import WriteClass
from quorumha.tessera.config import TesseraConfig
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


def explain_calls(listener: ListenerConfig, config: Config) -> list[str]:
    """How long its clients wait, what is done beside forwarding, and each call."""
    tessera: TesseraConfig = listener.settings
    pool = config.pools[listener.pool or ""]
    patience = PATIENCE[listener.serve] if tessera.client_timeout is None else tessera.client_timeout
    party = f"; party = {tessera.party!r}" if tessera.party else ""
    waiting = seconds_in_words(patience) if patience else "for ever"
    lines = [f"clients wait {waiting} (client_timeout); store = {tessera.store!r}{party}"]
    checked = pool.check.asked is not None and pool.check.asked.finds_hangs
    lines += _beside_forwarding(listener, patience, checked=checked)
    members = sum(upstream.enabled for upstream in pool.upstreams)
    planned = planned_calls(listener, members, checked=checked)
    rows: list[_Row] = [("call", "class", "treat_as", "first byte", "in all", "next member on", "")]
    for one in planned:
        rows.append(_row(one))
        if one.call.call_class is CallClass.RESEND:
            rows.append(_resend_all(one))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True))
        lines.append("  ".join(cells).rstrip())
    lines.append('To change a call: routes = [{ path = "/send", treat_as = "once" }], or keys of forwarding.')
    return lines


def _beside_forwarding(listener: ListenerConfig, patience: float, *, checked: bool) -> list[str]:
    """What a Tessera listener remembers, lets wait, and asks by itself."""
    tessera: TesseraConfig = listener.settings
    treatments = {call.call_class for call in PROFILES[listener.serve]}
    lines = [
        f"while no member can answer, up to {tessera.waiting_requests} requests wait (waiting_requests)"
        f" with {size_in_words(tessera.waiting_bytes)} of bodies (waiting_bytes)"
    ]
    if patience == 0:
        lines.append(
            f"reads and start-up questions wait without end; a write that finds no member is told 503"
            f" after {seconds_in_words(WRITE_WAIT)}"
        )
    if checked and treatments & OVERTAKEN:
        lines.append(
            "when its checks put down the member that a new or signed call waits for,"
            " the next one is asked, too"
        )
    if listener.serve == "tessera-q2t":
        lines.append(
            "after a 500 to a new call its member is asked whether it has its database;"
            " if not, the next one gets the call"
        )
    if CallClass.LOOKUP in treatments:
        known = f"{tessera.existence_memory} transactions are known to exist, at least"
        lines.append(
            f"{known if tessera.existence_memory else 'nothing is known to exist'} (existence_memory)"
        )
    if tessera.hedge:
        hedge = seconds_in_words(tessera.hedge)
        lines.append(f"a read without an answer after {hedge} is asked of a second member, too (hedge)")
    if CallClass.PARTY_INFO in treatments:
        interval = tessera.party_info_interval
        compared = f"is compared every {seconds_in_words(interval)}" if interval else "is not compared"
        lines.append(f"whom the members know {compared} (party_info_interval)")
    if tessera.api_versions:
        lines.append(f"/version/api says {', '.join(tessera.api_versions)} (api_versions)")
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
        seconds_in_words(one.limits.first_byte),
        seconds_in_words(one.limits.total),
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
