"""Dialling without a resolver, on loopback and unix sockets, and a reactor that the test turns."""

from __future__ import annotations

import os
import socket

from twisted.internet.error import BadFileError, ConnectingCancelledError, ConnectionRefusedError, NoProtocol
from twisted.internet.interfaces import IProtocol
from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.connect import SocketClientEndpoint
from tests.net.turns import Listener, Turns, read_all


class DialCase(SynchronousTestCase):
    """A listening socket and a dial."""

    def setUp(self) -> None:
        self.reactor = Turns()
        self.factory = Factory.forProtocol(Listener)

    def listening(self) -> socket.socket:
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        return listening

    def connected(self, protocol: IProtocol) -> Listener:
        assert isinstance(protocol, Listener) and protocol.transport is not None
        self.addCleanup(self.reactor.advance, 0)
        self.addCleanup(protocol.transport.abortConnection)
        return protocol


class DialTests(DialCase):
    """What comes of it."""

    def test_tcp(self) -> None:
        listening = self.listening()
        endpoint = SocketClientEndpoint(self.reactor, socket.AF_INET, listening.getsockname())
        connecting = endpoint.connect(self.factory)
        self.reactor.run()
        protocol = self.connected(self.successResultOf(connecting))
        other, _ = listening.accept()
        self.addCleanup(other.close)
        protocol.transport.write(b"hello")
        other.setblocking(False)
        self.assertEqual(read_all(other), b"hello")
        self.assertEqual(protocol.transport.getPeer().port, listening.getsockname()[1])

    def test_unix(self) -> None:
        # A path from here is short enough for a socket's name.
        folder = self.mktemp()
        os.makedirs(folder)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder)
        listening = socket.socket(socket.AF_UNIX)
        self.addCleanup(listening.close)
        listening.bind("plain.sock")
        listening.listen()
        connecting = SocketClientEndpoint(self.reactor, socket.AF_UNIX, "plain.sock").connect(self.factory)
        self.connected(self.successResultOf(connecting))

    def test_refused(self) -> None:
        listening = self.listening()
        address = listening.getsockname()
        listening.close()
        connecting = SocketClientEndpoint(self.reactor, socket.AF_INET, address).connect(self.factory)
        self.reactor.run()
        self.failureResultOf(connecting, ConnectionRefusedError)
        self.assertEqual(self.reactor.writers, set())

    def test_no_such_socket(self) -> None:
        endpoint = SocketClientEndpoint(self.reactor, socket.AF_UNIX, "/nowhere/at/all")
        self.failureResultOf(endpoint.connect(self.factory), BadFileError)

    def test_no_protocol(self) -> None:
        class Nothing(Factory):
            def buildProtocol(self, addr: object) -> None:
                return None

        listening = self.listening()
        endpoint = SocketClientEndpoint(self.reactor, socket.AF_INET, listening.getsockname())
        connecting = endpoint.connect(Nothing())
        self.reactor.run()
        self.failureResultOf(connecting, NoProtocol)

    def test_protocol_that_raises(self) -> None:
        """The dial fails with it, and the connection is not left open."""

        class Broken(Listener):
            def connectionMade(self) -> None:
                raise ZeroDivisionError

        listening = self.listening()
        endpoint = SocketClientEndpoint(self.reactor, socket.AF_INET, listening.getsockname())
        connecting = endpoint.connect(Factory.forProtocol(Broken))
        self.reactor.run()
        self.failureResultOf(connecting, ZeroDivisionError)
        other, _ = listening.accept()
        self.addCleanup(other.close)
        with self.assertRaises(ConnectionResetError):
            other.recv(1)

    def test_transport_that_cannot_be_made(self) -> None:
        """The dial fails, and its socket is closed."""

        class Unhashable(Turns):
            """Nobody can find its poller."""

            __hash__ = None  # type: ignore[assignment]  # that is the fault

        listening = self.listening()
        endpoint = SocketClientEndpoint(Unhashable(), socket.AF_INET, listening.getsockname())
        self.failureResultOf(endpoint.connect(self.factory), TypeError)
        other, _ = listening.accept()
        self.addCleanup(other.close)
        self.assertEqual(other.recv(1), b"")

    def test_watch_that_cannot_be_had(self) -> None:
        """Nor is one left open that the kernel is still at."""

        class Full(Turns):
            """Nobody can be watched any more."""

            def addReader(self, reader: object) -> None:
                raise OSError("no space")

            addWriter = addReader

        listening = socket.socket()
        self.addCleanup(listening.close)
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        endpoint = SocketClientEndpoint(Full(), socket.AF_INET, listening.getsockname())
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(4):
            self.failureResultOf(endpoint.connect(self.factory), OSError)
        endpoint._reactor.run()
        self.assertEqual(len(os.listdir("/proc/self/fd")), before)

    def test_cancelled(self) -> None:
        """A full queue of connections makes a dial wait."""
        listening = socket.socket()
        self.addCleanup(listening.close)
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        endpoint = SocketClientEndpoint(self.reactor, socket.AF_INET, listening.getsockname())
        waiting = [endpoint.connect(self.factory) for _ in range(4)]
        self.reactor.turn()
        pending = [one for one in waiting if not one.called]
        self.assertTrue(pending)
        for one in pending:
            one.cancel()
            self.failureResultOf(one, ConnectingCancelledError)
        self.assertEqual(self.reactor.writers, set())
        for one in waiting:
            if one not in pending:
                self.connected(self.successResultOf(one))
