"""Whether the other side takes bytes, asked from above."""

from __future__ import annotations

import socket
from functools import partial

from twisted.internet.protocol import Factory
from twisted.internet.testing import StringTransport
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from quorumha.net.progress import (
    INetTransport,
    Progress,
    close_now,
    hang_up,
    lowest,
    lowest_socket,
    watch_for_silence,
)
from tests.net.turns import Listener, Turns, pair, read_all

BIG = b"x" * 20_000_000


class ProgressCase(SynchronousTestCase):
    """A transport of ours."""

    def setUp(self) -> None:
        self.reactor = Turns()
        self.protocol = Listener()
        self.transport, self.other = pair(self.reactor, self.protocol, tcp=True)
        self.addCleanup(self.other.close)
        self.addCleanup(self.end)

    def end(self) -> None:
        self.transport.abortConnection()
        self.reactor.run()

    def wrapped(self) -> ProtocolWrapper:
        """Something that stands between it and a protocol, as TLS does."""
        wrapper = ProtocolWrapper(WrappingFactory(Factory()), Listener())  # type: ignore[no-untyped-call]
        wrapper.makeConnection(self.transport)
        return wrapper


class BelowTests(ProgressCase):
    """What lies below others."""

    def test_interface(self) -> None:
        verifyObject(INetTransport, self.transport)

    def test_lowest(self) -> None:
        for transport in (self.transport, self.wrapped()):
            self.assertIs(lowest(transport), self.transport)
            self.assertIs(lowest_socket(transport), self.transport.getHandle())
        self.assertIsNone(lowest_socket(StringTransport()))

    def test_watch_for_silence(self) -> None:
        """A machine that is gone without a word is noticed within two minutes."""
        watches = [partial(watch_for_silence, one) for one in (self.transport, self.wrapped())]
        for watch in (*watches, self.transport.watch_for_silence):
            self.transport.setTcpKeepAlive(False)
            watch()
            self.assertTrue(self.transport.getTcpKeepAlive())
        handle = self.transport.getHandle()
        options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT)
        self.assertEqual([handle.getsockopt(socket.IPPROTO_TCP, o) for o in options], [60, 10, 6])
        watch_for_silence(StringTransport())
        unix, other = pair(self.reactor, Listener())
        watch_for_silence(unix)
        unix.watch_for_silence()
        unix.abortConnection()
        other.close()


class MadeTests(ProgressCase):
    """Progress is counted from a beginning."""

    def test_made(self) -> None:
        for wrap in (False, True):
            self.setUp()
            transport = self.wrapped() if wrap else self.transport
            progress = Progress(transport)
            self.assertFalse(progress.made(), "it has not begun")
            transport.write(BIG)
            progress.begin()
            self.assertFalse(progress.made())
            while not read_all(self.other):
                """The kernel has it."""
            self.assertTrue(progress.made())
            self.assertFalse(progress.made())

    def test_nobody_knows(self) -> None:
        progress = Progress(StringTransport())
        progress.begin()
        self.assertFalse(progress.made())

    def test_twisteds_own(self) -> None:
        """Of a transport that is not ours the socket is asked."""

        class Theirs(StringTransport):
            def getHandle(handle) -> socket.socket:  # the case is self
                return self.transport.getHandle()

        progress = Progress(Theirs())
        self.transport.write(BIG)
        progress.begin()
        while not read_all(self.other):
            """The kernel has it."""
        self.assertTrue(progress.made())


class CloseNowTests(ProgressCase):
    """The end without a reset."""

    def test_what_was_sent_arrives(self) -> None:
        for wrap in (False, True):
            self.setUp()
            transport = self.wrapped() if wrap else self.transport
            self.other.send(b"never read")
            self.transport.pauseProducing()
            transport.write(BIG)
            close_now(transport)
            close_now(transport)
            transport.write(b"too late")
            self.assertEqual(self.protocol.lost, [], "not from within")
            self.reactor.run()
            self.assertEqual(self.transport.fileno(), -1)
            got = b""
            self.other.setblocking(True)
            while data := self.other.recv(1 << 20):
                got += data
            self.assertGreater(len(got), 100_000)
            self.assertEqual(got, BIG[: len(got)])

    def test_hang_up(self) -> None:
        """Nobody is waited for, and what was never read is no reset."""
        for wrap in (False, True):
            self.setUp()
            transport = self.wrapped() if wrap else self.transport
            self.other.send(b"a greeting")
            hang_up(transport)
            self.reactor.run()
            self.assertEqual(self.transport.fileno(), -1)
            self.other.setblocking(True)
            self.assertEqual(self.other.recv(10), b"")

    def test_hang_up_of_others(self) -> None:
        transport = StringTransport()
        hang_up(transport)
        self.assertTrue(transport.disconnecting)
        self.assertFalse(transport.disconnected)

    def test_others(self) -> None:
        """Who cannot is reset."""
        transport = StringTransport()
        close_now(transport)
        self.assertTrue(transport.disconnected)
