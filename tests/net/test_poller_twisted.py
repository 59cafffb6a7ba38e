"""Twisted's contracts of transports and of dialling hold, too, where an epoll of our own watches."""

from __future__ import annotations

import select

import tests.net.test_connect as dialling
import tests.net.test_transport as transports
from tests.net.real_turns import RealTurns
from tests.net.turns import Polled

if not hasattr(select, "epoll"):
    __test__ = False


class ReadTests(transports.ReadTests):
    """What comes, by the poller."""

    turns = Polled


class WriteTests(transports.WriteTests):
    """What goes, by the poller."""

    turns = Polled


class ProducerTests(transports.ProducerTests):
    """Back-pressure, by the poller."""

    turns = Polled


class RealCase(transports.TransportCase):
    """In Twisted's own reactor."""

    def setUp(self) -> None:
        self.reactor = RealTurns()  # type: ignore[assignment]  # as far as these tests use it
        self.addCleanup(self.reactor.close)


class RealReadTests(RealCase, transports.ReadTests):
    """What comes, in Twisted's own reactor."""


class RealWriteTests(RealCase, transports.WriteTests):
    """What goes, in Twisted's own reactor."""


class RealProducerTests(RealCase, transports.ProducerTests):
    """Back-pressure, in Twisted's own reactor."""


class DialTests(dialling.DialTests):
    """Dialling, where the connections are watched by the poller."""

    def setUp(self) -> None:
        super().setUp()
        self.reactor = Polled()
