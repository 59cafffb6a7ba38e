"""Places that go and come with a node; those in memory are used by all tests of nodes."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from quorumha.testing import SimulatedNetwork
from quorumha.testing.goquorum.node_places import TcpPlace

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


class SlowReactor(MemoryReactorClock):
    """A port of it is not free at once when nobody listens any more."""

    def __init__(self) -> None:
        super().__init__()
        self.closing: Deferred[None] = Deferred()

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        super().listenTCP(port, factory, backlog, interface)
        return SlowPort(self.closing, port)


@frozen
class SlowPort:
    closing: Deferred[None]
    number: int

    def stopListening(self) -> Deferred[None]:
        return self.closing

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "127.0.0.1", self.number)


@implementer(ITCPTransport)
class TcpTransport(StringTransport):
    """One over TCP."""


class TcpTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()
        self.node = SimulatedNetwork(self.reactor).add("a1")

    def test_listens_at_one_port_ever_after(self) -> None:
        number = self.node.listen_tcp(self.reactor, 18545)
        self.assertEqual(number, 18545)
        self.node.listen_tcp(self.reactor, 18546, websocket=True)
        self.node.die()
        self.node.start()
        ports = [(port, factory, interface) for port, factory, _, interface in self.reactor.tcpServers]
        both = [(18545, self.node.rpc, "127.0.0.1"), (18546, self.node.websocket, "127.0.0.1")]
        self.assertEqual(ports, both * 2)

    def test_waits_until_the_port_is_free(self) -> None:
        reactor = SlowReactor()
        place = TcpPlace(reactor, self.node.rpc, 18545)
        place.begin()
        place.kill()
        place.revive()
        self.assertEqual(len(reactor.tcpServers), 1)
        reactor.closing.callback(None)
        self.assertEqual(len(reactor.tcpServers), 2)

    def test_a_frozen_node_reads_nothing(self) -> None:
        """From new connections neither, until it thaws."""
        self.node.listen_tcp(self.reactor, 18545)
        transports = []

        def connect() -> None:
            connection = self.node.rpc.buildProtocol(IPv4Address("TCP", "127.0.0.1", 1))
            transport = TcpTransport()
            transports.append(transport)
            connection.makeConnection(transport)

        connect()
        self.node.freeze()
        connect()
        self.assertEqual([one.producerState for one in transports], ["paused", "paused"])
        self.node.thaw()
        self.assertEqual([one.producerState for one in transports], ["producing", "producing"])
