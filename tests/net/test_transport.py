"""Plain transports, on real socket pairs and a reactor that the test turns."""

from __future__ import annotations

import socket
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.interfaces import (
    IConsumer,
    IHalfCloseableDescriptor,
    IHalfCloseableProtocol,
    IPushProducer,
    IReadWriteDescriptor,
    ISystemHandle,
    ITCPTransport,
)
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from quorumha.net.transport import QUEUE_LIMIT, READ_MOST, READ_SIZE, SocketTransport
from tests.net.turns import Listener, Polled, Turns, pair, read_all

BIG = b"x" * 3_000_000


@implementer(IHalfCloseableProtocol)
class HalfListener(Listener):
    """Goes on after the other side has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[str] = []

    def readConnectionLost(self) -> None:
        self.ends.append("read")

    def writeConnectionLost(self) -> None:
        self.ends.append("write")


class Pieces(Listener):
    """Notes how much came at once."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def dataReceived(self, data: bytes) -> None:
        self.sizes.append(len(data))


class Producer:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


class TransportCase(SynchronousTestCase):
    """A transport and the other end."""

    #: Who watches the socket; test_polling runs these tests with the other one.
    turns: type[Turns] = Turns

    def setUp(self) -> None:
        self.reactor = self.turns()

    def begin(self, protocol: Listener | None = None, tcp: bool = False) -> SocketTransport:
        self.protocol = protocol or Listener()
        self.transport, self.other = pair(self.reactor, self.protocol, tcp)
        self.addCleanup(self.other.close)
        self.addCleanup(self.end)
        return self.transport

    def end(self) -> None:
        self.transport.abortConnection()
        self.reactor.advance(0)


class ReadTests(TransportCase):
    """What comes."""

    def test_interfaces(self) -> None:
        transport = self.begin()
        for interface in (
            IConsumer,
            IHalfCloseableDescriptor,
            IPushProducer,
            IReadWriteDescriptor,
            ISystemHandle,
            ITCPTransport,
        ):
            verifyObject(interface, transport)

    def test_small_pieces(self) -> None:
        """twisted.web asks for it of whatever claims to be TCP; a unix socket has nothing to switch off."""
        for tcp in (True, False):
            transport = self.begin(tcp=tcp)
            transport.setTcpNoDelay(True)
            self.assertTrue(transport.getTcpNoDelay())

    def test_data(self) -> None:
        self.begin()
        self.other.send(b"hello")
        self.reactor.run()
        self.assertEqual(self.protocol.received, b"hello")

    def test_pause(self) -> None:
        transport = self.begin()
        transport.pauseProducing()
        self.other.send(b"hello")
        self.reactor.run()
        self.assertEqual(self.protocol.received, b"")
        transport.resumeProducing()
        self.reactor.run()
        self.assertEqual(self.protocol.received, b"hello")

    def fill(self) -> None:
        """Send all that the kernel takes."""
        while True:
            try:
                self.other.send(BIG)
            except BlockingIOError:
                return

    def test_larger_pieces(self) -> None:
        """Who always has more is read in larger pieces, until there is less or nobody wants it."""
        protocol = Pieces()
        transport = self.begin(protocol)
        for _ in range(2):
            self.fill()
            self.reactor.turn()
        self.assertEqual(protocol.sizes, [READ_SIZE, 2 * READ_SIZE])
        self.reactor.run()
        self.fill()
        transport.pauseProducing()
        transport.resumeProducing()
        del protocol.sizes[:]
        self.reactor.turn()
        self.reactor.turn()
        self.assertEqual(protocol.sizes, [READ_SIZE, 2 * READ_SIZE])
        self.reactor.run()
        for _ in range(5):
            self.other.send(b"small")
            self.reactor.turn()
        self.fill()
        self.reactor.turn()
        self.assertEqual(protocol.sizes[-6:], [5, 5, 5, 5, 5, READ_SIZE])

    def test_no_larger_pieces(self) -> None:
        """Where the protocol does not want them."""
        protocol = Pieces()
        self.begin(protocol).read_most = READ_SIZE
        for _ in range(3):
            self.fill()
            self.reactor.turn()
        self.assertEqual(protocol.sizes, [READ_SIZE] * 3)

    def test_largest_piece(self) -> None:
        protocol = Pieces()
        self.begin(protocol, tcp=True)
        for _ in range(20):
            self.fill()
            self.reactor.turn()
        self.assertLessEqual(max(protocol.sizes), READ_MOST)

    def test_end(self) -> None:
        self.begin()
        self.other.send(b"last")
        self.other.close()
        self.reactor.run()
        self.assertEqual((self.protocol.received, self.protocol.lost), (b"last", ["ConnectionDone"]))
        self.assertEqual(self.transport.fileno(), -1)
        self.assertEqual((self.reactor.readers, self.reactor.writers), (set(), set()))

    def test_reset(self) -> None:
        self.begin(tcp=True)
        self.other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.other.close()
        self.reactor.run()
        self.assertEqual(self.protocol.lost, ["ConnectionLost"])

    def test_half(self) -> None:
        protocol = HalfListener()
        transport = self.begin(protocol)
        self.other.shutdown(socket.SHUT_WR)
        self.reactor.run()
        self.assertEqual((protocol.ends, protocol.lost), (["read"], []))
        transport.resumeProducing()
        self.assertEqual(self.reactor.readers, set(), "there is nothing more to read")
        transport.write(b"answer")
        self.assertEqual(read_all(self.other), b"answer")
        transport.loseWriteConnection()
        self.assertEqual(protocol.ends, ["read", "write"])
        transport.loseConnection()
        self.reactor.run()
        self.assertEqual(protocol.lost, ["ConnectionDone"])

    def test_replaced_protocol(self) -> None:
        transport = self.begin()
        later = Listener()
        transport.protocol = later
        self.other.send(b"x")
        self.reactor.run()
        self.assertEqual((self.protocol.received, later.received), (b"", b"x"))


