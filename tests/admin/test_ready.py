"""Tests for L{quorumha.admin.ready}."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.ready import Finding, findings, is_ready, is_started
from quorumha.admin.running import UnknownName
from quorumha.admin.status import status
from quorumha.testing.memory_proxy import MemoryProxy
from tests.admin.known_writer import SPLIT, written_to
from tests.admin.served import POOLS

CHECKED = POOLS.replace("[listeners", 'check = "connect"\n[listeners')


class ReadyTests(SynchronousTestCase):
    """L{findings}."""

    def setUp(self) -> None:
        self.proxy = MemoryProxy(CHECKED)
        self.proxy.simulate()

    def found(self, *pools: str) -> list[Finding]:
        """What is found now."""
        return findings(self.proxy.service, self.proxy.net.clock.seconds(), pools)

    def test_before_the_start(self) -> None:
        """Nothing listens."""
        self.assertEqual(self.found()[0], Finding(False, "listener rpc: does not listen"))
        self.assertFalse(is_started(self.proxy.service))

    def test_life(self) -> None:
        """Ready after the first checks; a member that is down counts where its pool does."""
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        self.proxy.net.advance(1.0)
        self.assertTrue(is_ready(self.found("nodes")))
        self.assertTrue(is_started(self.proxy.service))
        self.proxy.kill("a")
        self.proxy.net.advance(3.0)
        self.assertEqual(self.found()[-1].text, "pool nodes: 1 of 2 members can be used")
        self.proxy.kill("b")
        self.proxy.net.advance(3.0)
        last = self.found("nodes")[-1]
        self.assertEqual((last.good, last.counts), (False, True))
        self.assertIn("a is down (", last.text)
        self.assertTrue(is_ready(self.found()))
        self.assertFalse(is_ready(self.found("nodes")))

    def test_written_to(self) -> None:
        """A pool of which one member is written to is none that could be used while sessions wait."""
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        self.proxy.net.advance(1.0)
        pool = self.proxy.service.pools["nodes"]
        written_to(pool)
        self.assertTrue(is_ready(self.found("nodes")))
        written_to(pool, **SPLIT)
        last = self.found("nodes")[-1]
        self.assertEqual((last.good, last.counts), (False, True))
        self.assertIn("new sessions wait: several databases claim the same timeline (a, b); a per", last.text)
        self.assertTrue(is_ready(self.found()))

    def test_address_that_another_process_took(self) -> None:
        """While this one was drained: it is not listened on, whatever it was before."""
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        service = self.proxy.service

        class Lost:
            """The process, had that happened."""

            not_listening = ("rpc",)

            def __getattr__(self, name: str) -> Any:
                return getattr(service, name)

        self.assertEqual(findings(Lost(), 1.0)[0], Finding(False, "listener rpc: does not listen"))
        self.assertIsNone(status(Lost(), 1.0, 1.0)["listeners"][0]["address"])
        self.assertIsNotNone(status(service, 1.0, 1.0)["listeners"][0]["address"])

    def test_disabled(self) -> None:
        """A member that its operator disabled is none that can be used."""
        self.proxy.start()
        self.addCleanup(self.proxy.stop)
        for member in self.proxy.service.pools["nodes"].members:
            member.enabled = False
        self.assertFalse(is_ready(self.found("nodes")))

    def test_unknown(self) -> None:
        """A pool that nobody has."""
        error = self.assertRaises(UnknownName, self.found, "x")
        self.assertEqual(str(error), "no pool is called 'x'; pools are nodes")
