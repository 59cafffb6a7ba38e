"""Listening with plain transports."""

from __future__ import annotations

import errno
import os
import socket
from typing import ClassVar

from twisted.internet import tcp, unix
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from quorumha.net.accept import SocketServerEndpoint, accept_bare, guard
from quorumha.net.transport import SocketTransport
from tests.net.turns import Listener, Turns, read_all


class MadeCase(SynchronousTestCase):
    """A factory, and what it made."""

    def setUp(self) -> None:
        self.reactor = Turns()
        self.made: list[Listener] = []

        def build() -> Listener:
            self.made.append(Listener())
            return self.made[-1]

        self.factory = Factory.forProtocol(build)  # type: ignore[arg-type]  # anything that makes one
        self.factory.noisy = False


class ListenTests(MadeCase):
    """A port on loopback."""

    def setUp(self) -> None:
        super().setUp()
        endpoint = SocketServerEndpoint(self.reactor, 0, 10, "127.0.0.1")
        self.port = self.successResultOf(endpoint.listen(self.factory))

    def tearDown(self) -> None:
        stopped = self.port.stopListening()
        self.reactor.run()
        if stopped is not None:
            self.successResultOf(stopped)

    def test_accepts(self) -> None:
        address = self.port.getHost()
        clients = [socket.create_connection((address.host, address.port)) for _ in range(3)]
        self.reactor.turn()
        self.assertEqual(len(self.made), 3)
        for number, (client, protocol) in enumerate(zip(clients, self.made, strict=True)):
            client.setblocking(False)
            self.assertIsInstance(protocol.transport, SocketTransport)
            client.send(b"%d" % number)
            self.reactor.run()
            self.assertEqual(protocol.received, b"%d" % number)
            protocol.transport.write(b"back")
            self.assertEqual(read_all(client), b"back")
            self.assertEqual(protocol.transport.getPeer().port, client.getsockname()[1])
            client.close()
        self.reactor.run()
        self.assertEqual([p.lost for p in self.made], [["ConnectionDone"]] * 3)

    def test_a_full_client_blocks_nobody(self) -> None:
        """Found the hard way: an accepted socket is a blocking one until it is told otherwise."""
        address = self.port.getHost()
        client = socket.create_connection((address.host, address.port))
        self.reactor.turn()
        (protocol,) = self.made
        self.assertFalse(protocol.transport.getHandle().getblocking())
        protocol.transport.write(bytes(32 << 20))
        self.assertTrue(protocol.transport.waits)
        client.close()
        self.reactor.run()
        self.assertEqual(len(protocol.lost), 1)

    def knock(self) -> socket.socket:
        address = self.port.getHost()
        client = socket.create_connection((address.host, address.port))
        self.addCleanup(client.close)
        return client

    def test_turned_away(self) -> None:
        """A factory that builds nothing: the client is closed, the next is served."""
        self.factory.buildProtocol = lambda addr: None  # type: ignore[method-assign]
        client = self.knock()
        self.reactor.run()
        self.assertEqual(client.recv(1), b"")
        del self.factory.buildProtocol  # type: ignore[method-assign]
        self.knock()
        self.reactor.run()
        self.assertEqual(len(self.made), 1)

    def test_factory_that_raises(self) -> None:
        """One client is lost, and those beside it are not."""
        build = self.factory.buildProtocol
        raised: list[object] = []

        def once(addr: object) -> object:
            if not raised:
                raised.append(addr)
                raise ZeroDivisionError
            return build(addr)  # type: ignore[arg-type]

        self.factory.buildProtocol = once  # type: ignore[method-assign,assignment]
        clients = [self.knock() for _ in range(3)]
        self.reactor.run()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertEqual(len(self.made), 2)
        self.assertEqual(clients[0].recv(1), b"")

    def test_protocol_that_raises(self) -> None:
        """Its connection is broken off."""

        class Broken(Listener):
            def connectionMade(self) -> None:
                raise ZeroDivisionError

        self.factory.protocol = Broken
        client = self.knock()
        self.reactor.run()
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        with self.assertRaises(ConnectionResetError):
            client.recv(1)

    def test_no_descriptor_left(self) -> None:
        """Twisted's own way is taken: its spare descriptor serves to turn the client away."""
        client = self.knock()
        real = self.port.socket

        class Full:
            """A listening socket of a process that has no descriptor left, until one is closed."""

            def __init__(self) -> None:
                self.failed = 0

            def _accept(self) -> object:
                return self.accept()

            def accept(self) -> object:
                self.failed += 1
                if self.failed < 3:
                    raise OSError(errno.EMFILE, "too many open files")
                return real.accept()

        full = self.port.socket = Full()
        self.port.doRead()
        self.port.socket = real
        self.assertGreaterEqual(full.failed, 3)
        self.assertEqual(client.recv(1), b"")
        self.assertEqual(self.made, [])
        self.knock()
        self.reactor.run()
        self.assertEqual(len(self.made), 1)

    def test_a_descriptor_that_is_no_socket(self) -> None:
        """The port goes on."""
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        real = self.port.socket

        class Odd:
            waiting: ClassVar = [(writing, ("127.0.0.1", 1))]

            def _accept(self) -> object:
                if self.waiting:
                    return self.waiting.pop()
                raise BlockingIOError

        self.port.socket = Odd()
        self.port.doRead()
        self.port.socket = real
        self.assertEqual(len(self.flushLoggedErrors(OSError)), 1)
        self.assertEqual(os.read(reading, 1), b"", "it is closed")
        self.knock()
        self.reactor.run()
        self.assertEqual(len(self.made), 1)

    def test_python_without_the_short_way(self) -> None:
        """Everything works by C{accept} alone."""
        real = self.port.socket

        class Other:
            accept = real.accept

        client = self.knock()
        self.port.socket = Other()
        self.port.doRead()
        self.port.socket = real
        (protocol,) = self.made
        client.send(b"hello")
        self.reactor.run()
        self.assertIsInstance(protocol.transport, SocketTransport)
        self.assertEqual(protocol.received, b"hello")

    def test_ipv6(self) -> None:
        """Twisted's own way is kept for its addresses."""
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            raise SkipTest("no IPv6 here") from None
        endpoint = SocketServerEndpoint(self.reactor, 0, 10, "::1")
        port = self.successResultOf(endpoint.listen(self.factory))
        client = socket.create_connection(("::1", port.getHost().port))
        self.addCleanup(client.close)
        self.reactor.run()
        (protocol,) = self.made
        self.assertIsInstance(protocol.transport, SocketTransport)
        self.assertEqual(protocol.transport.getPeer().port, client.getsockname()[1])
        protocol.transport.abortConnection()
        stopped = port.stopListening()
        self.reactor.run()
        self.successResultOf(stopped)

    def test_taken(self) -> None:
        address = self.port.getHost()
        endpoint = SocketServerEndpoint(self.reactor, address.port, 10, address.host)
        self.failureResultOf(endpoint.listen(self.factory), CannotListenError)


