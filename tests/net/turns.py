"""A reactor that does what a test tells it, for real socket pairs."""

from __future__ import annotations

import select
import socket
from typing import Any

from twisted.internet.posixbase import _DisconnectSelectableMixin
from twisted.internet.protocol import Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from quorumha.net.poller import Poller
from quorumha.net.transport import SocketTransport


class Turns(Clock, _DisconnectSelectableMixin):
    """C{addReader} and C{addWriter}; each L{turn} serves whoever the kernel says is ready.

    What it does with an end is Twisted's own code, so the transport is held to what the
    real reactors do with it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()

    def addReader(self, reader: Any) -> None:
        self.readers.add(reader)

    def addWriter(self, writer: Any) -> None:
        self.writers.add(writer)

    def removeReader(self, reader: Any) -> None:
        self.readers.discard(reader)

    def removeWriter(self, writer: Any) -> None:
        self.writers.discard(writer)

    def turn(self) -> bool:
        """Serve everyone who is ready, once.

        @return: whether anything was done.
        """
        readable, writable, _ = select.select(list(self.readers), list(self.writers), [], 0)
        done = False
        for one in readable:
            if one in self.readers:
                done = True
                why = one.doRead()
                if why:
                    self._disconnectSelectable(one, why, True)
        for one in writable:
            if one in self.writers:
                done = True
                why = one.doWrite()
                if why:
                    self._disconnectSelectable(one, why, False)
        due = [call for call in self.getDelayedCalls() if call.getTime() <= self.seconds()]
        self.advance(0)
        return done or bool(due)

    def run(self) -> None:
        """Until nobody is ready."""
        while self.turn():
            pass


class Polled(Turns):
    """Gives everyone to a L{Poller}, and turns that.

    @ivar outer: the reactor that the poller is in.
    """

    def __init__(self) -> None:
        self.outer = Turns()
        self.poller = Poller(self.outer)
        super().__init__()

    def addReader(self, reader: Any) -> None:
        super().addReader(reader)
        self.poller.addReader(reader)

    def addWriter(self, writer: Any) -> None:
        super().addWriter(writer)
        self.poller.addWriter(writer)

    def removeReader(self, reader: Any) -> None:
        super().removeReader(reader)
        self.poller.removeReader(reader)

    def removeWriter(self, writer: Any) -> None:
        super().removeWriter(writer)
        self.poller.removeWriter(writer)

    def turn(self) -> bool:
        done = self.outer.turn()
        # The poller takes out by itself those that have ended.
        kept = self.poller.watched()
        self.readers &= kept
        self.writers &= kept
        due = [call for call in self.getDelayedCalls() if call.getTime() <= self.seconds()]
        self.advance(0)
        return done or bool(due)


class Listener(Protocol):
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.received = b""
        self.lost: list[str] = []

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost.append(type(reason.value).__name__)


def pair(reactor: Turns, protocol: Protocol, tcp: bool = False) -> tuple[SocketTransport, socket.socket]:
    """A plain transport, begun, and the bare socket at the other end."""
    if tcp:
        listening = socket.create_server(("127.0.0.1", 0))
        other = socket.create_connection(listening.getsockname())
        ours, peer = listening.accept()
        listening.close()
    else:
        ours, other = socket.socketpair()
        peer = ""  # type: ignore[assignment]  # a unix socket's
    ours.setblocking(False)
    other.setblocking(False)
    transport = SocketTransport(reactor, ours, protocol, peer)
    transport.begin()
    return transport, other


def read_all(other: socket.socket) -> bytes:
    """What the kernel holds for the other end."""
    got = b""
    while True:
        try:
            data = other.recv(1 << 20)
        except BlockingIOError:
            return got
        if not data:
            return got
        got += data
