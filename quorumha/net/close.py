"""How a connection ended: cleanly, or cut off."""

from __future__ import annotations

from twisted.internet.error import ConnectionDone
from twisted.python.failure import Failure


def closed_cleanly(reason: Failure) -> bool:
    """Whether the other side said that it was done.

    A FIN on TCP and a close_notify in TLS say so; a reset, or a TLS stream that
    stops without close_notify, does not.

    @param reason: what C{connectionLost} was given.
    """
    # Not Failure.check: it compares the names of all classes above.
    return isinstance(reason.value, ConnectionDone)
