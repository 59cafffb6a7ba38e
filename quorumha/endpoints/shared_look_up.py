"""L{SharedLookUp}: who wants the addresses of one name at the same time waits for one look-up.

So a name server that does not answer takes one thread for each name that is wanted, however often.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.python.failure import Failure

from quorumha.pool.dial_errors import lack_of

#: Looks up one name; fires with its IP addresses.
LookUp = Callable[[], Deferred[list[str]]]


@define(eq=False)
class SharedLookUp:
    """One name, looked up when somebody wants it, once at a time.

    @ivar look_up: never cancelled; it fails, or finds nothing, where there are no addresses.
    """

    _look_up: LookUp
    _looking: bool = field(default=False, init=False)
    _waiting: list[Deferred[list[str]]] = field(factory=list, init=False)

    def addresses(self) -> Deferred[list[str]]:
        """The addresses, at least one; may be cancelled.

        @return: fails with C{DNSLookupError}, or with what this process lacked.
        """
        waiting: Deferred[list[str]] = Deferred(self._forget)
        self._waiting.append(waiting)
        if not self._looking:
            self._looking = True
            self._look_up().addBoth(self._found)
        return waiting

    def _forget(self, waiting: Deferred[list[str]]) -> None:
        if waiting in self._waiting:
            self._waiting.remove(waiting)

    def _found(self, found: list[str] | Failure) -> None:
        self._looking = False
        everyone, self._waiting = self._waiting, []
        for waiting in everyone:
            if isinstance(found, Failure) or not found:
                waiting.errback(_why_not_found(found))
            else:
                waiting.callback(found)


def _why_not_found(found: list[str] | Failure) -> Exception:
    """A lack of our own keeps its own error: the name is not to blame."""
    if isinstance(found, Failure) and isinstance(found.value, Exception) and lack_of(found.value):
        return found.value
    return DNSLookupError()


def lack_of_descriptors() -> OSError | None:
    """What keeps this process from having a socket; libraries only say that they reached nobody."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()
    except OSError as error:
        return error
    return None