class Doorkeeper:
    """A gate that notes everything.

    @ivar most: clients at once.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.open = 0
        self.turned = 0
        self.highest = 0
        self.lack: OSError | None = None

    def room(self) -> int:
        return max(0, self.most - self.open)

    def full(self) -> None:
        self.turned += 1

    def lacks(self, error: OSError) -> bool:
        self.lack = error
        return error.errno == errno.EMFILE

    def took(self, descriptor: int) -> None:
        self.open += 1
        self.highest = max(self.highest, descriptor)

    def released(self) -> None:
        self.open -= 1


class GateTests(MadeCase):
    """Each kind of port takes as many clients as its gate has room for, and tells of each end."""

    def setUp(self) -> None:
        super().setUp()
        self.gate = Doorkeeper(2)

    def listen(self, plainly: bool = True) -> tcp.Port:
        port = tcp.Port(0, self.factory, 10, "127.0.0.1", self.reactor)
        if plainly:
            accept_bare(port)
        port.startListening()
        self.addCleanup(self.stop, port)
        guard(port, self.gate)
        return port

    def stop(self, port: tcp.Port) -> None:
        for one in self.made:
            if one.transport is not None:
                one.transport.abortConnection()
        stopped = port.stopListening()
        self.reactor.run()
        if stopped is not None:
            self.successResultOf(stopped)

    def knock(self, port: tcp.Port) -> socket.socket:
        if isinstance(port, unix.Port):
            client = socket.socket(socket.AF_UNIX)
            client.connect("gate.sock")
        else:
            client = socket.create_connection((port.getHost().host, port.getHost().port))
        self.addCleanup(client.close)
        return client

    def check(self, port: tcp.Port) -> None:
        clients = [self.knock(port) for _ in range(3)]
        for _ in range(5):
            self.reactor.turn()
        self.assertEqual((len(self.made), self.gate.open), (2, 2))
        self.assertTrue(self.gate.turned)
        self.assertTrue(self.gate.highest)
        clients[0].close()
        self.reactor.turn()
        self.reactor.turn()
        self.assertEqual((len(self.made), self.gate.open), (3, 2))
        clients[1].close()
        clients[2].close()
        self.reactor.run()
        self.assertEqual(self.gate.open, 0)

    def test_plain(self) -> None:
        self.check(self.listen())

    def test_twisteds_own(self) -> None:
        """As below TLS."""
        self.check(self.listen(plainly=False))

    def test_room_that_ends(self) -> None:
        """The first client gets a descriptor that is kept back: the others wait, though there was room."""

        class Short(Doorkeeper):
            def room(self) -> int:
                return 0 if self.open else 1000

        for plainly in (True, False):
            self.made.clear()
            self.gate = Short(0)
            port = self.listen(plainly)
            self.gate.full = port.stopReading  # type: ignore[method-assign]  # as a real one does
            for _ in range(3):
                self.knock(port)
            for _ in range(5):
                self.reactor.turn()
            self.assertEqual((len(self.made), self.gate.open), (1, 1), plainly)

    def test_ipv6(self) -> None:
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            raise SkipTest("no IPv6 here") from None
        port = tcp.Port(0, self.factory, 10, "::1", self.reactor)
        accept_bare(port)
        port.startListening()
        self.addCleanup(self.stop, port)
        guard(port, self.gate)
        self.check(port)

    def test_unix(self) -> None:
        folder = self.mktemp()
        os.makedirs(folder)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder)
        port = unix.Port(b"gate.sock", self.factory, 10, reactor=self.reactor)
        accept_bare(port)
        port.startListening()
        self.addCleanup(self.stop, port)
        guard(port, self.gate)
        self.check(port)

    def test_aborted(self) -> None:
        """An end of ours counts as one of theirs."""
        port = self.listen()
        self.knock(port)
        self.reactor.run()
        self.assertEqual(self.gate.open, 1)
        self.made[0].transport.abortConnection()
        self.reactor.run()
        self.assertEqual(self.gate.open, 0)

    def test_turned_away(self) -> None:
        """Whom the factory builds nothing for does not count."""
        self.factory.buildProtocol = lambda addr: None  # type: ignore[method-assign]
        self.knock(self.listen())
        self.reactor.run()
        self.assertEqual(self.gate.open, 0)

    def test_no_descriptor_left(self) -> None:
        """The client is not turned away: it waits."""
        port = self.listen()
        client = self.knock(port)
        real = port.socket

        class Full:
            def _accept(self) -> object:
                raise OSError(errno.EMFILE, "too many open files")

        port.socket = Full()  # type: ignore[assignment]  # as much of one as is needed
        port.doRead()
        port.socket = real
        assert self.gate.lack is not None
        self.assertEqual(self.gate.lack.errno, errno.EMFILE)
        self.reactor.run()
        self.assertEqual(len(self.made), 1)
        client.send(b"hello")
        self.reactor.run()
        self.assertEqual(self.made[0].received, b"hello")
