"""What is raised in anything that an epoll of our own calls."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import Factory, connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

import tests.net.test_transport as transports
from quorumha.net.accept import SocketServerEndpoint
from quorumha.net.connect import SocketClientEndpoint
from quorumha.net.poller import Poller, watch_of
from quorumha.net.transport import SocketTransport
from tests.net.real_turns import RealTurns
from tests.net.turns import Listener, pair, read_all
from tests.net.watched import Watched

log = Logger()

if not hasattr(select, "epoll"):
    __test__ = False

#: What may go wrong in anything that is called.
BROKEN = (ZeroDivisionError, SystemExit, KeyboardInterrupt, GeneratorExit)


class BrokenTests(SynchronousTestCase):
    """Whatever is raised, in whatever is called: it ends its own connection, and the poller goes on."""

    def setUp(self) -> None:
        self.reactor = RealTurns()
        self.addCleanup(self.reactor.close)
        self.others: list[tuple[Listener, socket.socket]] = []

    def transport(self, protocol: Listener) -> tuple[SocketTransport, socket.socket]:
        transport, other = pair(self.reactor, protocol)  # type: ignore[arg-type]  # as far as it is used
        self.addCleanup(other.close)
        return transport, other

    def bystander(self) -> None:
        protocol = Listener()
        self.others.append((protocol, self.transport(protocol)[1]))

    def check(self, error: type[BaseException], make: Callable[[Callable[[], None]], Any]) -> None:
        """One that breaks between two that do not."""
        self.others.clear()
        self.bystander()

        def broken() -> None:
            raise error

        make(broken)
        self.bystander()
        for word in (b"one ", b"two "):
            for _, other in self.others:
                other.send(word)
            self.reactor.run()
        for protocol, _ in self.others:
            self.assertEqual((protocol.received, protocol.lost), (b"one two ", []))
        self.assertIn(watch_of(self.reactor), self.reactor.getReaders())
        self.assertGreaterEqual(len(self.flushLoggedErrors(error)), 1)

    def test_reading(self) -> None:
        for error in BROKEN:

            def make(broken: Callable[[], None]) -> None:
                class Broken(Listener):
                    def dataReceived(self, data: bytes) -> None:
                        broken()

                _, other = self.transport(Broken())
                other.send(b"x")

            self.check(error, make)

    def test_ending(self) -> None:
        for error in BROKEN:

            def make(broken: Callable[[], None]) -> None:
                class Broken(Listener):
                    def connectionLost(self, reason: Failure = connectionDone) -> None:
                        broken()

                _, other = self.transport(Broken())
                other.close()

            self.check(error, make)

    def test_half_closing(self) -> None:
        for error in BROKEN:

            def make(broken: Callable[[], None]) -> None:
                class Broken(transports.HalfListener):
                    def readConnectionLost(self) -> None:
                        broken()

                _, other = self.transport(Broken())
                other.shutdown(socket.SHUT_WR)

            self.check(error, make)
            self.assertEqual(len(watch_of(self.reactor)._readers), 2 * (BROKEN.index(error) + 1))  # type: ignore[attr-defined]

    def test_ending_in_the_same_turn(self) -> None:
        for error in BROKEN:

            def make(broken: Callable[[], None]) -> None:
                class Broken(Listener):
                    def dataReceived(self, data: bytes) -> None:
                        self.transport.abortConnection()

                    def connectionLost(self, reason: Failure = connectionDone) -> None:
                        broken()

                _, other = self.transport(Broken())
                other.send(b"x")

            self.check(error, make)

    def test_producing(self) -> None:
        """A producer is called when the kernel takes bytes again."""
        for error in BROKEN:

            def make(broken: Callable[[], None]) -> None:
                class Broken(transports.Producer):
                    def resumeProducing(self) -> None:
                        broken()

                transport, other = self.transport(Listener())
                transport.registerProducer(Broken(), True)
                transport.write(transports.BIG)
                while self.reactor.writers:
                    read_all(other)
                    self.reactor.turn()

            self.check(error, make)

    def test_progressing(self) -> None:
        for error in BROKEN:

            def make(broken: Callable[[], None]) -> None:
                transport, other = self.transport(Listener())
                transport.progressed = broken
                transport.write(transports.BIG)
                while self.reactor.writers:
                    read_all(other)
                    self.reactor.turn()

            self.check(error, make)

    def test_hanging_up(self) -> None:
        """One that is paused, and cannot say why it is over."""
        for error in BROKEN:

            def make(broken: Callable[[], None]) -> None:
                class Broken(SocketTransport):
                    def hung_up(self) -> tuple[Exception | None, bool]:
                        broken()
                        raise AssertionError

                ours, other = socket.socketpair()
                self.addCleanup(other.close)
                transport = Broken(self.reactor, ours, Listener(), "")
                transport.begin()
                transport.pauseProducing()
                other.close()

            self.check(error, make)

    def test_dialling(self) -> None:
        """What is called when a dial has ended, also when it ended at once."""
        for error in BROKEN:
            for what in ("buildProtocol", "makeConnection"):

                def make(broken: Callable[[], None], what: str = what) -> None:
                    class Broken(Listener):
                        def makeConnection(self, transport: Any) -> None:
                            broken()

                    class Building(Factory):
                        def buildProtocol(self, addr: Any) -> Any:
                            return Broken() if what == "makeConnection" else broken()

                    listening = socket.create_server(("127.0.0.1", 0))
                    self.addCleanup(listening.close)
                    endpoint = SocketClientEndpoint(self.reactor, socket.AF_INET, listening.getsockname())
                    failures: list[Failure] = []
                    endpoint.dial(Building(), failures.append, failures.append)
                    self.reactor.run()
                    self.assertEqual(len(failures), 1)
                    log.failure("told", failures[0])

                self.check(error, make)

    def test_accepting(self) -> None:
        for error in BROKEN:
            for what in ("buildProtocol", "makeConnection"):

                def make(
                    broken: Callable[[], None], what: str = what, error: type[BaseException] = error
                ) -> None:
                    class Broken(Listener):
                        def makeConnection(self, transport: Any) -> None:
                            broken()

                    class Building(Factory):
                        noisy = False

                        def buildProtocol(self, addr: Any) -> Any:
                            return Broken() if what == "makeConnection" else broken()

                    endpoint = SocketServerEndpoint(self.reactor, 0, 50, "127.0.0.1")
                    port = self.successResultOf(endpoint.listen(Building()))
                    client = socket.create_connection(("127.0.0.1", port.getHost().port))
                    self.addCleanup(client.close)
                    while not (found := self.flushLoggedErrors(error)):
                        self.reactor.turn()
                    log.failure("told", found[0])
                    self.assertIn(port, self.reactor.getReaders(), "it goes on listening")
                    port.stopListening()
                    self.reactor.run()

                self.check(error, make)

    def test_everything_at_once(self) -> None:
        """A descriptor that cannot even be asked for its number is forgotten."""

        class Hopeless(Watched):
            def fileno(self) -> int:
                if self.hopeless:
                    raise KeyboardInterrupt
                return super().fileno()

            hopeless = False

            def doRead(self) -> Any:
                self.hopeless = True
                raise SystemExit

        poller = watch_of(self.reactor)
        assert isinstance(poller, Poller)
        self.bystander()
        one = Hopeless(poller)
        self.addCleanup(one.close)
        poller.addReader(one)
        one.other.send(b"x")
        self.others[0][1].send(b"x")
        self.reactor.run()
        self.assertEqual(self.others[0][0].received, b"x")
        self.assertNotIn(one, poller.watched())
        one.hopeless = False
        self.flushLoggedErrors(SystemExit, KeyboardInterrupt)
