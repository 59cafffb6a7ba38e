"""What Prometheus gets of pools and their members."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from quorumha.admin.families import Family, Reading, buckets
from quorumha.admin.running import Running
from quorumha.pool.member import Member
from quorumha.pool.member_state import SERVING, STATES, state_of
from quorumha.pool.pool import FAILOVER_REASONS, UpstreamPool
from quorumha.tessera.decide.health_check import Database

#: Labels.
POOL, UPSTREAM = ("pool",), ("pool", "upstream")
#: How an attempt may end.
OUTCOMES = ("responded", "connect_failed", "timed_out", "broken", "cancelled")
#: What a check may come to.
CHECK_RESULTS = ("good", "bad")

REQUESTS = Family(
    "quorumha_pool_requests_total",
    "counter",
    "Requests or relayed connections that a pool was to serve.",
    POOL,
)
RESPONDED = Family(
    "quorumha_pool_responded_total", "counter", "Of these, those that a member responded to, or took.", POOL
)
FAILED = Family(
    "quorumha_pool_failed_total",
    "counter",
    "Of these, those that the proxy itself had to respond to, or cut.",
    POOL,
)
FAILOVERS = Family(
    "quorumha_failovers_total",
    "counter",
    "Times that another member was asked, by why the one before did not do: connect, timeout, broken (the"
    " connection ended) or status (of its response).",
    (*POOL, "reason"),
)
MIRRORED = Family(
    "quorumha_mirror_total",
    "counter",
    "Copies of a pool's requests for mirrors, by result: responded, failed, or dropped at a bound.",
    (*POOL, "result"),
)
MIRROR_PENDING = Family(
    "quorumha_mirror_pending", "gauge", "Copies of a pool's requests that are under way.", POOL
)
ATTEMPTS = Family(
    "quorumha_attempts_total",
    "counter",
    "Attempts at a member that are over, by outcome: responded, connect_failed, timed_out, broken, or"
    " cancelled (not waited for, or not made for a lack of the proxy's own).",
    (*UPSTREAM, "outcome"),
)
FIRST_BYTE = Family(
    "quorumha_first_byte_seconds",
    "histogram",
    "Seconds from the beginning of an attempt to the head of the member's response.",
    UPSTREAM,
)
IN_FLIGHT = Family(
    "quorumha_in_flight", "gauge", "Requests or relayed connections that a member has just now.", UPSTREAM
)
UP = Family(
    "quorumha_up",
    "gauge",
    "1 while a member has its share of requests (it is up, or starting: not checked yet), else 0.",
    UPSTREAM,
)
STATE = Family(
    "quorumha_state",
    "gauge",
    f"1 for the state that a member is in: {', '.join(STATES)}.",
    (*UPSTREAM, "state"),
)
CHANGES = Family(
    "quorumha_state_changes_total",
    "counter",
    "Changes of a member's state, by what it became.",
    (*UPSTREAM, "to"),
)
LAST_CHANGE = Family(
    "quorumha_last_change_timestamp_seconds",
    "gauge",
    "When a member's state changed last, in seconds since the epoch; 0: never.",
    UPSTREAM,
)
DATABASE_DEAD = Family(
    "quorumha_database_dead",
    "gauge",
    "1 while a Tessera says that it does not reach its database; only of those that are asked.",
    UPSTREAM,
)
CHECKS = Family(
    "quorumha_checks_total", "counter", "Checks of a member, by result: good or bad.", (*UPSTREAM, "result")
)
CHECK_SECONDS = Family(
    "quorumha_check_seconds", "gauge", "Seconds that the last check of a member took.", UPSTREAM
)

FAMILIES = (
    REQUESTS,
    RESPONDED,
    FAILED,
    FAILOVERS,
    MIRRORED,
    MIRROR_PENDING,
    ATTEMPTS,
    FIRST_BYTE,
    IN_FLIGHT,
    UP,
    STATE,
    CHANGES,
    LAST_CHANGE,
    DATABASE_DEAD,
    CHECKS,
    CHECK_SECONDS,
)


def read_members(running: Running, now: float) -> Iterator[Reading]:
    """What pools and members have come to.

    @param now: by the clock.
    """
    pools = list(running.pools.items())
    members = [((name, member.name), member) for name, pool in pools for member in pool.members]
    yield from _of_pools(pools)
    pending = dict.fromkeys(running.pools, 0)
    for part in running.parts.values():
        for name, count in part.shown().mirror_pending.items():
            pending[name] = pending.get(name, 0) + count
    yield MIRROR_PENDING, [((name,), count) for name, count in pending.items()]
    yield (
        ATTEMPTS,
        [((*key, outcome), getattr(one.numbers, outcome)) for key, one in members for outcome in OUTCOMES],
    )
    yield FIRST_BYTE, [(key, buckets(one.numbers.first_byte)) for key, one in members]
    yield IN_FLIGHT, [(key, one.in_flight) for key, one in members]
    yield from _of_states(members, now)
    yield (
        CHECKS,
        [
            ((*key, result), one.numbers.checks.get(result, 0))
            for key, one in members
            for result in CHECK_RESULTS
        ],
    )
    yield CHECK_SECONDS, [(key, one.numbers.check_seconds) for key, one in members if one.numbers.checked_at]


def _of_pools(pools: Iterable[tuple[str, UpstreamPool]]) -> Iterator[Reading]:
    counted = [((name,), pool.counters) for name, pool in pools]
    yield REQUESTS, [(key, counters.requests) for key, counters in counted]
    yield RESPONDED, [(key, counters.answered) for key, counters in counted]
    yield FAILED, [(key, counters.failed) for key, counters in counted]
    yield (
        FAILOVERS,
        [
            ((*key, reason), counters.failovers_by.get(reason, 0))
            for key, counters in counted
            for reason in FAILOVER_REASONS
        ],
    )
    yield (
        MIRRORED,
        [
            ((*key, result), count)
            for key, counters in counted
            for result, count in (
                ("responded", counters.mirrored),
                ("failed", counters.mirror_failed),
                ("dropped", counters.mirror_dropped),
            )
        ],
    )


def _of_states(members: Iterable[tuple[tuple[str, str], Member]], now: float) -> Iterator[Reading]:
    states = [(key, one, state_of(one, now)) for key, one in members]
    yield UP, [(key, state in SERVING) for key, _, state in states]
    yield STATE, [((*key, each), each == state) for key, _, state in states for each in STATES]
    yield (
        CHANGES,
        [((*key, to), count) for key, one, _ in states for to, count in sorted(one.numbers.changes.items())],
    )
    yield LAST_CHANGE, [(key, one.numbers.changed_at) for key, one, _ in states]
    databases = [(key, one.node.known(Database)) for key, one, _ in states]
    yield DATABASE_DEAD, [(key, database.dead) for key, database in databases if database is not None]
