"""Clients that wait for nothing but their own next request, and which of them has done so for longest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from heapq import nsmallest
from itertools import chain
from operator import attrgetter
from typing import Any

from attrs import frozen

#: The idle clients that one look at all clients finds, at most.
FOUND_AT_ONCE = 64


@frozen(eq=False)
class Idle:
    """A client that waits for nothing but its own next request.

    @ivar since: by the clock.
    @ivar close: closes it if it is idle still, for as long; says whether it did.
    """

    since: float
    close: Callable[[], bool]


#: The clients of a listener that are idle now, in any order.
IdleClients = Callable[[], Iterable[Idle]]


class LongestIdle:
    """Idle clients that were found at one look at all, so that not every newcomer costs one."""

    def __init__(self, clients: IdleClients) -> None:
        self._clients = clients
        #: The one idle for longest last.
        self._found: list[Idle] = []

    def close_one(self, oldest: float) -> bool:
        """Close the client that is idle for longest, if any is since C{oldest}; say whether there was one."""
        if self._close_found():
            return True
        long = (one for one in self._clients() if one.since <= oldest)
        self._found = nsmallest(FOUND_AT_ONCE, long, key=attrgetter("since"))[::-1]
        return self._close_found()

    def _close_found(self) -> bool:
        while self._found:
            if self._found.pop().close():
                return True
        return False


def handshakes(factory: Any) -> IdleClients:
    """The clients of a port that are in their TLS handshake, or have not sent their PROXY header.

    @param factory: the port's; what wraps another one has it as C{wrappedFactory}, and what takes clients
        in their handshake tells of them by C{in_handshake}.
    """
    sources = []
    while factory is not None:
        found = getattr(factory, "in_handshake", None)
        if found is not None:
            sources.append(found)
        factory = getattr(factory, "wrappedFactory", None)
    return lambda: chain.from_iterable(source() for source in sources)
