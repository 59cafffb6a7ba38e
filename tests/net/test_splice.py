"""Streams that go by, on real sockets and a reactor that the test turns."""

from __future__ import annotations

import contextlib
import os
import socket
import unittest
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.socket_options import MUCH_UNSENT, UNSENT_MOST
from quorumha.net.splice import PIPE_SIZE, CannotSplice, _Pipe, splice_bytes
from quorumha.net.transport import READ_MOST, SocketTransport
from tests.net.turns import Listener, Polled, Turns, pair, read_all

needs_splice = unittest.skipUnless(hasattr(os, "splice"), "there is no splice(2) here")

#: For each step: so many more bytes are sent, so many turns are taken, what is there is read or not,
#: everything may go by or only so much.
STEPS = st.lists(
    st.tuples(st.integers(0, 4 * READ_MOST), st.integers(0, 5), st.booleans(), st.booleans()), max_size=12
)

#: No two pieces of it are the same.
STREAM = b"".join(b"%015d\n" % number for number in range(500_000))


def send_some(sock: socket.socket, data: memoryview) -> memoryview:
    """What the kernel does not take."""
    with contextlib.suppress(BlockingIOError):
        while data:
            data = data[sock.send(data) :]
    return data


class Breaking:
    """Splices as the system does, little at a time out of the pipe, and breaks off with one call."""

    def __init__(self, error: type[BaseException], calls: int) -> None:
        self.error = error
        self.calls = calls
        self.first = True

    def __call__(self, source: int, sink: int, most: int, flags: int) -> int:
        most, self.first = most if self.first else 2, False
        moved = os.splice(source, sink, most, flags=flags)
        self.calls -= 1
        if not self.calls:
            raise self.error
        return moved


@needs_splice
class PourTests(SynchronousTestCase):
    """L{splice_bytes}."""

    def socketpair(self) -> tuple[socket.socket, socket.socket]:
        ends = socket.socketpair()
        for one in ends:
            one.setblocking(False)
            self.addCleanup(one.close)
        return ends

    def setUp(self) -> None:
        self.far, self.source = self.socketpair()
        self.sink, self.reader = self.socketpair()

    def splice(self, most: int = PIPE_SIZE) -> tuple[int, bytes]:
        return splice_bytes(self.source.fileno(), self.sink.fileno(), most)

    def test_all(self) -> None:
        self.far.send(b"hello")
        self.assertEqual(self.splice(), (5, b""))
        self.assertEqual(self.reader.recv(100), b"hello")

    def test_not_more_than_asked_for(self) -> None:
        self.far.send(b"hello")
        self.assertEqual(self.splice(3), (3, b""))
        self.assertEqual(self.reader.recv(100), b"hel")
        self.assertEqual(self.source.recv(100), b"lo")

    def test_nothing_there(self) -> None:
        self.assertRaises(BlockingIOError, self.splice)

    def test_ended(self) -> None:
        self.far.close()
        self.assertEqual(self.splice(), (0, b""))

    def test_sink_is_full(self) -> None:
        """What the sink did not take is given back, in order, and the pipe is empty."""
        size = len(send_some(self.sink, memoryview(STREAM)))
        taken = len(STREAM) - size
        sent = len(STREAM) - len(send_some(self.far, memoryview(STREAM)))
        gone, rest = self.splice()
        self.assertEqual(read_all(self.reader)[taken:] + rest, STREAM[: gone + len(rest)])
        self.assertGreater(len(rest), 0)
        self.assertLessEqual(gone + len(rest), sent)
        self.far.close()
        while read_all(self.source):
            pass
        self.assertEqual(self.splice(), (0, b""))

    def test_broken_sink(self) -> None:
        self.reader.close()
        self.far.send(b"hello")
        self.assertEqual(self.splice(), (0, b"hello"))

    def test_broken_source(self) -> None:
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        far = socket.create_connection(listening.getsockname())
        source, _ = listening.accept()
        self.addCleanup(source.close)
        source.setblocking(False)
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        far.close()
        self.assertRaises(ConnectionResetError, splice_bytes, source.fileno(), self.sink.fileno(), 100)

    def test_sink_takes_much(self) -> None:
        """A limit on what is unsent would make the kernel take little, and the rest be copied."""
        reactor = Turns()
        transport, other = pair(reactor, Listener(), tcp=True)
        self.addCleanup(other.close)
        self.addCleanup(reactor.run)
        self.addCleanup(transport.abortConnection)
        option = socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT
        self.assertEqual(transport.getHandle().getsockopt(*option), UNSENT_MOST)
        for _ in range(2):
            transport.take_much()
            self.assertEqual(transport.getHandle().getsockopt(*option), MUCH_UNSENT)

    def test_broken_off_between_the_two(self) -> None:
        """Whatever breaks off there: what was in the pipe reaches nobody else."""
        for error in (MemoryError, SystemExit, KeyboardInterrupt):
            for calls in (1, 2, 3):
                self.far.send(b"for nobody else")
                splice = Breaking(error, calls)
                self.assertRaises(
                    error, splice_bytes, self.source.fileno(), self.sink.fileno(), PIPE_SIZE, splice
                )
                read_all(self.reader)
                far, source = self.socketpair()
                sink, reader = self.socketpair()
                far.send(b"hello")
                self.assertEqual(splice_bytes(source.fileno(), sink.fileno(), PIPE_SIZE), (5, b""))
                self.assertEqual(reader.recv(100), b"hello")

    def test_what_cannot_be_spliced(self) -> None:
        """Nothing was read: whoever copies misses nothing."""
        directory = os.open("/", os.O_RDONLY)
        self.addCleanup(os.close, directory)
        self.assertRaises(CannotSplice, splice_bytes, directory, self.sink.fileno(), 100)

    def test_pipe(self) -> None:
        """One for all, of its own process; a new one when it was given back."""
        pipe = _Pipe()
        ends = pipe.open()
        self.assertIs(pipe.open(), ends)
        pipe.close()
        pipe.close()
        for end in ends:
            self.assertRaises(OSError, os.fstat, end)
        for end in pipe.open():
            os.fstat(end)
        pipe.close()


