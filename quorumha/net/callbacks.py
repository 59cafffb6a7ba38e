"""L{dial}: connect by any endpoint, with callbacks for the outcome.

For a proxy that makes a connection for each client a Deferred costs more than the rest of a dial.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.logger import Logger
from twisted.python.failure import Failure

log = Logger()

#: Told the connected protocol.
Connected = Callable[[IProtocol], object]
#: Told why there is no connection.
Failed = Callable[[Failure], object]


class Pending(Protocol):
    """A dial that has not ended; a Deferred is one, too."""

    def cancel(self) -> None:
        """Give up; the callback for a failure is called."""


class ICallbackEndpoint(IStreamClientEndpoint):
    """An endpoint that can do without Deferreds."""

    def dial(factory: IProtocolFactory, connected: Connected, failed: Failed) -> Pending | None:
        """As C{connect}, but one of C{connected} and C{failed} is called, once, and must not raise.

        @return: what gives up; None when one of them has been called already.
        """


def dial(
    endpoint: IStreamClientEndpoint, factory: IProtocolFactory, connected: Connected, failed: Failed
) -> Pending | None:
    """Connect by any endpoint; see L{ICallbackEndpoint.dial}.  It never raises."""
    if ICallbackEndpoint.providedBy(endpoint):
        pending: Pending | None = endpoint.dial(factory, connected, failed)
        return pending
    return _Waiting(connected, failed).wait(endpoint, factory)


class _Waiting:
    """Waits for another endpoint's Deferred."""

    def __init__(self, connected: Connected, failed: Failed) -> None:
        self._connected = connected
        self._failed = failed
        self._over = False

    def wait(self, endpoint: IStreamClientEndpoint, factory: IProtocolFactory) -> Pending | None:
        """Begin."""
        try:
            connecting = endpoint.connect(factory)
        except Exception:
            self._failed(Failure())
            return None
        connecting.addCallbacks(self._succeeded, self._did_not)
        connecting.addErrback(lambda failure: log.failure("what a dial was for failed", failure))
        return None if self._over else connecting

    def _succeeded(self, protocol: IProtocol) -> None:
        self._over = True
        self._connected(protocol)

    def _did_not(self, failure: Failure) -> None:
        self._over = True
        self._failed(failure)
