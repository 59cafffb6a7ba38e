"""Nodes that die and come back."""

from __future__ import annotations

from itertools import count

from twisted.internet.interfaces import ITCPTransport
from twisted.internet.task import Clock
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from quorumha.demo.nodes import DemoNode
from quorumha.testing import SimulatedGoQuorum

_numbers = count(5000)


class Reserved:
    """Stands for a socket that holds a port."""

    def __init__(self) -> None:
        self.number = next(_numbers)
        self.closed = False

    def getsockname(self) -> tuple[str, int]:
        return "127.0.0.1", self.number

    def close(self) -> None:
        self.closed = True


@implementer(ITCPTransport)
class Transport(StringTransport):
    aborted = False

    def abortConnection(self) -> None:
        self.aborted = True


class NodeTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()
        self.reserved: list[Reserved] = []
        self.restarts: list[int] = []
        self.rpc = SimulatedGoQuorum(Clock()).rpc
        self.node = DemoNode(self.reactor, [self.rpc], lambda: self.restarts.append(1), self.reserve)

    def reserve(self) -> Reserved:
        self.reserved.append(Reserved())
        return self.reserved[-1]

    def test_listens_on_its_own_port(self) -> None:
        self.node.start()
        ((number, factory, _, interface),) = self.reactor.tcpServers
        self.assertEqual((number, factory, interface), (self.node.ports[0], self.rpc, "127.0.0.1"))
        self.assertTrue(self.node.alive)
        self.assertEqual(self.restarts, [])

    def test_dies_with_its_connections_and_comes_back_at_the_same_port(self) -> None:
        self.node.start()
        connection, wire = self.rpc.buildProtocol(None), Transport()
        connection.makeConnection(wire)
        self.successResultOf(self.node.kill())
        self.assertEqual((wire.aborted, self.node.alive, self.reserved[0].closed), (True, False, False))
        self.node.start()
        self.assertEqual([server[0] for server in self.reactor.tcpServers], [self.node.ports[0]] * 2)
        self.assertEqual(self.restarts, [1])

    def test_gives_its_port_back(self) -> None:
        self.node.start()
        self.successResultOf(self.node.stop())
        self.assertTrue(self.reserved[0].closed)
