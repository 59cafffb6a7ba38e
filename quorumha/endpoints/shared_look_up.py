"""L{SharedLookUp}: who wants the addresses of one name at the same time waits for one look-up.

So a name server that does not answer takes one thread for each name that is wanted, however often.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError
from twisted.python.failure import Failure

from quorumha.net.shared_call import SharedCall
from quorumha.pool.dial_errors import lack_of

#: Looks up one name; fires with its IP addresses.
LookUp = Callable[[], Deferred[list[str]]]


class SharedLookUp:
    """One name, looked up when somebody wants it, once at a time."""

    def __init__(self, look_up: LookUp) -> None:
        """
        @param look_up: never cancelled; it fails, or finds nothing, where there are no addresses.
        """
        self._shared = SharedCall(lambda: look_up().addBoth(_found))

    def addresses(self) -> Deferred[list[str]]:
        """The addresses, at least one; may be cancelled.

        @return: fails with C{DNSLookupError}, or with what this process lacked.
        """
        return self._shared.result()


def _found(found: list[str] | Failure) -> list[str]:
    if isinstance(found, Failure) or not found:
        raise _why_not_found(found)
    return found


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