class Onward(Listener):
    """Writes on what it is told of, as a relay does."""

    sink: SocketTransport
    transport: Any

    def __init__(self) -> None:
        super().__init__()
        self.told = 0
        self.gone = 0
        self.allowed = PIPE_SIZE

    def splice_into(self, sink: SocketTransport) -> None:
        self.sink = sink
        self.transport.splice_into(sink, self)

    def may_splice(self) -> int:
        return self.allowed

    def spliced(self, size: int) -> None:
        self.gone += size

    def dataReceived(self, data: bytes) -> None:
        self.told += len(data)
        self.sink.write(data)
        if self.sink.waits:
            self.transport.pauseProducing()
            self.sink.registerProducer(self, False)

    def resumeProducing(self) -> None:
        if not self.sink.waits:
            self.sink.unregisterProducer()
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        pass

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        super().connectionLost(reason)
        self.sink.loseConnection()


@needs_splice
class StreamTests(SynchronousTestCase):
    """L{SocketTransport.splice_into}."""

    turns: type[Turns] = Turns
    #: What the sink is.
    tcp = True

    def setUp(self) -> None:
        self.begin()

    def begin(self) -> None:
        self.reactor = self.turns()
        self.onward = Onward()
        self.source, self.far = pair(self.reactor, self.onward, tcp=True)
        self.reading = Listener()
        self.sink, self.reader = pair(self.reactor, self.reading, self.tcp)
        self.onward.splice_into(self.sink)
        self.addCleanup(self.end, self.far, self.reader, self.source, self.sink)

    def end(self, *ends: Any) -> None:
        for one in ends:
            one.abortConnection() if isinstance(one, SocketTransport) else one.close()
        self.reactor.advance(0)

    def stream(self, data: bytes) -> bytes:
        """Send all, and take it as fast as it comes."""
        left, got = memoryview(data), b""
        for _ in range(10_000):
            if len(got) >= len(data):
                break
            left = send_some(self.far, left)
            self.reactor.turn()
            got += read_all(self.reader)
        return got

    def test_most_goes_by(self) -> None:
        """After the first pieces, which show that it is a stream."""
        self.assertEqual(self.stream(STREAM), STREAM)
        self.assertEqual(self.onward.told + self.onward.gone, len(STREAM))
        self.assertGreater(self.onward.gone, 0)

    def test_small_messages_are_told(self) -> None:
        for _ in range(50):
            self.assertEqual(self.stream(b"x" * 1000), b"x" * 1000)
        self.assertEqual((self.onward.told, self.onward.gone), (50_000, 0))

    def test_no_room(self) -> None:
        self.onward.allowed = 0
        self.assertEqual(self.stream(STREAM), STREAM)
        self.assertEqual(self.onward.gone, 0)

    def test_not_into_another_one_later(self) -> None:
        """Who wants no more of it is told of everything."""
        self.stream(STREAM)
        gone = self.onward.gone
        self.source.stop_splicing()
        self.assertEqual(self.stream(STREAM), STREAM)
        self.assertEqual(self.onward.gone, gone)

    def test_end(self) -> None:
        """The end comes after all bytes."""
        self.far.setblocking(False)
        left, got = memoryview(STREAM), b""
        for _ in range(10_000):
            left = send_some(self.far, left)
            if not left:
                self.far.close()
            self.reactor.turn()
            got += read_all(self.reader)
            if self.reading.lost:
                break
        self.assertEqual(got, STREAM)
        self.assertEqual(self.onward.lost, ["ConnectionDone"])

    def test_reader_that_leaves(self) -> None:
        """The sink is told that its reader is gone, as if it had been written to."""
        left = memoryview(STREAM * 4)
        for turn in range(200):
            left = send_some(self.far, left)
            self.reactor.turn()
            if turn < 50:
                read_all(self.reader)
            elif turn == 50:
                self.reader.close()
        self.assertEqual(len(self.reading.lost), 1)
        self.assertFalse(self.source._splicing and self.sink.connected)

    def test_who_reads_nothing_stops_it(self) -> None:
        """No more is taken from a source than the sink takes, and one piece."""
        left = memoryview(STREAM * 4)
        for _ in range(100):
            left = send_some(self.far, left)
            self.reactor.turn()
        waiting = self.sink._queued
        self.assertLessEqual(waiting, PIPE_SIZE)
        self.assertGreater(len(left), 0)

    def every_byte(self, steps: list[tuple[int, int, bool, bool]]) -> None:
        """Once and in order, however it comes, however it is read."""
        self.begin()
        sent = 0
        left = memoryview(b"")
        got = b""
        for size, turns, reads, room in steps:
            self.onward.allowed = PIPE_SIZE if room else size
            if not left:
                left = memoryview(STREAM)[sent : sent + size]
                sent += len(left)
            left = send_some(self.far, left)
            for _ in range(turns):
                self.reactor.turn()
            if reads:
                got += read_all(self.reader)
        for _ in range(10_000):
            if len(got) >= sent:
                break
            left = send_some(self.far, left)
            self.reactor.turn()
            got += read_all(self.reader)
        self.assertEqual(got, STREAM[:sent])
        self.assertEqual(self.onward.told + self.onward.gone, sent)

    @given(STEPS)
    @settings(max_examples=30, deadline=None)
    def test_every_byte(self, steps: list[tuple[int, int, bool, bool]]) -> None:
        self.every_byte(steps)


class UnixStreamTests(StreamTests):
    """To a unix socket."""

    tcp = False

    def test_most_goes_by(self) -> None:
        """Its buffer is smaller than a piece of a stream, so that little may go by; nothing is lost."""
        self.assertEqual(self.stream(STREAM), STREAM)
        self.assertEqual(self.onward.told + self.onward.gone, len(STREAM))

    @given(STEPS)
    @settings(max_examples=30, deadline=None)
    def test_every_byte(self, steps: list[tuple[int, int, bool, bool]]) -> None:
        self.every_byte(steps)


class PolledStreamTests(StreamTests):
    """Watched by a poller."""

    turns = Polled

    @given(STEPS)
    @settings(max_examples=30, deadline=None)
    def test_every_byte(self, steps: list[tuple[int, int, bool, bool]]) -> None:
        self.every_byte(steps)
