"""LeaseFactory: a member's work is counted once for each connection."""

from __future__ import annotations

from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransportWithDisconnection
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.pool import Member
from quorumha.pool.upstream import Upstream
from quorumha.relay.lease import Leased, LeaseFactory
from quorumha.testing import MemoryTopology, Recorder


class CountedTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.member = Member(Upstream("a", MemoryTopology().client_endpoint("a:1")))
        self.recorder = Recorder()
        self.starts: list[str] = []
        self.inner = Factory.forProtocol(lambda: self.recorder)

    def test_counts_once(self) -> None:
        counted = LeaseFactory(self.inner, self.member)
        self.assertEqual((self.member.in_flight, counted.released), (1, False))
        counted.lost()
        counted.give_up()
        counted.lost()
        self.assertEqual((self.member.in_flight, counted.released), (0, True))

    def test_counts_by_itself(self) -> None:
        """Nothing stands before a protocol that tells of its end, and it holds nothing afterwards."""

        class Telling(Leased, Protocol):
            pass

        counted = LeaseFactory(Factory.forProtocol(Telling), self.member)
        protocol = counted.buildProtocol(None)
        self.assertIsInstance(protocol, Telling)
        self.assertIs(protocol.lease, counted)
        self.assertTrue(counted.connected(StringTransportWithDisconnection()))
        protocol.lease.lost()
        self.assertEqual(self.member.in_flight, 0)
        counted.give_up()
        self.assertEqual(self.member.in_flight, 0)

    def test_built_after_it_was_given_up(self) -> None:
        counted = LeaseFactory(self.inner, self.member)
        counted.give_up()
        self.assertIsNone(counted.buildProtocol(None))
        self.assertFalse(counted.refused)

    def test_connected_after_it_was_given_up(self) -> None:
        """The protocol is never told of the connection, nor of its end."""
        counted = LeaseFactory(self.inner, self.member)
        protocol = counted.buildProtocol(None)
        counted.give_up()
        transport = StringTransportWithDisconnection()
        transport.protocol = protocol
        protocol.makeConnection(transport)
        self.assertFalse(transport.connected)
        protocol.connectionLost(Failure(ConnectionDone()))
        self.assertIsNone(self.recorder.transport)
        self.assertIsNone(self.recorder.reason)
        self.assertEqual(self.member.in_flight, 0)

    def test_starts_and_stops(self) -> None:
        """The caller's factory hears of its beginning and its end."""

        class Noted(Factory):
            noisy = False
            protocol = Protocol
            startFactory = lambda _: self.starts.append("start")  # noqa: E731
            stopFactory = lambda _: self.starts.append("stop")  # noqa: E731

        counted = LeaseFactory(Noted(), self.member)
        counted.doStart()
        counted.doStop()
        self.assertEqual(self.starts, ["start", "stop"])
