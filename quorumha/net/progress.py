"""L{INetTransport}: what our transports say and do beyond Twisted's, and how to reach it from above.

A limit for writing means progress: who takes bytes steadily is not cut, however much still waits.
"""

from __future__ import annotations

import socket
from typing import Any, cast

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IConsumer, IPushProducer, ITCPTransport, ITransport
from twisted.python.failure import Failure
from zope.interface import Attribute

from quorumha.net.socket_options import bytes_taken, keep_alive


class INetTransport(ITCPTransport, IConsumer, IPushProducer):
    """A transport that knows how its other side is doing."""

    progressed = Attribute(
        "called without arguments when the other side took some of what waits, while more waits; or None"
    )

    def bytes_taken() -> int | None:
        """A number that grows when the other side takes bytes, and while nothing is written only then.

        None where nobody knows.
        """

    def close_now() -> None:
        """Close without a reset: what the kernel has arrives, what waits beyond that is dropped."""

    def stand_still() -> None:
        """Neither read nor write until C{move_on}; nobody may write meanwhile.

        That the other side ends, if only its half, is seen at once, also behind bytes that were not read:
        then the connection is lost as by a reset.
        """

    def move_on(reading: bool) -> None:
        """Go on, with what waited first.

        @param reading: it is read, too.
        """


def lowest(transport: Any) -> Any:
    """The transport at the bottom, as the one below TLS.

    What wraps one says that it provides whatever the wrapped one does.
    """
    below = getattr(transport, "transport", None)
    while below is not None:
        transport, below = below, getattr(below, "transport", None)
    return transport


def lowest_socket(transport: Any) -> socket.socket | None:
    """The socket of the transport at the bottom; None where it has none."""
    below = lowest(transport)
    handle = below.getHandle() if hasattr(below, "getHandle") else None
    # The class that socket.socket inherits: see dialling.
    return cast("socket.socket", handle) if isinstance(handle, socket.SocketType) else None


class Progress:
    """Whether the other side of a connection takes bytes."""

    __slots__ = ("_taken", "_transport")

    def __init__(self, transport: ITransport) -> None:
        self._transport = transport
        self._taken: int | None = None

    def begin(self) -> None:
        """Count from now on."""
        self._taken = self._ask()

    def made(self) -> bool:
        """Whether there was any since this, or C{begin}, was called last; False where nobody knows."""
        before, self._taken = self._taken, self._ask()
        return before is not None and self._taken is not None and self._taken > before

    def _ask(self) -> int | None:
        below = lowest(self._transport)
        if INetTransport.providedBy(below):
            taken: int | None = below.bytes_taken()
            return taken
        handle = lowest_socket(below)
        return None if handle is None else bytes_taken(handle)


def close_now(transport: Any) -> None:
    """Close without a reset, where the transport can; see L{INetTransport.close_now}."""
    below = lowest(transport)
    if INetTransport.providedBy(below):
        below.close_now()
    else:
        transport.abortConnection()


def stand_still(transport: Any) -> None:
    """Neither read nor write for now; where the transport can, see L{INetTransport.stand_still}."""
    below = lowest(transport)
    if INetTransport.providedBy(below):
        below.stand_still()
    else:
        transport.pauseProducing()


def move_on(transport: Any, reading: bool) -> None:
    """Go on; C{reading}: it is read, too."""
    below = lowest(transport)
    if INetTransport.providedBy(below):
        below.move_on(reading)
    elif reading:
        transport.resumeProducing()


def closed_cleanly(reason: Failure) -> bool:
    """Whether the other side said that it was done: by a FIN on TCP, by close_notify in TLS.

    A reset does not say so, nor does a TLS stream that stops without close_notify.

    @param reason: what C{connectionLost} was given.
    """
    # Not Failure.check: it compares the names of all classes above.
    return isinstance(reason.value, ConnectionDone)


def hang_up(transport: Any) -> None:
    """End a connection without TLS without a reset, whatever the other side has sent, and wait for nobody."""
    if INetTransport.providedBy(transport):
        transport.close_now()
    else:
        transport.loseConnection()


def watch_for_silence(transport: Any) -> None:
    """Let the kernel find out that the other side has vanished, also below TLS; see L{keep_alive}."""
    handle = lowest_socket(transport)
    if handle is not None and handle.family != socket.AF_UNIX:
        keep_alive(handle)
