"""Sockets that are watched by an epoll of our own."""

from __future__ import annotations

import gc
import os
import select
import socket
from collections.abc import Callable
from typing import Any
from weakref import ref

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
)
from twisted.internet import reactor as real_reactor
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.protocol import Factory, connectionDone
from twisted.internet.task import Clock
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

import tests.net.test_connect as dialling
import tests.net.test_transport as transports
from quorumha.net.accept import SocketServerEndpoint
from quorumha.net.connect import SocketClientEndpoint
from quorumha.net.poller import Poller, before_reading, watch_of
from quorumha.net.socket_options import end_behind
from quorumha.net.timeout import Limit
from quorumha.net.transport import SocketTransport
from tests.net.turns import Listener, Polled, Turns, pair, read_all
from tests.nightly import play

log = Logger()

if not hasattr(select, "epoll"):
    __test__ = False


class ReadTests(transports.ReadTests):
    """What comes, by the poller."""

    turns = Polled


class WriteTests(transports.WriteTests):
    """What goes, by the poller."""

    turns = Polled


class ProducerTests(transports.ProducerTests):
    """Back-pressure, by the poller."""

    turns = Polled


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


class PollerTests(PollerCase):
    """Who is called, and what becomes of it."""

    def test_interface(self) -> None:
        verifyObject(IReadDescriptor, self.poller)
        self.assertEqual(self.poller.logPrefix(), "quorumha")

    def test_in_the_reactor_while_there_is_anyone(self) -> None:
        one, two = self.watched(), self.watched()
        self.assertEqual(self.reactor.readers, {self.poller})
        one.close()
        self.assertEqual(self.reactor.readers, {self.poller})
        two.close()
        self.assertEqual(self.reactor.readers, set())
        three = self.watched(b"x")
        self.reactor.turn()
        self.assertEqual(three.told, ["read"])

    def test_a_reactor_that_was_swept(self) -> None:
        """Who comes after C{removeAll}, as trial does between tests, is served."""
        self.watched()
        self.reactor.readers.clear()
        one = self.watched(b"x")
        self.reactor.turn()
        self.assertEqual(one.told, ["read"])

    def test_before_reading(self) -> None:
        """Somebody may see to it that what is ready is not read; when it fails, all goes on."""
        one = self.watched(b"x")

        def fail() -> None:
            raise ValueError

        ends = [self.poller.before_reading(fail), self.poller.before_reading(lambda: first())]
        first = lambda: self.poller.removeReader(one)  # noqa: E731  # short
        self.poller.doRead()
        self.assertEqual(one.told, [])
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        for end in ends:
            end()
        self.poller.addReader(one)
        self.poller.doRead()
        self.assertEqual(one.told, ["read"])

    def test_before_reading_without_a_poller(self) -> None:
        """A reactor that watches no descriptors calls nobody."""
        before_reading(Clock(), lambda: self.fail("called"))()

    def test_both(self) -> None:
        one = self.watched(b"x")
        self.poller.addWriter(one)
        self.poller.doRead()
        self.assertEqual(one.told, ["read", "write"])
        self.poller.removeReader(one)
        self.poller.doRead()
        self.assertEqual(one.told, ["read", "write", "write"])
        self.poller.removeWriter(one)
        self.poller.doRead()
        self.assertEqual(one.told, ["read", "write", "write"])

    def test_removed_while_others_are_served(self) -> None:
        first, second = self.watched(b"x"), self.watched(b"x")
        for one, other in ((first, second), (second, first)):
            one.then = lambda other=other: self.poller.removeReader(other)
        self.poller.doRead()
        self.assertEqual(sorted([first.told, second.told]), [[], ["read"]])

    def test_writing_stopped_while_reading(self) -> None:
        one = self.watched(b"x")
        self.poller.addWriter(one)
        one.then = lambda: self.poller.removeWriter(one)
        self.poller.doRead()
        self.assertEqual(one.told, ["read"])

    def test_number_given_to_another(self) -> None:
        """A batch may hold old news of a number; the socket that has it now is not told."""
        for end in (False, True):
            both = [self.watched(b"x"), self.watched(b"x")]
            made: list[Watched] = []
            for one, other in (both, reversed(both)):
                if end:
                    one.other.close()

                def replace(other: Watched = other, made: list[Watched] = made) -> None:
                    number = other.fileno()
                    other.close()
                    made.append(self.watched(number=number))

                one.then = replace
            self.poller.doRead()
            self.assertEqual(len(made), 1)
            self.assertEqual(made[0].told, [])
            made[0].other.send(b"x")
            self.poller.doRead()
            self.assertEqual(made[0].told, ["read"])

    def test_returned_reason(self) -> None:
        one = self.watched(b"x")
        one.then = ConnectionLost
        self.poller.doRead()
        self.assertEqual(one.told, ["read", "ConnectionLost"])
        self.assertEqual(self.reactor.readers, set())

    def test_bug(self) -> None:
        """It ends its own connection, with itself as the reason, and no other."""

        def bug() -> None:
            raise ZeroDivisionError

        one, two, three = self.watched(b"x"), self.watched(b"x"), self.watched(b"x")
        two.then = bug
        self.poller.doRead()
        self.assertEqual(
            [one.told, two.told, three.told], [["read"], ["read", "ZeroDivisionError"], ["read"]]
        )
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_hang_up(self) -> None:
        """Clean for one that has read everything, a loss for one that only writes."""
        one = Watched(self.poller)
        one.close()
        # A pipe says so without being readable; what closes it is the cleanup.
        one.fd, writing = os.pipe()
        self.addCleanup(os.close, one.fd)
        self.poller.addReader(one)
        os.close(writing)
        two = self.watched()
        self.poller.removeReader(two)
        self.poller.addWriter(two)
        two.other.close()
        self.poller.doRead()
        self.assertEqual([one.told, two.told], [["ConnectionDone"], ["ConnectionLost"]])

    def test_bug_in_writing(self) -> None:
        def bug() -> None:
            raise ZeroDivisionError

        one = self.watched()
        self.poller.addWriter(one)
        one.then = bug
        self.poller.doRead()
        self.assertEqual(one.told, ["write", "ZeroDivisionError"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_bug_at_the_end(self) -> None:
        """C{connectionLost} may fail, too."""

        class Broken(Watched):
            def connectionLost(self, reason: Failure) -> None:
                super().connectionLost(reason)
                raise ZeroDivisionError

        one = Broken(self.poller)
        self.addCleanup(one.close)
        self.poller.addReader(one)
        one.then = ConnectionLost
        one.other.send(b"x")
        two = self.watched(b"x")
        self.poller.doRead()
        self.assertEqual([one.told, two.told], [["read", "ConnectionLost"], ["read"]])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_everybody_once(self) -> None:
        """Between two turns of the reactor every socket is read once, however many are ready."""
        many = [self.watched(b"xy") for _ in range(450)]
        self.poller.doRead()
        self.assertEqual([one.told for one in many], [["read"]] * len(many))
        for one in many[::2]:
            one.close()
        for one in many[1::2]:
            one.other.send(b"z")
        self.poller.doRead()
        self.assertEqual([one.told for one in many[1::2]], [["read", "read"]] * 225)

    def test_the_reactor_stops(self) -> None:
        """It tells those that it has, and a poller passes it on to all of its own."""
        one, two = self.watched(), self.watched()
        self.poller.removeReader(two)
        self.poller.addWriter(two)
        self.reactor.readers.clear()
        self.poller.connectionLost(Failure(ConnectionLost()))
        self.assertEqual([one.told, two.told], [["ConnectionLost"]] * 2)

    def test_plain_transport_in_the_middle_of_a_batch(self) -> None:
        """A protocol that breaks is told, like any other; its socket is closed."""

        class Broken(Listener):
            def dataReceived(self, data: bytes) -> None:
                raise ZeroDivisionError

        polled = Polled()
        ours, other = socket.socketpair()
        self.addCleanup(other.close)
        ours.setblocking(False)
        protocol = Broken()
        transport = SocketTransport(polled, ours, protocol, "")
        transport.begin()
        other.send(b"x")
        polled.run()
        self.assertEqual(protocol.lost, ["ZeroDivisionError"])
        self.assertEqual((transport.fileno(), polled.outer.readers), (-1, set()))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)


class RealTurns(EPollReactor):
    """Twisted's own reactor on epoll, turned by a test; plain transports get a L{Poller} in it."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[Any, tuple[Any, ...]]] = []

    @property
    def readers(self) -> set[Any]:
        poller = watch_of(self)
        assert isinstance(poller, Poller)
        return set(poller._readers.values())

    @property
    def writers(self) -> set[Any]:
        poller = watch_of(self)
        assert isinstance(poller, Poller)
        return set(poller._writers.values())

    def turn(self) -> bool:
        """Delayed calls that are due, then those that are ready."""
        due = [call for call in self.getDelayedCalls() if call.getTime() <= self.seconds()]
        self.runUntilCurrent()
        ready, _, _ = select.select([self._poller], [], [], 0)  # type: ignore[attr-defined]  # its epoll
        self.doIteration(0)
        return bool(due or ready)

    def run(self) -> None:  # type: ignore[override]  # nobody starts it
        while self.turn():
            pass

    def advance(self, seconds: float) -> None:
        """Time passes by itself."""
        self.runUntilCurrent()

    def close(self) -> None:
        """Leave no descriptor behind."""
        self.removeAll()
        self._poller.close()  # type: ignore[attr-defined]  # as above


class RealCase(transports.TransportCase):
    """In Twisted's own reactor."""

    def setUp(self) -> None:
        self.reactor = RealTurns()  # type: ignore[assignment]  # as far as these tests use it
        self.addCleanup(self.reactor.close)


class RealReadTests(RealCase, transports.ReadTests):
    """What comes, in Twisted's own reactor."""


class RealWriteTests(RealCase, transports.WriteTests):
    """What goes, in Twisted's own reactor."""


class RealProducerTests(RealCase, transports.ProducerTests):
    """Back-pressure, in Twisted's own reactor."""


class JudgedAfterReadingTests(SynchronousTestCase):
    """After a stall of our own, limits have passed and responses lie in the sockets."""

    def test_many(self) -> None:
        """Whoever responded in time is heard before its limit is judged, in Twisted's own reactor."""
        reactor = RealTurns()
        self.addCleanup(reactor.close)
        late: list[int] = []

        class Waiting(Listener):
            def __init__(self, number: int) -> None:
                super().__init__()
                self.limit = Limit(reactor, 0.0, lambda: late.append(number))

            def dataReceived(self, data: bytes) -> None:
                super().dataReceived(data)
                self.limit.cancel()

        waiting = [Waiting(number) for number in range(400)]
        for one in waiting:
            _, other = pair(reactor, one)  # type: ignore[arg-type]  # as far as it is used
            self.addCleanup(other.close)
            other.send(b"in time")
        for _ in range(4):
            reactor.turn()
        self.assertEqual(late, [])
        self.assertEqual({one.received for one in waiting}, {b"in time"})


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


class PausedTests(SynchronousTestCase):
    """What is not being read is still watched."""

    def setUp(self) -> None:
        self.reactor = RealTurns()
        self.addCleanup(self.reactor.close)

    def paused(
        self, half: bool = False, says: bytes = b"", tcp: bool = True
    ) -> tuple[Listener, SocketTransport, socket.socket]:
        protocol = transports.HalfListener() if half else Listener()
        transport, other = pair(self.reactor, protocol, tcp)  # type: ignore[arg-type]  # as far as it is used
        self.addCleanup(other.close)
        self.addCleanup(transport.abortConnection)
        transport.pauseProducing()
        if says:
            other.send(says)
        return protocol, transport, other

    def reset(self, other: socket.socket) -> None:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        other.close()

    def idle(self) -> None:
        """The reactor comes to rest: nobody is told the same thing for ever."""
        for _ in range(50):
            if not self.reactor.turn():
                return
        self.fail("the reactor never comes to rest")

    def test_reset(self) -> None:
        """Whoever is paused, and whatever was sent before."""
        for half in (False, True):
            for says in (b"", b"unread"):
                protocol, transport, other = self.paused(half, says)
                self.idle()
                self.reset(other)
                self.idle()
                self.assertEqual((protocol.received, protocol.lost), (b"", ["ConnectionLost"]))
                self.assertEqual(transport.fileno(), -1)

    def test_reset_after_the_end(self) -> None:
        """Who has sent its end, and is gone after that, is gone at once."""
        for says in (b"", b"request"):
            protocol, transport, other = self.paused(True)
            transport.resumeProducing()
            if says:
                other.send(says)
            other.shutdown(socket.SHUT_WR)
            self.idle()
            self.assertEqual((protocol.received, protocol.lost), (says, []))
            self.assertEqual(protocol.ends, ["read"])  # type: ignore[attr-defined]  # it half-closes
            self.reset(other)
            self.idle()
            self.assertEqual(protocol.lost, ["ConnectionLost"])
            self.assertEqual(transport.fileno(), -1)

    def test_end_of_who_cannot_half_close(self) -> None:
        """It means what it means while it is read, once there is nothing to be read before it."""
        protocol, transport, other = self.paused()
        other.shutdown(socket.SHUT_WR)
        self.idle()
        self.assertEqual((protocol.lost, transport.fileno()), (["ConnectionDone"], -1))

    def test_end_behind_bytes(self) -> None:
        """They are read first; that it is gone is noticed all the same."""
        for gone in (False, True):
            protocol, transport, other = self.paused(says=b"unread")
            other.shutdown(socket.SHUT_WR)
            self.idle()
            self.assertEqual(protocol.lost, [])
            if gone:
                self.reset(other)
                self.idle()
                self.assertEqual((protocol.received, protocol.lost), (b"", ["ConnectionLost"]))
                continue
            transport.resumeProducing()
            self.idle()
            self.assertEqual((protocol.received, protocol.lost), (b"unread", ["ConnectionDone"]))

    def test_half_closed_is_not_gone(self) -> None:
        protocol, transport, other = self.paused(True, b"request")
        other.shutdown(socket.SHUT_WR)
        self.idle()
        self.assertEqual((protocol.received, protocol.lost), (b"", []))
        transport.write(b"response")
        self.assertEqual(read_all(other), b"response")
        transport.resumeProducing()
        self.idle()
        self.assertEqual((protocol.received, protocol.lost), (b"request", []))
        self.assertEqual(protocol.ends, ["read"])  # type: ignore[attr-defined]  # it half-closes

    def test_both_ended_behind_bytes(self) -> None:
        """Nothing is lost of who has ended as we have, while it is not read."""
        for tcp in (False, True):
            protocol, transport, other = self.paused(True, b"response", tcp)
            transport.loseWriteConnection()
            other.close() if not tcp else other.shutdown(socket.SHUT_WR)
            self.idle()
            self.assertEqual((protocol.received, protocol.lost), (b"", []))
            transport.resumeProducing()
            self.idle()
            self.assertEqual(protocol.received, b"response")

    def test_unix_socket_closed(self) -> None:
        """A unix socket that is closed is gone, with nothing left to read."""
        for half in (False, True):
            protocol, transport, other = self.paused(half, tcp=False)
            other.close()
            self.idle()
            self.assertEqual((protocol.lost, transport.fileno()), (["ConnectionDone"], -1))

    def test_gone_while_bytes_wait_for_it(self) -> None:
        protocol, transport, other = self.paused(True)
        transport.write(transports.BIG * 3)
        self.idle()
        self.reset(other)
        self.idle()
        self.assertEqual((protocol.lost, transport.fileno()), (["ConnectionLost"], -1))

    def test_many(self) -> None:
        """None of them costs anything afterwards."""
        all_of_them = [self.paused(number % 2 == 0, b"x" * (number % 3)) for number in range(60)]
        for _, _, other in all_of_them:
            self.reset(other)
        self.idle()
        self.assertEqual({tuple(protocol.lost) for protocol, _, _ in all_of_them}, {("ConnectionLost",)})
        poller = watch_of(self.reactor)
        assert isinstance(poller, Poller)
        self.assertEqual((poller._paused, poller._masks), ({}, {}))


class EndTests(SynchronousTestCase):
    """Ends that are told in the turn in which they were made."""

    def setUp(self) -> None:
        self.reactor = RealTurns()
        self.addCleanup(self.reactor.close)
        self.order: list[str] = []

    def transport(self, protocol: Listener) -> tuple[SocketTransport, socket.socket]:
        transport, other = pair(self.reactor, protocol)  # type: ignore[arg-type]  # as far as it is used
        self.addCleanup(other.close)
        return transport, other

    def test_breaks_another(self) -> None:
        """It is told once the one that breaks it has returned, without a delayed call."""
        order = self.order

        class Ended(Listener):
            def connectionLost(self, reason: Failure = connectionDone) -> None:
                order.append("lost")

        ended = Ended()
        its, far = self.transport(ended)

        class Breaking(Listener):
            def dataReceived(self, data: bytes) -> None:
                its.abortConnection()
                order.append("broken")

        _, other = self.transport(Breaking())
        other.send(b"x")
        far.send(b"never read")
        self.reactor.turn()
        self.assertEqual(order, ["broken", "lost"])
        self.assertEqual(its.fileno(), -1)
        self.assertEqual(self.reactor.getDelayedCalls(), [])
        self.assertEqual(ended.received, b"")

    def test_outside_of_a_batch(self) -> None:
        """Then it takes a delayed call; what comes meanwhile is not read."""
        protocol = Listener()
        transport, other = self.transport(protocol)
        other.send(b"never read")
        transport.abortConnection()
        watch_of(self.reactor).doRead()  # type: ignore[attr-defined]  # it is a poller
        self.assertEqual((protocol.received, protocol.lost), (b"", []))
        self.reactor.turn()
        self.assertEqual(protocol.lost, ["ConnectionAborted"])

    def test_last_words_that_raise(self) -> None:
        """Whoever ends in the same turn is told all the same."""

        class Broken(Listener):
            def connectionLost(self, reason: Failure = connectionDone) -> None:
                raise ZeroDivisionError

        class Leaving(Listener):
            def dataReceived(self, data: bytes) -> None:
                for one in ends:
                    one.abortConnection()

        quiet = Listener()
        ends = [self.transport(Broken())[0], self.transport(quiet)[0]]
        _, other = self.transport(Leaving())
        other.send(b"x")
        self.reactor.turn()
        self.assertEqual(quiet.lost, ["ConnectionAborted"])
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_number_taken_again(self) -> None:
        """A connection that takes the number of one that has just ended is told of its own news alone."""
        for _ in range(3):
            protocol = Listener()
            transport, other = self.transport(protocol)
            other.send(b"one")
            self.reactor.turn()
            transport.abortConnection()
            self.reactor.turn()
            self.assertEqual((protocol.received, protocol.lost), (b"one", ["ConnectionAborted"]))
            again = Listener()
            its, far = self.transport(again)
            far.send(b"two")
            self.reactor.turn()
            self.assertEqual((again.received, again.lost), (b"two", []))
            its.abortConnection()
            self.reactor.turn()

    def test_one_that_stays_open(self) -> None:
        """Whoever ends and does not close its descriptor is not asked about it any more."""

        class Open(Watched):
            def connectionLost(self, reason: Failure) -> None:
                self.told.append("over")

        poller = Poller(self.reactor)
        one = Open(poller)
        self.addCleanup(one.close)
        one.then = ConnectionLost
        poller.addReader(one)
        one.other.send(b"xyz")
        poller.doRead()
        self.assertEqual(one.told, ["read", "over"])
        ready, _, _ = select.select([poller], [], [], 0)
        self.assertEqual(ready, [])


class WatchTests(SynchronousTestCase):
    """Which reactor gets a poller."""

    def test_others_watch_themselves(self) -> None:
        turns = Turns()
        self.assertIs(watch_of(turns), turns)

    def test_posix(self) -> None:
        self.assertIsInstance(real_reactor, PosixReactorBase)
        watch = watch_of(real_reactor)
        self.assertIsInstance(watch, Poller)
        self.assertIs(watch_of(real_reactor), watch)
        self.assertNotIn(watch, real_reactor.getReaders())  # type: ignore[attr-defined]  # of IReactorFDSet

    def test_dies_with_its_reactor(self) -> None:
        turns = Turns()
        gone = ref(turns)
        poller = Poller(turns)
        one = Watched(poller)
        poller.addReader(one)
        one.close()
        del turns
        gc.collect()
        self.assertIsNone(gone())
        one = Watched(poller)
        poller.addReader(one)
        one.close()


class DialTests(dialling.DialTests):
    """Dialling, where the connections are watched by the poller."""

    def setUp(self) -> None:
        super().setUp()
        self.reactor = Polled()


NUMBERS = st.integers(0, 5)


class _Machine(RuleBasedStateMachine):
    """Sockets that come and go, also in the middle of a batch, with numbers that are used again.

    The model: who reads, who writes, whose other end has said something.  Nobody is told of what he did not
    ask for, or of what is not so; everybody who is ready is told.
    """

    def __init__(self) -> None:
        super().__init__()
        self.reactor = Turns()
        self.poller = Poller(self.reactor)
        self.all: list[Watched] = []
        self.reads: set[Watched] = set()
        self.writes: set[Watched] = set()
        self.paused: set[Watched] = set()
        self.spoken: set[Watched] = set()
        self.left: set[Watched] = set()
        self.touched: set[Watched] = set()

    def pick(self, number: int) -> Watched:
        return self.all[number % len(self.all)]

    @rule()
    def open(self) -> None:
        self.all.append(Watched(self.poller))

    @precondition(lambda self: self.all)
    @rule(number=NUMBERS)
    def close(self, number: int) -> None:
        one = self.pick(number)
        self.forget(one)
        one.close()

    def forget(self, one: Watched) -> None:
        self.all.remove(one)
        for group in (self.reads, self.writes, self.paused, self.spoken, self.left):
            group.discard(one)

    @precondition(lambda self: self.all)
    @rule(
        number=NUMBERS,
        what=st.sampled_from(["addReader", "pauseReader", "removeReader", "addWriter", "removeWriter"]),
    )
    def ask(self, number: int, what: str) -> None:
        one = self.pick(number)
        getattr(self.poller, what)(one)
        group = self.reads if "Reader" in what else self.writes
        (group.add if what.startswith("add") else group.discard)(one)
        if "Reader" in what:
            (self.paused.add if what.startswith("pause") else self.paused.discard)(one)
        self.touched.add(one)

    @precondition(lambda self: self.all)
    @rule(number=NUMBERS)
    def speak(self, number: int) -> None:
        one = self.pick(number)
        if one not in self.spoken and one not in self.left:
            one.other.send(b"x")
            self.spoken.add(one)

    @precondition(lambda self: self.all)
    @rule(number=NUMBERS)
    def leave(self, number: int) -> None:
        one = self.pick(number)
        one.other.close()
        self.left.add(one)

    @rule(
        plans=st.lists(
            st.tuples(NUMBERS, st.sampled_from(["close", "swap", "stop", "pause"]), NUMBERS), max_size=4
        )
    )
    def turn(self, plans: list[tuple[int, str, int]]) -> None:
        """Serve a batch, in which some do something to others."""
        self.touched = set()
        for number, what, target in plans:
            if self.all:
                one, other = self.pick(number), self.pick(target)
                one.then = lambda one=one, other=other, what=what: self.meddle(one, other, what)
        before = list(self.all)
        expected = {
            one: [
                word
                for word, so in (
                    ("read", one in self.reads and one in self.spoken),
                    ("end", one in self.reads and one in self.left and one not in self.spoken),
                    ("write", one in self.writes and one not in self.left),
                )
                if so
            ]
            for one in before
        }
        for one in before:
            one.told = []
        self.poller.doRead()
        for one in before:
            one.then = lambda: None
            calls = [word for word in one.told if word in ("read", "end", "write")]
            lost = [word for word in one.told if word not in calls]
            assert len(lost) <= 1
            if lost:
                assert one in self.left, "only what has ended is lost"
                if one in self.all:
                    self.forget(one)
            elif one not in self.touched and one in self.all and one not in self.left:
                assert calls == expected[one], (calls, expected[one])
            else:
                assert set(calls) <= {*expected[one], "read", "end", "write"}
            if "read" in calls:
                self.spoken.discard(one)
            if one in self.paused and self.poller._paused.get(one.fd) is not one:
                assert one in self.left and one in self.spoken, "only what has ended behind bytes is let be"
                self.paused.discard(one)
            elif one in self.paused:
                assert one not in self.left or one in self.touched, "the end of who is paused is told"
        for one in set(self.all) - set(before):
            assert one.told == [], "old news of the number reached the new socket"

    def meddle(self, one: Watched, other: Watched, what: str) -> Any:
        one.then = lambda: None
        if other not in self.all or "ConnectionDone" in other.told or "ConnectionLost" in other.told:
            return
        if what in ("stop", "pause"):
            (self.poller.removeReader if what == "stop" else self.poller.pauseReader)(other)
            self.reads.discard(other)
            (self.paused.discard if what == "stop" else self.paused.add)(other)
            self.touched.add(other)
            return
        number = other.fileno()
        self.forget(other)
        other.close()
        if what == "swap":
            new = Watched(self.poller, number)
            self.all.append(new)
            self.poller.addReader(new)
            self.poller.addWriter(new)
            self.reads.add(new)
            self.writes.add(new)

    @invariant()
    def in_the_reactor_while_there_is_anyone(self) -> None:
        assert self.poller.watched() == self.reads | self.writes
        everyone = self.reads | self.writes | self.paused
        assert set(self.poller._masks) == {one.fd for one in everyone}
        assert self.reactor.readers == ({self.poller} if everyone else set())

    def teardown(self) -> None:
        for one in self.all:
            one.close()


class PollerMachineTests(SynchronousTestCase):
    """See L{_Machine}."""

    def test_any_order(self) -> None:
        play(_Machine, 150, steps=40, health_checks=True)
