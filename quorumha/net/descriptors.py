"""File descriptors: how many this process may have, and how many are kept back for dials and checks."""

from __future__ import annotations

import errno
import os
import resource
from typing import Any

from twisted.internet.selectreactor import SelectReactor
from twisted.logger import Logger

log = Logger()

#: No more than so many are asked for; who needs more sets the limit before the start.
MOST = 65536
#: What L{select.select} can watch, whatever the limit (FD_SETSIZE).
SELECTABLE = 1024
#: Kept back at most.
RESERVE = 64


def allowed(reactor: Any) -> int:
    """How many descriptors can be used now."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        soft = MOST
    return min(soft, SELECTABLE) if isinstance(reactor, SelectReactor) else soft


def attainable() -> int:
    """How many a process that is started like this one will have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    return wanted if soft == resource.RLIM_INFINITY else max(soft, wanted)


def raise_limit(reactor: Any) -> None:
    """Raise the soft limit to the smaller of the hard one and L{MOST}; never lower it.

    Not under the select reactor, which could not watch more.
    """
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = attainable()
    if isinstance(reactor, SelectReactor) or before == resource.RLIM_INFINITY or before >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        # Not allowed to: it goes on with what there is.
        return
    log.info(
        "the limit of file descriptors is raised from {before} to {limit}",
        event="descriptors-raised",
        before=before,
        limit=wanted,
    )


def reserve_of(limit: int) -> int:
    """Of so many descriptors, how many are kept back for dials and checks.

    >>> reserve_of(64), reserve_of(1024)
    (16, 64)
    """
    return min(limit // 4, RESERVE)


def clients_for(limit: int) -> int:
    """How many clients so many descriptors are enough for: two for each, after the reserve.

    >>> clients_for(64), clients_for(1024), clients_for(65536)
    (24, 480, 32736)
    """
    return max(1, (limit - reserve_of(limit)) // 2)


def lowest_free() -> int | None:
    """The number that the next descriptor will have (POSIX: the lowest that is free); None: there is none."""
    try:
        free = os.dup(0)
    except OSError as error:
        return 0 if error.errno == errno.EBADF else None
    os.close(free)
    return free


def most_clients(reactor: Any, most: int | None) -> int:
    """How many clients a process serves at once.

    @param most: as an operator says; None: as many as there are descriptors for; 0: no limit but these.
    """
    return clients_for(allowed(reactor)) if most is None else most
