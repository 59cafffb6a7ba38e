"""What Prometheus gets of listeners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quorumha.admin.families import Family, Reading, buckets
from quorumha.admin.running import Running
from quorumha.net.listener_part import Shown
from quorumha.numbers import ListenerNumbers

#: Labels.
LISTENER = ("listener",)
#: What a request's status begins with.
CLASSES = (2, 3, 4, 5)

OPEN = Family("quorumha_listener_open_connections", "gauge", "Clients that are connected.", LISTENER)
CONNECTIONS = Family(
    "quorumha_listener_connections_total", "counter", "Clients that have connected.", LISTENER
)
REQUESTS = Family(
    "quorumha_requests_total",
    "counter",
    "Responses to clients' requests, by the class of their status: 2xx to 5xx.",
    (*LISTENER, "code"),
)
OWN = Family(
    "quorumha_own_responses_total",
    "counter",
    "Of these, those that the proxy made itself, by status.",
    (*LISTENER, "code"),
)
SECONDS = Family(
    "quorumha_request_seconds",
    "histogram",
    "Seconds from the head of a request to the head of its response.",
    LISTENER,
)
RELAYED = Family(
    "quorumha_relay_bytes_total",
    "counter",
    "Bytes of relayed connections, by direction: in (from clients) or out.",
    (*LISTENER, "direction"),
)
WAITING = Family(
    "quorumha_waiting_requests", "gauge", "Requests that wait until a member can respond.", LISTENER
)
WAITING_BYTES = Family("quorumha_waiting_bytes", "gauge", "Bytes of the bodies of these.", LISTENER)
WAITED = Family(
    "quorumha_waited_total", "counter", "Requests that waited, and got a member's response then.", LISTENER
)
WAITING_DROPPED = Family(
    "quorumha_waiting_dropped_total",
    "counter",
    "Requests that waited, and got no member's response.",
    LISTENER,
)
HEDGES = Family(
    "quorumha_hedges_total",
    "counter",
    "Requests that a second member was asked, too, because the first one was slow, by result of the second:"
    " won, lost or failed.",
    (*LISTENER, "result"),
)
PARTIES = Family(
    "quorumha_partyinfo_parties",
    "gauge",
    "Parties of Tessera's network that have posted to a listener lately.",
    LISTENER,
)
MISSING = Family(
    "quorumha_partyinfo_missing",
    "gauge",
    "Parties that a member does not know, and another one does.",
    (*LISTENER, "upstream"),
)
HEALED = Family(
    "quorumha_partyinfo_healed_total", "counter", "Parties that a member lacked and was brought.", LISTENER
)
FALSE_404 = Family(
    "quorumha_false_404_prevented_total",
    "counter",
    "Responses of 404 that another member proved wrong, and no client got.",
    LISTENER,
)
RESOLVED = Family(
    "quorumha_outcomes_resolved_total",
    "counter",
    "Writes of which it was not known whether they had been done, until somebody was asked; by call.",
    (*LISTENER, "call"),
)

FAMILIES = (
    OPEN,
    CONNECTIONS,
    REQUESTS,
    OWN,
    SECONDS,
    RELAYED,
    WAITING,
    WAITING_BYTES,
    WAITED,
    WAITING_DROPPED,
    HEDGES,
    PARTIES,
    MISSING,
    HEALED,
    FALSE_404,
    RESOLVED,
)


def read_listeners(running: Running) -> Iterator[Reading]:
    """What listeners have come to."""
    opened, parts = running.open_connections, running.parts
    listeners = [((name,), numbers) for name, numbers in running.numbers.items()]
    yield OPEN, [(key, opened.get(key[0], 0)) for key, _ in listeners]
    yield CONNECTIONS, [(key, one.connections) for key, one in listeners]
    yield (
        REQUESTS,
        [((*key, f"{digit}xx"), one.statuses[digit]) for key, one in listeners for digit in CLASSES],
    )
    yield (
        OWN,
        [((*key, str(status)), count) for key, one in listeners for status, count in sorted(one.own.items())],
    )
    yield SECONDS, [(key, buckets(one.seconds)) for key, one in listeners]
    yield (
        RELAYED,
        [
            ((*key, direction), count)
            for key, one in listeners
            for direction, count in (("in", one.received), ("out", one.sent))
        ],
    )
    yield from _of_waiting(listeners, {name: part.shown() for name, part in parts.items()})
    yield (
        HEDGES,
        [((*key, result), count) for key, one in listeners for result, count in sorted(one.hedges.items())],
    )
    yield FALSE_404, [(key, one.false_404_prevented) for key, one in listeners]
    yield (
        RESOLVED,
        [
            ((*key, call), count)
            for key, one in listeners
            for call, count in sorted(one.outcomes_resolved.items())
        ],
    )


def _of_waiting(
    listeners: Sequence[tuple[tuple[str], ListenerNumbers]], shown: dict[str, Shown]
) -> Iterator[Reading]:
    seen = [(key, one, shown.get(key[0], Shown())) for key, one in listeners]
    yield WAITING, [(key, just_now.waiting) for key, _, just_now in seen]
    yield WAITING_BYTES, [(key, just_now.waiting_bytes) for key, _, just_now in seen]
    yield WAITED, [(key, one.waited) for key, one, _ in seen]
    yield WAITING_DROPPED, [(key, one.waiting_dropped) for key, one, _ in seen]
    # Only where party infos come.
    of_parties = [(key, one, just_now) for key, one, just_now in seen if just_now.parties is not None]
    yield PARTIES, [(key, just_now.parties or 0) for key, _, just_now in of_parties]
    yield (
        MISSING,
        [
            ((*key, member), count)
            for key, _, just_now in of_parties
            for member, count in just_now.missing.items()
        ],
    )
    yield HEALED, [(key, one.parties_healed) for key, one, _ in of_parties]
