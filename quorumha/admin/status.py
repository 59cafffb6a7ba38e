"""The status document: what the page, C{quorumha status} and programs see of a running process.

Its form is docs/reference/status.schema.json; L{VERSION} goes up when something in it means something else.
Pure: nothing is asked of anybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from twisted.internet.interfaces import IAddress

from quorumha.admin.running import Running
from quorumha.admin.writer_status import listeners_writer, role_of, writer_of
from quorumha.config.addresses import Address
from quorumha.config.masking import masked_value
from quorumha.config.model import Config, ListenerConfig, UpstreamConfig
from quorumha.net.address_text import address_text
from quorumha.numbers import ListenerNumbers, MemberNumbers
from quorumha.pool.member import Member
from quorumha.pool.member_state import state_in_words
from quorumha.pool.pool import UpstreamPool

VERSION = 1

Document = dict[str, Any]


def status(running: Running, now: float, wall: float) -> Document:
    """The document.

    @param now: by the clock.
    @param wall: seconds since the epoch, as all times in it.
    """
    config, done = running.config, running.process_numbers
    last = running.last_reload
    # Each of them is of all listeners, and made anew when it is read.
    numbers, opened = running.numbers, running.open_connections
    lost = running.not_listening
    writers = {name: writer_of(pool) for name, pool in running.pools.items()}
    listening = {name: at for name, at in running.listening.items() if name not in lost}
    return {
        "version": VERSION,
        "now": round(wall, 3),
        "quorumha": running.version,
        "started": round(running.started_at, 3),
        "config": {
            "path": config.source,
            "digest": running.digest,
            "loaded": round(done.reloaded_at or running.started_at, 3),
        },
        "reload": {
            "taken": done.reloads_taken,
            "refused": done.reloads_refused,
            "last": None
            if last is None
            else {
                "at": round(last.at, 3),
                "taken": last.result.taken,
                "changes": list(last.result.changes),
                "problems": list(last.result.problems),
            },
        },
        "draining": running.draining,
        "drained": running.drained,
        "listeners": [
            _listener(
                one,
                running,
                numbers.get(name) or ListenerNumbers(),
                opened.get(name, 0),
                listening.get(name),
                writers,
            )
            for name, one in config.listeners.items()
        ],
        "pools": [_pool(name, pool, running, now, writers.get(name)) for name, pool in running.pools.items()],
        "changes": [
            {
                "at": round(one.at, 3),
                "pool": one.pool,
                "upstream": one.upstream,
                "change": one.change,
                "cause": one.cause,
                "next": one.next,
            }
            for one in running.changes
        ],
        "saved": _saved(running, numbers.values()),
    }


def _listener(
    one: ListenerConfig,
    running: Running,
    numbers: ListenerNumbers,
    opened: int,
    listening: IAddress | None,
    writers: Mapping[str, Document | None],
) -> Document:
    name = one.name
    part = running.parts.get(name)
    shown = None if part is None else part.shown()
    routes = [{"path": use.label, "pool": use.pool} for use in one.kind.uses(one) if use.pool]
    pools = list(dict.fromkeys(route["pool"] for route in routes))
    return {
        "name": name,
        "address": None if listening is None else address_text(listening),
        "serve": one.serve,
        "pools": pools,
        "routes": routes,
        "open": opened,
        "connections": numbers.connections,
        "requests": {f"{digit}xx": numbers.statuses[digit] for digit in range(2, 6)},
        "own": {str(code): count for code, count in sorted(numbers.own.items())},
        "waiting": 0 if shown is None else shown.waiting,
        "parties": None if shown is None else shown.parties,
        "writer": listeners_writer(writers.get(pool) for pool in pools),
    }


def _pool(name: str, pool: UpstreamPool, running: Running, now: float, writer: Document | None) -> Document:
    counters = pool.counters
    said = _upstreams(running.config, name)
    return {
        "name": name,
        "requests": counters.requests,
        "responded": counters.answered,
        "failed": counters.failed,
        "failovers": dict(sorted(counters.failovers_by.items())),
        "writer": writer,
        "members": [
            {**_member(name, one, said.get(one.name), running, now), **role_of(pool, one)}
            for one in pool.members
        ],
    }


def _upstreams(config: Config, pool: str) -> dict[str, UpstreamConfig]:
    return {} if pool not in config.pools else {one.name: one for one in config.pools[pool].upstreams}


def _member(pool: str, member: Member, said: UpstreamConfig | None, running: Running, now: float) -> Document:
    state, numbers = state_in_words(member, now), member.numbers
    word = running.operations.word(pool, member.name)
    return {
        "name": member.name,
        "address": _place(None if said is None else said.address, member.upstream.address),
        "state": state.word,
        "since": round(state.since or running.started_at, 3),
        "cause": state.cause,
        "next": state.next,
        "in_flight": member.in_flight,
        "attempts": {
            "responded": numbers.responded,
            "connect_failed": numbers.connect_failed,
            "timed_out": numbers.timed_out,
            "broken": numbers.broken,
            "cancelled": numbers.cancelled,
        },
        "check": _check(numbers),
        "backup": member.upstream.backup,
        "weight": member.upstream.weight,
        "enabled": member.enabled,
        "enabled_by": "file" if word is None else word.who,
        "enabled_since": None if word is None else round(word.since, 3),
    }


def _check(numbers: MemberNumbers) -> Document | None:
    if not numbers.checked_at:
        return None
    return {
        "at": round(numbers.checked_at, 3),
        "seconds": round(numbers.check_seconds, 6),
        "said": numbers.check_said,
    }


def _place(address: Address | None, text: str) -> str:
    """Where a member is, in the short form of an endpoint string."""
    if address is not None and address.path is not None:
        return f"unix:{address.path}"
    if address is not None and address.host and address.port is not None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        return f"{address.text.prefix}:{host}:{address.port}"
    return masked_value(text)


def _saved(running: Running, numbers: Collection[ListenerNumbers]) -> Document:
    return {
        "failed_over": sum(pool.counters.failovers for pool in running.pools.values()),
        "waited_and_served": sum(one.waited for one in numbers),
        "false_404_prevented": sum(one.false_404_prevented for one in numbers),
        "healed": sum(one.parties_healed for one in numbers),
        "since": round(running.started_at, 3),
    }
