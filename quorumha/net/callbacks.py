"""L{dial}: connect by any endpoint, with callbacks for the outcome.

For a proxy that makes a connection for each client a Deferred costs more than the rest of a dial.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred
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
    over = False

    def ended(result: IProtocol | Failure) -> None:
        nonlocal over
        over = True
        if isinstance(result, Failure):
            failed(result)
        else:
            connected(result)

    try:
        connecting = endpoint.connect(factory)
    except Exception:
        failed(Failure())
        return None
    connecting.addBoth(ended).addErrback(lambda failure: log.failure("what a dial was for failed", failure))
    return None if over else connecting


def deferred_dial(endpoint: ICallbackEndpoint, factory: IProtocolFactory) -> Deferred[IProtocol]:
    """Connect by an endpoint that can do without Deferreds, with one: its C{connect}."""
    pending: Pending | None = None

    def cancelled(_: Deferred[IProtocol]) -> None:
        if pending is not None:
            pending.cancel()

    connecting: Deferred[IProtocol] = Deferred(cancelled)
    pending = endpoint.dial(factory, connecting.callback, connecting.errback)
    return connecting
