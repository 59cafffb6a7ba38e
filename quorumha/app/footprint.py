"""How much memory a configuration allows at most, by what it is for.  Pure.

Each row is a bound that is held somewhere: a budget of the process, or what one connection holds at most
while its other side is slow, times the connections there may be.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from math import inf

from quorumha.config.kind import MemoryUse
from quorumha.config.model import Config, ListenerConfig

#: Python, Twisted and quorumha's own code: about what a process has when it starts.
PROGRAM = 64 * 1024**2
#: What the objects of a connection take, its buffers apart.
OBJECTS = 16 * 1024
#: What TLS adds: two states of OpenSSL, and a record on its way in each direction.
TLS = 128 * 1024


def footprint(config: Config, clients: int) -> list[MemoryUse]:
    """What a process with this configuration may hold, in parts.

    @param clients: served at once where C{max_connections} does not say; 0: no limit.
    """
    listeners = list(config.listeners.values())
    uses = [one for listener in listeners for one in listener.kind.memory(listener, config)]
    rows: dict[str, dict[Hashable, int | None]] = {}
    # What is the process's stands first.
    for one in sorted(uses, key=lambda one: one.owner is not None):
        rows.setdefault(one.what, {}).setdefault(one.owner, one.size)
    parts = [MemoryUse("the program itself", PROGRAM)]
    for what, sizes in rows.items():
        size = None if None in sizes.values() else sum(size or 0 for size in sizes.values())
        if size != 0:
            parts.append(MemoryUse(what, size))
    most = clients if config.max_connections is None else config.max_connections
    parts.append(_connections(listeners, most))
    return parts


def total(parts: Iterable[MemoryUse]) -> int | None:
    """Bytes in all; None: something has no limit."""
    sizes = [part.size for part in parts]
    return None if None in sizes else sum(size for size in sizes if size is not None)


def explain_memory(config: Config, clients: int) -> str:
    """The parts and their sum in lines, for C{quorumha check --explain}."""
    parts = footprint(config, clients)
    width = max(len(in_words(part.size)) for part in parts)
    most = total(parts)
    lines = [f"memory: {in_words(most)}{'' if most is None else ' at most'}"]
    lines += [f"  {in_words(part.size):>{width}}  {part.what}" for part in parts]
    return "\n".join(lines)


def too_large(config: Config, clients: int, limit: int | None) -> list[str]:
    """What is to be said where a configuration allows more memory than there is.

    @param limit: bytes that the process may have; None: as many as there are.
    """
    needed = total(footprint(config, clients))
    if limit is None or (needed is not None and needed <= limit):
        return []
    used = "what is used has no limit" if needed is None else f"{in_words(needed)} may be used at most"
    return [
        f"memory: {used}, and the control group has {in_words(limit)}; beyond"
        " that the process is killed. Lower max_connections, or the budgets; check --explain names each"
    ]


def in_words(size: int | None) -> str:
    """
    >>> in_words(None), in_words(5 * 1024**2 + 1), in_words(40 * 1024**3)
    ('no limit', '5 MiB', '40 GiB')
    """
    if size is None:
        return "no limit"
    return f"{size // 1024**2} MiB" if size < 10 * 1024**3 else f"{size // 1024**3} GiB"


def for_each(listener: ListenerConfig) -> int:
    """Bytes that one of its connections holds at most, on both sides."""
    tls = TLS if listener.tls is not None else 0
    return listener.kind.per_connection(listener) + OBJECTS + tls


def _connections(listeners: Iterable[ListenerConfig], most: int) -> MemoryUse:
    """The dearest first, as many as there may be of them."""
    left, size = most or inf, 0.0
    for one in sorted(listeners, key=for_each, reverse=True):
        there = min(left, one.max_connections or inf)
        size += there * for_each(one)
        if there == inf:
            break
        left -= there
    count = f"{most} connections" if most else "connections"
    return MemoryUse(f"{count}, each with a slow side (max_connections)", None if size == inf else int(size))
