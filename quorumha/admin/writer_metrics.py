"""What Prometheus gets of pools of whose members one alone is written to."""

from __future__ import annotations

from collections.abc import Iterator

from quorumha.admin.families import Family, Reading, Row
from quorumha.admin.running import Running
from quorumha.net.listener_part import Shown
from quorumha.pool.one_writer import ROLES

#: Labels.
POOL, UPSTREAM, LISTENER = ("pool",), ("pool", "upstream"), ("listener",)

ROLE = Family(
    "quorumha_database_role",
    "gauge",
    f"1 for what a database says that it is: {', '.join(ROLES)} (it has not said anything for `lease`).",
    (*UPSTREAM, "role"),
)
TIMELINE = Family(
    "quorumha_database_timeline",
    "gauge",
    "The timeline that a database said last that it is on; each promotion begins a higher one. A standby may"
    " be late.",
    UPSTREAM,
)
WRITER = Family(
    "quorumha_database_writer",
    "gauge",
    "1 for the database that new sessions go to, else 0: of all, while they wait.",
    UPSTREAM,
)
SWITCHES = Family(
    "quorumha_database_switches_total",
    "counter",
    "Times that sessions were moved to another database, or to a new timeline, of the pool's `writer_group`.",
    POOL,
)
CUT = Family(
    "quorumha_database_sessions_cut_total",
    "counter",
    "Sessions that were ended because their database was written to no more.",
    POOL,
)
WAITING = Family(
    "quorumha_database_waiting", "gauge", "New sessions that wait for a database to write to.", LISTENER
)
SYNCHRONOUS = Family(
    "quorumha_database_synchronous",
    "gauge",
    "1 while what the database that is written to acknowledges is at another one, too; 0: it may be lost with"
    " it. Absent where it does not say.",
    POOL,
)
SPLIT = Family(
    "quorumha_database_split",
    "gauge",
    "1 while several databases claim the same timeline, so that nobody is written to and a person has to"
    " decide, else 0.",
    POOL,
)
SAVED = Family(
    "quorumha_database_saved",
    "gauge",
    "1 while it is on disk who is written to, 0 while it is not: a restart would forget it, and could take an"
    " old primary.",
    POOL,
)

PROXY_UP = Family(
    "quorumha_database_proxy_up",
    "gauge",
    "1 while another proxy (`other_proxies`) says which timelines it has seen, else 0: a promotion that it"
    " alone sees is not known here.",
    ("pool", "proxy"),
)

FAMILIES = (ROLE, TIMELINE, WRITER, SWITCHES, CUT, WAITING, SYNCHRONOUS, SPLIT, SAVED, PROXY_UP)


def read_writers(running: Running) -> Iterator[Reading]:
    """What pools with a writer have come to; nothing of others."""
    found = [
        ((name,), pool.writer.state(), [(one, pool.writer.role_of(one)) for one in pool.members])
        for name, pool in running.pools.items()
        if pool.writer is not None
    ]
    members = [((*key, one.name), role, state) for key, state, roles in found for one, role in roles]
    yield ROLE, [((*key, each), each == role.role) for key, role, _ in members for each in ROLES]
    yield TIMELINE, [(key, role.timeline) for key, role, _ in members if role.timeline]
    yield WRITER, [(key, state.upstream == key[1] and not state.cause) for key, _, state in members]
    yield SWITCHES, [(key, state.switches) for key, state, _ in found]
    yield CUT, [(key, state.cut) for key, state, _ in found]
    yield WAITING, _waiting(running, {key[0] for key, _, _ in found})
    yield (
        SYNCHRONOUS,
        [
            (key, role.synchronous)
            for key, state, roles in found
            for one, role in roles
            if one.name == state.upstream and role.synchronous is not None
        ],
    )
    yield SPLIT, [(key, bool(state.split)) for key, state, _ in found]
    yield SAVED, [(key, state.saved) for key, state, _ in found]
    yield (
        PROXY_UP,
        [
            ((*key, one.address), bool(one.said_at) and not one.fault)
            for key, state, _ in found
            for one in state.proxies
        ],
    )


def _waiting(running: Running, pools: set[str]) -> list[Row]:
    found: list[Row] = []
    for name, listener in running.config.listeners.items():
        if any(use.pool in pools for use in listener.kind.uses(listener)):
            part = running.parts.get(name)
            found.append(((name,), (Shown() if part is None else part.shown()).waiting))
    return found
