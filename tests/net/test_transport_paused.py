"""SocketTransport.stand_still: no byte moves, and any end is seen at once, on real sockets."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.splice import PIPE_SIZE
from quorumha.net.transport import SocketTransport
from tests.net.real_turns import RealTurns
from tests.net.turns import Listener, pair, read_all

BIG = bytes(range(256)) * 40_000
_RESET = b"\1\0\0\0\0\0\0\0"


class Onward(Listener):
    """Passes on what it reads, by splice where that can be; pauses while it cannot."""

    sink: SocketTransport
    transport: Any
    gone = 0

    def may_splice(self) -> int:
        return PIPE_SIZE

    def spliced(self, size: int) -> None:
        self.gone += size

    def dataReceived(self, data: bytes) -> None:
        super().dataReceived(data)
        if self.sink.write(data):
            self.transport.pauseProducing()
            self.sink.registerProducer(self, False)

    def resumeProducing(self) -> None:
        if not self.sink.waits:
            self.sink.unregisterProducer()
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """It is not needed any more."""


class PausedCase(SynchronousTestCase):
    """A transport, and the other end."""

    tcp = True

    def setUp(self) -> None:
        self.reactor = RealTurns()
        self.addCleanup(self.reactor.close)
        self.protocol = Listener()
        self.transport, self.other = self.begin(self.protocol)

    def begin(self, protocol: Any) -> tuple[SocketTransport, socket.socket]:
        transport, other = pair(self.reactor, protocol, self.tcp)  # type: ignore[arg-type]  # as far as it is used
        self.addCleanup(other.close)
        self.addCleanup(self.end, transport)
        return transport, other

    def end(self, transport: SocketTransport) -> None:
        transport.abortConnection()
        self.reactor.advance(0)


class BytesTests(PausedCase):
    """Bytes stay where they are, and come in order later."""

    def test_nothing_is_read(self) -> None:
        self.transport.stand_still()
        self.other.send(b"hello")
        self.reactor.run()
        self.assertEqual(self.protocol.received, b"")
        self.transport.move_on(True)
        self.reactor.run()
        self.assertEqual(self.protocol.received, b"hello")

    def test_nothing_that_waits_is_written(self) -> None:
        """What the kernel has may arrive; what it had not taken does later, and is whole then."""
        self.transport.write(BIG)
        self.assertTrue(self.transport.waits)
        self.transport.stand_still()
        self.reactor.run()
        got = read_all(self.other)
        self.reactor.run()
        # The kernel may still have had some on its way.
        got += read_all(self.other)
        self.reactor.run()
        self.assertLess(len(got), len(BIG))
        self.assertEqual(read_all(self.other), b"")
        self.transport.move_on(True)
        for _ in range(1000):
            self.reactor.turn()
            got += read_all(self.other)
        self.assertTrue(got == BIG)

    def test_stays_paused_for_reading(self) -> None:
        """Back-pressure goes on as it was."""
        self.transport.pauseProducing()
        self.transport.stand_still()
        self.transport.move_on(False)
        self.other.send(b"hello")
        self.reactor.run()
        self.assertEqual(self.protocol.received, b"")
        self.transport.resumeProducing()
        self.reactor.run()
        self.assertEqual(self.protocol.received, b"hello")

    def test_resumed_twice(self) -> None:
        """What does not pause is not resumed: it may be paused for reading."""
        self.transport.pauseProducing()
        self.transport.move_on(True)
        self.other.send(b"hello")
        self.reactor.run()
        self.assertEqual(self.protocol.received, b"")


class EndTests(PausedCase):
    """Ends are seen at once, whatever is before them, as breaks: nobody takes what is before them."""

    def lost(self) -> None:
        self.reactor.run()
        self.assertEqual((self.protocol.lost, self.protocol.received), (["ConnectionLost"], b""))
        self.assertEqual((self.reactor.readers, self.reactor.writers), (set(), set()))

    def test_end(self) -> None:
        self.transport.stand_still()
        self.other.close()
        self.lost()

    def test_end_of_one_half(self) -> None:
        self.transport.stand_still()
        self.other.shutdown(socket.SHUT_WR)
        self.lost()

    def test_end_behind_bytes(self) -> None:
        self.transport.stand_still()
        self.other.send(b"last word")
        self.reactor.run()
        self.assertEqual(self.protocol.lost, [])
        self.other.shutdown(socket.SHUT_WR)
        self.lost()

    def test_end_that_was_there(self) -> None:
        """It came in the turn in which it was paused."""
        self.other.send(b"last word")
        self.other.shutdown(socket.SHUT_WR)
        self.transport.stand_still()
        self.lost()

    def test_reset(self) -> None:
        self.transport.stand_still()
        self.other.send(b"last word")
        if self.tcp:
            self.other.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.other.close()
        self.lost()

    def test_end_while_bytes_wait(self) -> None:
        self.transport.write(BIG)
        self.transport.stand_still()
        self.other.close()
        self.lost()

    def test_aborted(self) -> None:
        """It can be ended from here."""
        self.transport.write(BIG)
        self.transport.stand_still()
        self.transport.abortConnection()
        self.transport.move_on(True)
        self.reactor.run()
        self.assertEqual(self.protocol.lost, ["ConnectionAborted"])
        self.assertEqual((self.reactor.readers, self.reactor.writers), (set(), set()))


class UnixBytesTests(BytesTests):
    """On unix sockets."""

    tcp = False


class UnixEndTests(EndTests):
    """On unix sockets."""

    tcp = False


class SplicedTests(PausedCase):
    """A stream that goes by without a copy stands still as well."""

    def setUp(self) -> None:
        super().setUp()
        self.onward = Onward()
        self.source, self.far = self.begin(self.onward)
        self.onward.sink = self.transport
        self.source.splice_into(self.transport, self.onward)

    def test_stands_still(self) -> None:
        """In the middle, with the source, the pipe and the sink all full; then the rest follows in order."""
        left, got, still = memoryview(BIG), b"", False
        for _ in range(20_000):
            if len(got) == len(BIG):
                break
            if left:
                with contextlib.suppress(BlockingIOError):
                    left = left[self.far.send(left[: 1 << 20]) :]
            self.reactor.turn()
            if not still and self.onward.gone > 1 << 20:
                still = True
                for one in (self.source, self.transport):
                    one.stand_still()
                passed = self.onward.gone + len(self.onward.received)
                for _ in range(50):
                    self.reactor.turn()
                    got += read_all(self.other)
                self.assertEqual(self.onward.gone + len(self.onward.received), passed)
                self.assertEqual(read_all(self.other), b"")
                self.transport.move_on(True)
                self.source.move_on(True)
            got += read_all(self.other)
        self.assertTrue(still)
        self.assertTrue(got == BIG)

    def test_ends(self) -> None:
        """Either end is seen."""
        for one in (self.source, self.transport):
            one.stand_still()
        self.far.send(b"x" * 1000)
        self.far.close()
        self.reactor.run()
        self.assertEqual((self.onward.lost, self.onward.received), (["ConnectionLost"], b""))
        self.other.close()
        self.reactor.run()
        self.assertEqual(self.protocol.lost, ["ConnectionLost"])


del PausedCase
