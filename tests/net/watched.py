"""L{Watched}: one descriptor that a poller watches, and L{PollerCase}."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.poller import Poller
from quorumha.net.socket_options import end_behind
from tests.net.turns import Turns


class Watched:
    """One descriptor; does what a test says when it is called."""

    def __init__(self, poller: Poller, number: int = -1) -> None:
        """
        @param number: the descriptor to have; one that is free.
        """
        self.poller = poller
        self.socket, self.other = socket.socketpair()
        if number not in (-1, self.socket.fileno()):
            if self.other.fileno() == number:
                self.other = self.other.dup()
            given = os.dup2(self.socket.fileno(), number)
            self.socket.close()
            self.socket = socket.socket(fileno=given)
        for end in (self.socket, self.other):
            end.setblocking(False)
        self.fd = self.socket.fileno()
        self.told: list[str] = []
        self.then: Callable[[], Any] = lambda: None

    def fileno(self) -> int:
        return self.fd

    def logPrefix(self) -> str:
        return "test"

    def doRead(self) -> Any:
        # Raises when there is nothing: nobody may be called for nothing.
        self.told.append("read" if self.socket.recv(100) else "end")
        return self.then()

    def doWrite(self) -> Any:
        self.told.append("write")
        return self.then()

    def hung_up(self) -> tuple[Exception | None, bool]:
        # Raises when the other end has not left.
        return end_behind(self.socket)

    def connectionLost(self, reason: Failure) -> None:
        self.told.append(type(reason.value).__name__)
        self.close()

    def close(self) -> None:
        if self.fd >= 0:
            self.poller.removeReader(self)
            self.poller.removeWriter(self)
            self.fd = -1
            self.socket.close()
            self.other.close()


class PollerCase(SynchronousTestCase):
    """A poller in a reactor that the test turns."""

    def setUp(self) -> None:
        self.reactor = Turns()
        self.poller = Poller(self.reactor)

    def watched(self, says: bytes = b"", number: int = -1) -> Watched:
        """One that is read, and whose other end has said something."""
        one = Watched(self.poller, number)
        self.addCleanup(one.close)
        self.poller.addReader(one)
        if says:
            one.other.send(says)
        return one
