"""What the methods of a GoQuorum listener come to, for C{quorumha check --explain}.  Pure."""

from __future__ import annotations

from quorumha.config.model import ListenerConfig
from quorumha.config.units import seconds_in_words, size_in_words
from quorumha.goquorum.config import GoQuorumConfig
from quorumha.goquorum.decide.rule import Rule
from quorumha.goquorum.decide.rules import MethodRules, Refused, known_names
from quorumha.goquorum.knowledge.method_classes import FIRST, METHOD_CLASSES, ONCE

_Row = tuple[str, ...]
_HEAD: _Row = ("method", "treat_as", "parameter", "goes to", "after no answer", "")
#: What nothing knows.
_OTHERS = "all others"


def explain_methods(listener: ListenerConfig) -> list[str]:
    """How long clients wait, what is done beside passing calls on, and each method."""
    settings: GoQuorumConfig = listener.settings
    rows = [_HEAD, *_rows(settings)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD) - 1)]
    lines = _beside(settings)
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True))
        lines.append("  ".join(cells).rstrip())
    lines.append('To change a method: methods = [{ name = "plugin@x_*", treat_as = "read" }], allow, deny.')
    return lines


def _beside(settings: GoQuorumConfig) -> list[str]:
    spread = settings.acknowledge == "spread"
    refuse = settings.unseen == "refuse"
    known = "a second member knows it" if spread else "its member gives it"
    unseen = "are refused with -32052" if refuse else "go on, with an event"
    backwards = "never runs" if settings.monotonic else "may run"
    return [
        f"clients wait {seconds_in_words(settings.client_timeout)} for a member (client_timeout)"
        if settings.client_timeout
        else "clients wait for a member for as long as they are there (client_timeout)",
        f"while no member can answer, up to {settings.waiting_requests} calls wait (waiting_requests)"
        f" with {size_in_words(settings.waiting_bytes)} of bodies (waiting_bytes)",
        f"a transaction's hash goes to the client when {known} (acknowledge = {settings.acknowledge!r})",
        f"calls of an account whose next member does not know its last transaction {unseen}"
        f" (unseen = {settings.unseen!r})",
        f"the latest block {backwards} backwards for one client (monotonic)",
        f"a batch has {settings.batch_limit} calls at most (batch_limit), a message"
        f" {size_in_words(settings.limits.body_limit or 0)} (body_limit)",
        *_sockets(settings),
    ]


def _sockets(settings: GoQuorumConfig) -> list[str]:
    if not settings.websocket:
        return ["no WebSockets (websocket)"]
    resume, ping = settings.resume_timeout, settings.ping_interval
    return [
        f"a WebSocket has {settings.in_flight_limit} calls under way (in_flight_limit) and"
        f" {settings.subscription_limit} subscriptions (subscription_limit) at most, a message"
        f" {_size(settings.message_limit)} (message_limit), and {_size(settings.client_buffer)} wait for a"
        " client that does not read (client_buffer)",
        f"when its member dies it waits {seconds_in_words(resume) if resume else 'for ever'} for another one"
        f" (resume_timeout), and up to {settings.resume_blocks} blocks are filled in (resume_blocks);"
        + (f" pinged every {seconds_in_words(ping)}" if ping else " never pinged")
        + " (ping_interval)",
    ]


def _size(limit: int) -> str:
    return size_in_words(limit) if limit else "any number of bytes"


def _rows(settings: GoQuorumConfig) -> list[_Row]:
    rules, usual = MethodRules(settings), MethodRules(GoQuorumConfig())
    named = [one.name for one in settings.methods]
    names = dict.fromkeys([*named, *known_names()])
    rows = []
    for name in names:
        found = rules.found(name)
        rows.append(_row(name, found, changed=found != usual.found(name)))
        if isinstance(found, Rule) and found.variant is not None:
            variant = found.variant
            same = Rule(variant.call_class, variant.parameter, found.secret)
            when = 'with "pending"' if variant.when == "pending" else "with privateFor"
            rows.append(_row(f"  {when}", same))
    others = rules.found("")
    return [*rows, _row(_OTHERS, others)]


def _row(name: str, found: Rule | Refused, *, changed: bool = False) -> _Row:
    more = "[changed]" if changed else ""
    if isinstance(found, Refused):
        return (name, found.reason, "", "nobody", "", more)
    one = METHOD_CLASSES[found.call_class]
    parameter = "" if found.parameter is None else "last" if found.parameter < 0 else str(found.parameter)
    goes_to = FIRST if found.call_class == "never" else one.goes_to
    unanswered = ONCE if found.secret else one.unanswered
    words = ["secret"] if found.secret else []
    return (name, one.treat_as, parameter, goes_to, unanswered, " ".join([*words, more]).rstrip())
