"""What the calls of a Tessera port come to, for C{quorumha check --explain}.  Pure."""

from __future__ import annotations

from math import inf

from quorumha.config.model import Config, ListenerConfig
from quorumha.config.units import seconds_in_words, size_in_words
from quorumha.tessera.config import TesseraConfig
from quorumha.tessera.decide.call_class import CALL_CLASSES, LOOKUP, PARTY_INFO, Flow
from quorumha.tessera.decide.call_plan import WRITE_WAIT, Planned
from quorumha.tessera.knowledge.calls import PORTS
from quorumha.tessera.listener import planned_calls

_Row = tuple[str, ...]


def explain_calls(listener: ListenerConfig, config: Config) -> list[str]:
    """How long its clients wait, what is done beside forwarding, and each call."""
    tessera: TesseraConfig = listener.settings
    pool = config.pools[listener.pool or ""]
    planned = planned_calls(listener, config)
    client_timeout = planned[0].client_timeout
    party = f"; party = {tessera.party!r}" if tessera.party else ""
    waiting = seconds_in_words(client_timeout) if client_timeout else "for ever"
    lines = [f"clients wait {waiting} (client_timeout); store = {tessera.store!r}{party}"]
    lines += _beside_forwarding(listener, client_timeout, checked=any(one.checked for one in planned))
    members = sum(upstream.enabled for upstream in pool.upstreams)
    rows: list[_Row] = [("call", "class", "treat_as", "first byte", "in all", "next member on", "")]
    for one in planned:
        rows.append(_row(one, members))
        if one.call_class.flow is Flow.BY_TYPE:
            says = "ALL as job: never again once a byte was sent"
            rows.append(("  with type ALL", *_row(one.resend_all(), members)[1:-1], says))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True))
        lines.append("  ".join(cells).rstrip())
    lines.append('To change a call: routes = [{ path = "/send", treat_as = "once" }], or keys of forwarding.')
    return lines


def _beside_forwarding(listener: ListenerConfig, client_timeout: float, *, checked: bool) -> list[str]:
    """What a Tessera listener remembers, lets wait, and asks by itself."""
    tessera: TesseraConfig = listener.settings
    port = PORTS[listener.serve]
    call_classes = {CALL_CLASSES[call.call_class] for call in port.calls}
    lines = [
        f"while no member can answer, up to {tessera.waiting_requests} requests wait (waiting_requests)"
        f" with {size_in_words(tessera.waiting_bytes)} of bodies (waiting_bytes)"
    ]
    if client_timeout == 0:
        lines.append(
            f"reads and start-up questions wait without end; a write that finds no member is told 503"
            f" after {seconds_in_words(WRITE_WAIT)}"
        )
    if checked and any(one.moves_on for one in call_classes):
        lines.append(
            "when its checks put down the member that a new or signed call waits for,"
            " the next one is asked, too"
        )
    if port.has_transactions:
        lines.append(
            "after a 500 to a new call its member is asked whether it has its database;"
            " if not, the next one gets the call"
        )
    if LOOKUP in call_classes:
        known = f"{tessera.existence_memory} transactions are known to exist, at least"
        lines.append(
            f"{known if tessera.existence_memory else 'nothing is known to exist'} (existence_memory)"
        )
    if tessera.hedge:
        hedge = seconds_in_words(tessera.hedge)
        lines.append(f"a read without an answer after {hedge} is asked of a second member, too (hedge)")
    if PARTY_INFO in call_classes:
        interval = tessera.party_info_interval
        compared = f"is compared every {seconds_in_words(interval)}" if interval else "is not compared"
        lines.append(f"whom the members know {compared} (party_info_interval)")
    if tessera.api_versions:
        lines.append(f"/version/api says {', '.join(tessera.api_versions)} (api_versions)")
    return lines


def _row(one: Planned, members: int) -> _Row:
    call, limits = one.call, one.limits(members)
    where = call.path if call.exact else f"{call.path.rstrip('/')}/..."
    changed = f" [changed: {', '.join(sorted(one.keys))}]" if one.keys else ""
    return (
        f"{call.method} {where}",
        one.call_class.letter,
        one.call_class.treat_as,
        seconds_in_words(limits.first_byte),
        seconds_in_words(limits.total),
        _next(one),
        f"{one.call_class.says}{changed}",
    )


def _next(one: Planned) -> str:
    policy = one.policy
    if policy.repeat_within == inf:
        conditions = [name for name in ("error", "timeout") if getattr(policy, name)]
    else:
        conditions = ["refused"]
        if policy.repeat_within:
            conditions.append(f"error within {policy.repeat_within:g} s")
    return " ".join([*conditions, *map(str, sorted(policy.statuses))])
