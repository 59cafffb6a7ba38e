"""Tests for L{quorumha.net.paused_port}; real sockets in tests/integration/test_ctl.py."""

from __future__ import annotations

import socket
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.paused_port import pause_port, refuses, resume_port


class FakePort:
    """Notes what is done to it and to its socket."""

    backlog = 7

    def __init__(self, family: int, kept: bool = False) -> None:
        self.addressFamily, self.kept = family, kept
        self.done: list[object] = []
        self.socket = self
        self.taken = False

    def shutdown(self, how: int) -> None:
        self.done.append(("shutdown", how))

    def listen(self, backlog: int) -> None:
        if self.taken:
            raise OSError(98, "Address already in use")
        self.done.append(("listen", backlog))

    def stopReading(self) -> None:
        self.done.append("stop")

    def startReading(self) -> None:
        self.done.append("start")


class PausedTests(SynchronousTestCase):
    """What becomes of newcomers."""

    def test_refused(self) -> None:
        """The socket is watched no more before it ends listening, and again when it listens."""
        for family in (socket.AF_INET, socket.AF_INET6):
            port: Any = FakePort(family)
            self.assertTrue(refuses(port))
            pause_port(port)
            resume_port(port)
            self.assertEqual(port.done, ["stop", ("shutdown", socket.SHUT_RD), ("listen", 7), "start"])

    def test_wait(self) -> None:
        """On unix sockets, and where another process has the socket, too."""
        for port in (FakePort(socket.AF_UNIX), FakePort(socket.AF_INET, kept=True)):
            pausing: Any = port
            self.assertFalse(refuses(pausing))
            pause_port(pausing)
            resume_port(pausing)
            self.assertEqual(port.done, ["stop", "start"])

    def test_taken_meanwhile(self) -> None:
        """It is not watched then."""
        port: Any = FakePort(socket.AF_INET)
        pause_port(port)
        port.taken = True
        with self.assertRaises(OSError):
            resume_port(port)
        self.assertNotIn("start", port.done)
