"""How much memory a configuration allows at most, by what it is for.  Pure.

Each row is a bound that is held somewhere: a budget of the process, or what one connection holds at most
while its other side is slow, times the connections there may be.  Most of it is never used at once; where
there is less than the sum, somebody may bring the process to its end.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from attrs import frozen

from quorumha.config.model import Config, ListenerConfig
from quorumha.http.forward.best_response import BUFFERED_RESPONSE_LIMIT
from quorumha.http.forward.replay_budget import BEGINNINGS_LIMIT
from quorumha.http.server.channel import WAITING_LIMIT
from quorumha.http.upstream.connection import RESPONSE_HEAD_LIMIT
from quorumha.net.transport import QUEUE_LIMIT, READ_MOST, READ_SIZE
from quorumha.relay.side import EARLY_LIMIT
from quorumha.tessera.partyinfo import ledger

#: Python, Twisted and quorumha's own code: about what a process has when it starts.
PROGRAM = 64 * 1024**2
#: What the objects of a connection take, its buffers apart.
OBJECTS = 16 * 1024
#: What TLS adds: two states of OpenSSL, and a record on its way in each direction.
TLS = 128 * 1024
#: One transaction that is known to exist, in a set.
KNOWN = 256


@frozen
class Part:
    """One row.

    @ivar size: bytes; None: it has no limit.
    @ivar what: what they are for, with the key that sets them.
    """

    size: int | None
    what: str


def footprint(config: Config, clients: int) -> list[Part]:
    """What a process with this configuration may hold, in parts.

    @param clients: served at once where C{max_connections} does not say; 0: no limit.
    """
    listeners = list(config.listeners.values())
    parts = [Part(PROGRAM, "the program itself")]
    if any(one.serve != "tcp" for one in listeners):
        parts.append(Part(config.replay_budget or None, "bodies kept to be sent again (replay_budget)"))
        parts.append(Part(BEGINNINGS_LIMIT, "the first 64 KiB of each body, beside that"))
    if any(one.serve == "tessera-p2p" or any(r.mirror for r in one.routes) for one in listeners):
        parts.append(Part(config.mirror_budget or None, "copies of requests (mirror_budget)"))
    parts += _tessera(listeners)
    most = clients if config.max_connections is None else config.max_connections
    parts.append(_connections(listeners, most))
    return parts


def total(parts: Iterable[Part]) -> int | None:
    """Bytes in all; None: something has no limit."""
    sizes = [part.size for part in parts]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def told(config: Config, clients: int) -> str:
    """The parts and their sum in lines, for C{quorumha check --explain}."""
    parts = footprint(config, clients)
    width = max(len(in_words(part.size)) for part in parts)
    most = total(parts)
    lines = [f"memory: {in_words(most)}{'' if most is None else ' at most'}"]
    lines += [f"  {in_words(part.size):>{width}}  {part.what}" for part in parts]
    return "\n".join(lines)


def too_large(config: Config, clients: int, limit: int) -> list[str]:
    """What is to be said where a configuration allows more memory than there is.

    @param limit: bytes that the process may have.
    """
    needed = total(footprint(config, clients))
    if needed is not None and needed <= limit:
        return []
    used = "what is used has no limit" if needed is None else f"{in_words(needed)} may be used at most"
    return [
        f"memory: {used}, and the control group has {in_words(limit)}; beyond"
        " that the process is killed. Lower max_connections, or the budgets; check --explain tells of each"
    ]


def in_words(size: int | None) -> str:
    """
    >>> in_words(None), in_words(5 * 1024**2 + 1), in_words(40 * 1024**3)
    ('no limit', '5 MiB', '40 GiB')
    """
    if size is None:
        return "no limit"
    return f"{size // 1024**2} MiB" if size < 10 * 1024**3 else f"{size // 1024**3} GiB"


def _tessera(listeners: Iterable[ListenerConfig]) -> list[Part]:
    remembering: dict[str, int] = {}
    posts = 0
    for one in listeners:
        if one.is_tessera:
            known = one.tessera.existence_memory
            # One memory for each party; twice as many at most (L{ExistenceMemory}).
            remembering.setdefault(one.tessera.party or f"listener {one.name}", 2 * known * KNOWN)
        if one.serve == "tessera-p2p":
            posts += ledger.SIZE
    parts = []
    if any(remembering.values()):
        parts.append(Part(sum(remembering.values()), "transactions known to exist (existence_memory)"))
    if posts:
        parts.append(Part(posts, "what other parties posted"))
    return parts


def for_each(listener: ListenerConfig) -> int:
    """Bytes that one of its connections holds at most, on both sides."""
    if listener.serve == "tcp":
        # One read waits in each direction, behind what the kernel did not take before.
        buffers = EARLY_LIMIT + 2 * (READ_MOST + QUEUE_LIMIT)
    else:
        request = listener.request_line_limit + listener.header_limit + WAITING_LIMIT + READ_SIZE
        buffers = request + READ_MOST + QUEUE_LIMIT + RESPONSE_HEAD_LIMIT + 2 * BUFFERED_RESPONSE_LIMIT
    return buffers + OBJECTS + (TLS if listener.tls is not None else 0)


def _connections(listeners: Iterable[ListenerConfig], most: int) -> Part:
    """The dearest first, as many as there may be of them."""
    left, size = most or inf, 0.0
    for one in sorted(listeners, key=for_each, reverse=True):
        there = min(left, one.max_connections or inf)
        size += there * for_each(one)
        if there == inf:
            break
        left -= there
    count = f"{most} connections" if most else "connections"
    return Part(None if size == inf else int(size), f"{count}, each with a slow side (max_connections)")
