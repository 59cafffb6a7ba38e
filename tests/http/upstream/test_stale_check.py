"""What lies in a socket; test_kept_connections.py of the integration tests has real ones."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import Any

from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.upstream.stale_check import is_silent, look_at, look_below
from quorumha.net.progress import lowest_socket


class Transport:
    """One with a handle."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle

    def getHandle(self) -> Any:
        return self.handle


class PeekingTests(SynchronousTestCase):
    """See the module."""

    def setUp(self) -> None:
        # One that was never opened.
        self.below = socket.SocketType.__new__(socket.SocketType)

    def test_silent(self) -> None:
        """Only "nothing there" is silence."""
        for what, silent in (("nothing", True), ("a byte", False), ("its end", False), ("closed", False)):
            reading, writing = os.pipe()
            look = look_at(reading)
            if what == "a byte":
                os.write(writing, b"\n")
            elif what == "its end":
                os.close(writing)
            elif what == "closed":
                os.close(reading)
            self.assertEqual(is_silent(look), silent, what)
            self.assertEqual(is_silent(look), silent, what)
            for descriptor in (reading, writing):
                with contextlib.suppress(OSError):
                    os.close(descriptor)

    def test_below(self) -> None:
        """The socket itself, below whatever wraps it; none in memory."""
        transport = Transport(self.below)
        self.assertIs(lowest_socket(transport), self.below)
        factory = WrappingFactory(None)
        inner, outer = ProtocolWrapper(factory, None), ProtocolWrapper(factory, None)  # type: ignore[arg-type]
        inner.transport, outer.transport = transport, inner  # type: ignore[assignment]
        self.assertIs(lowest_socket(outer), self.below)
        self.assertIsNone(lowest_socket(object()))
        self.assertIsNone(lowest_socket(Transport("no socket")))
        self.assertIsNone(look_below(object()))