class WriteTests(TransportCase):
    """What goes."""

    def test_at_once(self) -> None:
        self.begin().write(b"hello")
        self.assertEqual(read_all(self.other), b"hello")

    def test_queued(self) -> None:
        transport = self.begin()
        transport.write(BIG)
        transport.writeSequence([b"a", b"b"])
        got = b""
        while len(got) < len(BIG) + 2:
            got += read_all(self.other)
            self.reactor.turn()
        self.assertEqual(got, BIG + b"ab")
        self.assertEqual(self.reactor.writers, set())

    def test_close_after_all_is_written(self) -> None:
        transport = self.begin()
        transport.write(BIG)
        transport.loseConnection()
        transport.write(b"too late")
        got = b""
        while not self.protocol.lost:
            got += read_all(self.other)
            self.reactor.turn()
        self.assertEqual(got + read_all(self.other), BIG)
        self.assertEqual(self.protocol.lost, ["ConnectionDone"])

    def test_not_told_from_within(self) -> None:
        """C{connectionLost} never comes while the protocol is calling."""
        for end in ("loseConnection", "abortConnection"):
            transport = self.begin()
            getattr(transport, end)()
            self.assertEqual(self.protocol.lost, [])
            getattr(transport, end)()
            self.reactor.run()
            self.assertEqual(len(self.protocol.lost), 1)

    def test_abort(self) -> None:
        transport = self.begin(tcp=True)
        transport.write(BIG)
        transport.abortConnection()
        self.reactor.run()
        self.assertEqual(self.protocol.lost, ["ConnectionAborted"])
        with self.assertRaises(ConnectionResetError):
            read_all(self.other)

    def test_write_to_the_gone(self) -> None:
        transport = self.begin()
        transport.pauseProducing()
        self.other.close()
        transport.write(b"x")
        self.assertEqual(self.protocol.lost, [])
        self.reactor.run()
        self.assertEqual(self.protocol.lost, ["ConnectionLost"])
        transport.write(b"y")
        transport.loseConnection()
        transport.abortConnection()
        self.reactor.run()
        self.assertEqual(self.protocol.lost, ["ConnectionLost"])

    def test_end_of_writing_after_what_waits(self) -> None:
        protocol = HalfListener()
        transport = self.begin(protocol)
        transport.write(BIG)
        transport.loseWriteConnection()
        transport.write(b"too late")
        self.assertEqual(protocol.ends, [])
        got = b""
        while not protocol.ends:
            got += read_all(self.other)
            self.reactor.turn()
        self.assertEqual(got + read_all(self.other), BIG)
        self.assertEqual(protocol.ends, ["write"])
        self.other.send(b"still")
        self.reactor.run()
        self.assertEqual(protocol.received, b"still")

    def test_progress(self) -> None:
        """It is told when the other side takes some of what waits, and more waits."""
        transport = self.begin(tcp=True)
        told: list[int] = []
        transport.progressed = lambda: told.append(transport._queued)
        transport.write(b"all at once")
        self.reactor.run()
        transport.write(20 * BIG)
        waiting = transport._queued
        self.reactor.run()
        self.assertEqual(told, [], "nobody reads")
        got = 0
        while self.reactor.writers:
            got += len(read_all(self.other))
            self.reactor.turn()
        self.assertGreater(len(told), 3)
        self.assertEqual(told, sorted({*told, waiting}, reverse=True)[1:], "each with less than before")
        self.assertTrue(all(told), "not when nothing waits")

    def test_ended_by_who_is_told_of_progress(self) -> None:
        transport = self.begin(tcp=True)
        transport.progressed = transport.abortConnection
        transport.write(20 * BIG)
        while not self.protocol.lost:
            read_all(self.other)
            self.reactor.turn()
        self.assertEqual(self.protocol.lost, ["ConnectionAborted"])
        self.assertIsNone(transport.progressed)


