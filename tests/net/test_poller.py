"""Sockets that are watched by an epoll of our own."""

from __future__ import annotations

import gc
import os
import select
import socket
from weakref import ref

from twisted.internet import reactor as real_reactor
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IReadDescriptor
from twisted.internet.posixbase import PosixReactorBase
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from quorumha.net.poller import Poller, before_reading, watch_of
from quorumha.net.timeout import Limit
from quorumha.net.transport import SocketTransport
from tests.net.real_turns import RealTurns
from tests.net.turns import Listener, Polled, Turns, pair
from tests.net.watched import PollerCase, Watched

if not hasattr(select, "epoll"):
    __test__ = False


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

    def test_before_writing(self) -> None:
        """What comes up in the midst of a batch keeps the next one from writing."""
        one, two = self.watched(b"x"), self.watched()
        self.poller.addWriter(two)
        self.addCleanup(self.poller.before_reading(lambda: one.told and self.poller.removeWriter(two)))
        self.poller.doRead()
        self.assertEqual((one.told, two.told), (["read"], []))

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

    def test_hang_up_of_one_that_is_read_again(self) -> None:
        """What the kernel said while it was paused says nothing of bytes: they are read before the end."""
        first, second = self.watched(), self.watched()
        self.poller.pauseReader(second)
        first.then = lambda: self.poller.addReader(second)
        first.other.send(b"x")
        second.other.send(b"y")
        second.other.close()
        self.poller.doRead()
        self.assertEqual([first.told, second.told], [["read"], []])
        self.poller.doRead()
        self.assertEqual(second.told, ["read"])

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
