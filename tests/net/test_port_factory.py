"""The factory that a port has for life."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.drain import DrainingFactory
from quorumha.net.port_factory import PortFactory
from tests.net.test_drain import Connection


class Serving(DrainingFactory[Connection]):
    """One of a kind, which turns to others of its kind."""

    def __init__(self, kind: str) -> None:
        super().__init__(Clock())
        self.kind = kind
        self.serves = self

    def buildProtocol(self, addr: IAddress | None) -> Any:
        made = Connection(self)
        self.connections.add(made)
        return made

    def turn(self, other: DrainingFactory[Any]) -> bool:
        turns = isinstance(other, Serving) and other.kind == self.kind
        if turns:
            assert isinstance(other, Serving)
            self.serves = other
        return turns


class PortFactoryTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.first = Serving("a")
        self.port = PortFactory(self.first)
        self.port.doStart()  # type: ignore[no-untyped-call]  # Twisted leaves it bare

    def test_leads_to_who_serves(self) -> None:
        self.assertEqual(self.first.numPorts, 1)
        made = self.port.buildProtocol(None)
        self.assertIn(made, self.first.connections)
        made.idle_since = 1.0
        self.assertEqual([one.since for one in self.port.idle()], [1.0])
        self.port.doStop()  # type: ignore[no-untyped-call]  # as above
        self.assertEqual(self.first.numPorts, 0)

    def test_one_of_its_kind(self) -> None:
        """It turns, and stays."""
        other = Serving("a")
        self.assertIs(self.port.turn(other), self.first)
        self.assertIs(self.first.serves, other)
        self.assertEqual((other.numPorts, self.port.leaving), (0, set()))

    def test_another_kind(self) -> None:
        """Who is there finishes; nobody new comes to the old one."""
        old = self.port.buildProtocol(None)
        old.idle_since = 1.0
        other = Serving("b")
        self.assertIs(self.port.turn(other), other)
        self.assertIn(self.port.buildProtocol(None), other.connections)
        self.assertEqual((self.first.draining, self.port.leaving), (True, {self.first}))
        self.assertEqual([one.since for one in self.port.idle()], [1.0])
        old.end("done")
        self.assertEqual((self.port.leaving, self.first.numPorts, other.numPorts), (set(), 0, 1))
