"""What is not being read is still watched, and what ends is told in its turn."""

from __future__ import annotations

import select
import socket

from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

import tests.net.test_transport as transports
from quorumha.net.poller import Poller, watch_of
from quorumha.net.transport import SocketTransport
from tests.net.real_turns import RealTurns
from tests.net.turns import Listener, pair, read_all
from tests.net.watched import Watched

if not hasattr(select, "epoll"):
    __test__ = False


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
