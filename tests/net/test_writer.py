"""Write at once, queue only the rest."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.transport import READ_SIZE
from quorumha.net.writer import Writer, read_small_pieces
from tests.net.turns import Listener, Turns, pair, read_all

BIG = b"x" * 3_000_000


class PlainTests(SynchronousTestCase):
    """On a plain socket."""

    def setUp(self) -> None:
        self.reactor = Turns()
        self.protocol = Listener()
        self.transport, self.other = pair(self.reactor, self.protocol)
        self.drained = 0
        self.writer = Writer(self.transport, self.on_drained)

    def tearDown(self) -> None:
        self.transport.abortConnection()
        self.reactor.run()
        self.other.close()

    def on_drained(self) -> None:
        self.drained += 1
        self.assertFalse(self.writer.queued)

    def drain(self) -> bytes:
        got = b""
        while self.reactor.writers:
            got += read_all(self.other)
            self.reactor.turn()
        return got + read_all(self.other)

    def test_nothing_waits(self) -> None:
        self.writer.write(b"hello")
        self.assertEqual(read_all(self.other), b"hello")
        self.assertFalse(self.writer.queued)

    def test_rest_waits(self) -> None:
        self.writer.write(BIG)
        self.assertTrue(self.writer.queued)
        self.writer.write(b"more")
        self.assertEqual(self.drain(), BIG + b"more")
        self.assertEqual((self.writer.queued, self.drained), (False, 1))

    def test_close_writes_what_waits(self) -> None:
        self.writer.write(BIG)
        self.writer.close()
        self.writer.write(b"too late")
        self.assertEqual(self.drain(), BIG)
        self.reactor.run()
        self.assertEqual((self.protocol.lost, self.drained), (["ConnectionDone"], 0))

    def test_gone(self) -> None:
        self.other.close()
        self.writer.write(b"x")
        self.writer.write(b"y")
        self.reactor.run()
        self.assertEqual(len(self.protocol.lost), 1)

    def test_read_small_pieces(self) -> None:
        read_small_pieces(self.transport)
        self.assertEqual(self.transport.read_most, READ_SIZE)
        read_small_pieces(StringTransport())

    def test_progress(self) -> None:
        """A reader at work is told from one that takes nothing, also before there is room for more."""
        self.assertFalse(self.writer.is_progressing())
        told: list[bool] = []
        writer = Writer(self.transport, self.on_drained, lambda: told.append(self.writer.queued))
        self.writer = writer
        writer.write(b"x" * 100_000)
        read_all(self.other)
        self.assertEqual(told, [])
        writer.write(BIG)
        self.assertFalse(writer.is_progressing(), "nothing was read")
        self.other.recv(100_000)
        self.assertTrue(writer.is_progressing())
        self.assertFalse(writer.is_progressing(), "not since it was asked last")
        self.drain()
        self.assertEqual(set(told), {True})
        self.assertFalse(writer.is_progressing(), "nothing waits")

    def test_close_now(self) -> None:
        """What was sent arrives; what waits is dropped."""
        self.writer.write(BIG)
        self.writer.close_now()
        self.writer.write(b"too late")
        self.reactor.run()
        self.assertEqual(self.protocol.lost, ["ConnectionAborted"])
        got = read_all(self.other)
        self.assertEqual(got, BIG[: len(got)])
        self.assertGreater(len(got), 10_000)

    def test_let_go(self) -> None:
        self.writer.release()
        self.transport.registerProducer(Listener(), True)
        self.writer.write(b"x")
        self.assertEqual(read_all(self.other), b"")
        self.transport.unregisterProducer()


class OrderTests(SynchronousTestCase):
    """Whatever the order."""

    @settings(deadline=None)
    @given(st.lists(st.integers(-1, 300_000), max_size=20))
    def test_nothing_lost(self, sizes: list[int]) -> None:
        """Sizes are written; -1 lets the other end read and the reactor turn."""
        reactor, protocol, told = Turns(), Listener(), []
        transport, other = pair(reactor, protocol)
        writer = Writer(transport, lambda: told.append(True))
        sent, got, waits = b"", b"", 0
        for number, size in enumerate(sizes):
            if size < 0:
                got += read_all(other)
                reactor.turn()
                continue
            waited = writer.queued
            data = bytes([number % 251]) * size
            writer.write(data)
            sent += data
            waits += writer.queued and not waited
        while writer.queued:
            got += read_all(other)
            reactor.turn()
        got += read_all(other)
        self.assertEqual(got, sent)
        self.assertEqual(len(told), waits)
        transport.abortConnection()
        reactor.run()
        other.close()


class OtherTransportTests(SynchronousTestCase):
    """On transports that are not plain."""

    def test_producer(self) -> None:
        transport = StringTransport()
        told: list[bool] = []
        writer = Writer(transport, lambda: told.append(True))
        self.assertIs(transport.producer, writer)
        writer.write(b"a")
        writer.pauseProducing()
        self.assertTrue(writer.queued)
        writer.write(b"b")
        writer.resumeProducing()
        self.assertEqual((transport.value(), writer.queued, told), (b"ab", False, [True]))
        self.assertFalse(writer.is_progressing())
        writer.close()
        writer.write(b"c")
        self.assertEqual((transport.value(), transport.disconnecting), (b"ab", True))
        self.assertIsNone(transport.producer)