class ProducerTests(TransportCase):
    """Back-pressure."""

    def drain(self) -> None:
        while self.reactor.writers:
            read_all(self.other)
            self.reactor.turn()

    def test_streaming(self) -> None:
        transport, producer = self.begin(), Producer()
        transport.registerProducer(producer, True)
        transport.write(b"x")
        self.assertEqual(producer.told, [])
        transport.write(BIG)
        self.assertEqual(producer.told, ["pause"])
        self.drain()
        self.assertEqual(producer.told, ["pause", "resume"])

    def test_small_queue_does_not_pause(self) -> None:
        transport, producer = self.begin(), Producer()
        while not self.reactor.writers:
            transport.write(b"x" * 1000)
        transport.registerProducer(producer, True)
        transport.write(b"x" * (QUEUE_LIMIT // 2))
        self.assertEqual(producer.told, [])

    def test_pull(self) -> None:
        transport, producer = self.begin(), Producer()
        transport.write(BIG)
        transport.registerProducer(producer, False)
        self.assertEqual(producer.told, ["resume"])
        self.drain()
        self.assertEqual(producer.told, ["resume", "resume"])

    def test_one_at_a_time(self) -> None:
        transport = self.begin()
        transport.registerProducer(Producer(), True)
        with self.assertRaises(RuntimeError):
            transport.registerProducer(Producer(), True)

    def test_gone(self) -> None:
        transport, producer = self.begin(), Producer()
        transport.registerProducer(producer, True)
        self.other.close()
        self.reactor.run()
        self.assertEqual(producer.told, ["stop"])
        later = Producer()
        transport.registerProducer(later, True)
        self.assertEqual(later.told, ["stop"])

    def test_close_waits_for_the_producer(self) -> None:
        transport = self.begin()
        transport.registerProducer(Producer(), True)
        transport.loseConnection()
        self.reactor.run()
        self.assertEqual(self.protocol.lost, [])
        transport.unregisterProducer()
        self.reactor.run()
        self.assertEqual(self.protocol.lost, ["ConnectionDone"])


class SocketTests(TransportCase):
    """Addresses and options."""

    def test_tcp(self) -> None:
        transport = self.begin(tcp=True)
        self.assertEqual(transport.getPeer().port, self.other.getsockname()[1])
        self.assertEqual(transport.getHost().host, "127.0.0.1")
        self.assertTrue(transport.getTcpNoDelay())
        transport.setTcpNoDelay(False)
        self.assertFalse(transport.getTcpNoDelay())
        transport.setTcpKeepAlive(True)
        self.assertTrue(transport.getTcpKeepAlive())

    def test_peer_that_left(self) -> None:
        """Its address is still known, though the kernel has forgotten it."""
        transport = self.begin(tcp=True)
        self.other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.other.close()
        self.assertEqual(transport.getPeer().host, "127.0.0.1")


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 400_000)),
        st.tuples(st.just("read"), st.just(0)),
        st.tuples(st.just("turn"), st.just(0)),
    ),
    max_size=25,
)


class OrderTests(SynchronousTestCase):
    """Whatever the order of writing, reading and turning."""

    @settings(deadline=None)
    @given(
        OPERATIONS,
        st.sampled_from(["loseConnection", "loseWriteConnection"]),
        st.sampled_from([Turns, Polled]),
    )
    def test_nothing_lost_or_reordered(
        self, operations: list[tuple[str, int]], end: str, turns: type[Turns]
    ) -> None:
        reactor = turns()
        protocol = HalfListener()
        transport, other = pair(reactor, protocol)
        written, got, count = [], b"", 0
        for what, size in operations:
            if what == "write":
                count += 1
                written.append(bytes([count % 251]) * size)
                transport.write(written[-1])
            elif what == "read":
                got += read_all(other)
            else:
                reactor.turn()
        getattr(transport, end)()
        transport.write(b"too late")
        done: Any = lambda: protocol.lost or protocol.ends  # noqa: E731 - read below, once
        while not done():
            got += read_all(other)
            reactor.turn()
        self.assertEqual(got + read_all(other), b"".join(written))
        transport.abortConnection()
        reactor.run()
        other.close()
        self.assertEqual(len(protocol.lost), 1)
