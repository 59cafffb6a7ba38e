"""Listening for a load balancer that tells who its clients are, in memory."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.interfaces import ITransport
from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.endpoints.proxied import ProxiedFactory
from quorumha.net.idle_clients import handshakes
from quorumha.testing import MemoryTopology, Recorder
from tests.endpoints.test_proxy_header import BAD, GOOD, parted


class Taken(Factory):
    """Keeps what was built, and for whom.

    @ivar refuses: builds nothing.
    @ivar half_closing: those who are built live on when the other side ended its half.
    """

    refuses = False
    half_closing = False

    def __init__(self) -> None:
        self.taken: list[tuple[Any, Recorder]] = []

    def buildProtocol(self, addr: Any) -> Recorder | None:
        if self.refuses:
            return None
        self.taken.append((addr, Recorder.half_closing() if self.half_closing else Recorder()))
        return self.taken[-1][1]


class ProxiedCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.begin()

    def begin(self, timeout: float = 10.0) -> None:
        self.net = MemoryTopology()
        self.factory = Taken()
        self.refused: list[tuple[str, str]] = []
        proxied = ProxiedFactory(self.factory, self.net.clock, lambda: timeout, self.refuse)
        self.port = self.successResultOf(self.net.server_endpoint("h:80").listen(proxied))
        self.proxied = ProxiedFactory(self.factory, self.net.clock, lambda: timeout, self.refuse)
        self.net.listen("h:81", self.proxied)

    def connect(self, *pieces: bytes, at: str = "h:80") -> Recorder:
        client = self.net.connect(at, "10.0.0.1")
        self.net.run()
        for piece in pieces:
            if client.connected:
                client.write(piece)
            self.net.run()
        return client

    def refuse(self, sender: str, cause: str) -> None:
        self.refused.append((sender, cause))


class HeaderTests(ProxiedCase):
    """The header, and what comes behind it."""

    def test_good(self) -> None:
        """Each good header is served; what stands for the address is the client, or the balancer itself."""
        for raw, host in GOOD.items():
            client = self.connect(raw + b"first", b"second")
            addr, protocol = self.factory.taken.pop()
            self.assertEqual(addr.host, host or "10.0.0.1", raw)
            self.assertEqual(protocol.wire.getPeer(), addr)
            self.assertTrue(protocol.wire.getHost())
            self.assertEqual(protocol.received, b"firstsecond")
            protocol.write(b"back")
            self.net.run()
            self.assertEqual(client.received, b"back")
            client.close()
            self.net.run()
            self.assertEqual(protocol.how_it_ended, "ConnectionDone")
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    @given(st.sampled_from(list(GOOD)).flatmap(lambda raw: parted(raw + b"hello")))
    def test_in_pieces(self, pieces: list[bytes]) -> None:
        """It may come in pieces; whoever serves the connection gets what is behind, to the byte."""
        self.begin()
        self.connect(*pieces)
        ((_, protocol),) = self.factory.taken
        self.assertEqual(protocol.received, b"hello")

    def test_nothing_is_built_before(self) -> None:
        """A half header reaches nobody."""
        client = self.connect(b"PROXY TCP4 9.9.9.9 ")
        self.assertEqual(self.factory.taken, [])
        client.close()
        self.net.run()
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
        self.assertEqual(self.flushLoggedErrors(), [])

    def test_no_protocol(self) -> None:
        """Whoever builds none wants the connection closed."""
        self.factory.refuses = True
        client = self.connect(next(iter(GOOD)) + b"hello", b"more")
        self.assertFalse(client.connected)

    def test_half_close(self) -> None:
        """A client that ends its half is served further, where whoever serves it wants that."""
        for half_closing in (True, False):
            self.begin()
            self.factory.half_closing = half_closing
            client = self.net.connect("h:80", "10.0.0.1", half_close=True)
            self.net.run()
            client.write(next(iter(GOOD)) + b"question")
            client.wire.loseWriteConnection()
            self.net.run()
            ((_, protocol),) = self.factory.taken
            self.assertEqual((protocol.read_ended, protocol.connected), (half_closing, half_closing))
            if half_closing:
                protocol.write(b"answer")
                protocol.wire.loseWriteConnection()
                self.net.run()
                self.assertEqual((client.received, protocol.write_ended), (b"answer", True))

    def test_transport_of_the_client(self) -> None:
        """It offers what the transport below does."""
        self.connect(next(iter(GOOD)))
        ((_, protocol),) = self.factory.taken
        self.assertTrue(ITransport.providedBy(protocol.transport))
        protocol.transport.pauseProducing()
        protocol.wire.loseConnection()
        self.net.run()
        self.assertIsNotNone(protocol.how_it_ended)


class RefusedTests(ProxiedCase):
    """No good header."""

    def test_bad(self) -> None:
        """The connection is closed; nobody is told of it, and no error is logged."""
        for name, raw in BAD.items():
            client = self.connect(raw + b"GET / HTTP/1.1\r\n\r\n", b"more")
            self.assertFalse(client.connected, name)
        self.assertEqual(self.factory.taken, [])
        self.assertEqual(self.flushLoggedErrors(), [])
        self.net.advance(10)
        self.net.advance(10)
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_refused(self) -> None:
        """Of each it is told who sent it and why it was refused."""
        self.connect(b"GET / HTTP/1.1\r\n")
        ((sender, cause),) = self.refused
        self.assertEqual(sender, "10.0.0.1")
        self.connect(b"PROXY ")
        self.net.advance(10)
        self.assertEqual(self.refused[1:], [("10.0.0.1", "the PROXY header took too long")])
        self.connect(next(iter(GOOD)))
        self.assertEqual(len(self.refused), 2)
        self.assertNotIn("PROXY header took", cause)

    def test_too_late(self) -> None:
        """The header has one limit, however it drips."""
        client = self.connect(b"PROXY ")
        for _ in range(9):
            self.net.advance(1)
            client.write(b"U")
        self.assertTrue(client.connected)
        self.net.advance(1)
        self.assertFalse(client.connected)
        silent = self.connect()
        self.net.advance(10)
        self.assertFalse(silent.connected)

    def test_make_room(self) -> None:
        """Whoever has not sent its header may be closed for another client, and nobody else is."""
        self.net.advance(3)
        silent, served = self.connect(b"PROXY", at="h:81"), self.connect(next(iter(GOOD)), at="h:81")
        (found,) = handshakes(self.proxied)()
        self.assertEqual(found.since, 3)
        self.assertTrue(found.close())
        self.assertFalse(found.close())
        self.net.run()
        self.assertEqual((silent.connected, served.connected), (False, True))
        self.assertEqual(list(handshakes(self.proxied)()), [])

    def test_has_left(self) -> None:
        """It left by itself after it was looked at, and made no room."""
        client = self.connect(at="h:81")
        (found,) = handshakes(self.proxied)()
        client.close()
        self.net.run()
        self.assertFalse(found.close())

    def test_header_in_time(self) -> None:
        """Its header came after it was looked at."""
        client = self.connect(at="h:81")
        (found,) = handshakes(self.proxied)()
        client.write(next(iter(GOOD)))
        self.net.run()
        self.assertFalse(found.close())
        self.assertTrue(client.connected)

    def test_no_limit(self) -> None:
        """0 means none; and it does not run on behind the header."""
        self.begin(0)
        client = self.connect()
        self.net.advance(1000)
        self.assertTrue(client.connected)
        self.begin()
        client = self.connect(next(iter(GOOD)))
        self.net.advance(1000)
        self.assertTrue(client.connected)

    def test_stopped(self) -> None:
        """When the listener ends, whoever said nothing is let go."""
        silent, served = self.connect(), self.connect(next(iter(GOOD)))
        self.port.stopListening()
        self.net.run()
        self.assertFalse(silent.connected)
        self.assertTrue(served.connected)
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
