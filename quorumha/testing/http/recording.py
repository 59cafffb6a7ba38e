"""L{Recorder}: a protocol that keeps what it gets, for either end of a connection."""

from __future__ import annotations

from twisted.internet.interfaces import IHalfCloseableProtocol, ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer


class Recorder(Protocol):
    """Keeps every byte, and how the connection ended.

    Works on any transport.  What is written before the connection is there
    goes out when it is.

    @ivar received: every byte, in order.
    @ivar pieces: the same, as they were delivered.
    @ivar connected: true between the connection's beginning and its end.
    @ivar reason: why it ended, or could not be made; None while it lives.
    @ivar read_ended: the other side sent its end (only with L{half_closing}).
    @ivar write_ended: our end has been sent (only with L{half_closing}).
    """

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.reason: Failure | None = None
        self.read_ended = False
        self.write_ended = False
        self._early: list[bytes] = []

    @staticmethod
    def half_closing() -> Recorder:
        """One that lives on when the other side has ended its writing."""
        return _HalfClosing()

    @property
    def received(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def how_it_ended(self) -> str | None:
        """The name of the error, such as C{"ConnectionLost"}; None while it lives."""
        return None if self.reason is None else type(self.reason.value).__name__

    @property
    def wire(self) -> ITCPTransport:
        """The transport.

        @raise RuntimeError: it never was connected.
        """
        if self.transport is None:
            raise RuntimeError("not connected yet")
        return ITCPTransport(self.transport)

    def write(self, data: bytes) -> None:
        """Send bytes, now or as soon as there is a connection."""
        if self.transport is None:
            self._early.append(data)
        else:
            self.transport.write(data)

    def pause(self) -> None:
        """Read no more."""
        self.wire.pauseProducing()  # type: ignore[attr-defined]

    def resume(self) -> None:
        """Read again."""
        self.wire.resumeProducing()  # type: ignore[attr-defined]

    def end(self) -> None:
        """Say that no more bytes will come; keep reading."""
        self.wire.loseWriteConnection()

    def close(self) -> None:
        """Close, after what was written has gone."""
        self.wire.loseConnection()

    def abort(self) -> None:
        """Break off."""
        self.wire.abortConnection()

    def refused(self, reason: Failure) -> None:
        """The connection could not be made."""
        self.reason = reason

    def connectionMade(self) -> None:
        early, self._early = self._early, []
        for data in early:
            self.write(data)

    def dataReceived(self, data: bytes) -> None:
        self.pieces.append(data)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        # Twisted leaves it as it was.
        self.connected = 0
        self.reason = reason


@implementer(IHalfCloseableProtocol)
class _HalfClosing(Recorder):
    def readConnectionLost(self) -> None:
        self.read_ended = True

    def writeConnectionLost(self) -> None:
        self.write_ended = True
