"""Why a connection could not be made, in words fit for logs and error bodies."""

from __future__ import annotations

from twisted.internet import error
from twisted.python.failure import Failure

from quorumha.upstream import ConnectFailed

_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (error.ConnectionRefusedError, "refused"),
    (error.NoRouteError, "no route"),
    (error.TCPTimedOutError, "timed out"),
    (error.DNSLookupError, "name does not resolve"),
    (error.BadFileError, "no such socket"),
    (error.SSLError, "TLS failed"),
)


def connect_failed(failure: Failure) -> ConnectFailed:
    """The outcome of a dial that failed.

    The text names the kind of failure only: messages of exceptions may carry addresses.
    """
    for kind, reason in _REASONS:
        if failure.check(kind):
            return ConnectFailed(reason)
    return ConnectFailed(failure.type.__name__ if failure.type is not None else "unknown")
