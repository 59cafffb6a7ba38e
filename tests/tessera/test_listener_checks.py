"""A Tessera listener and the health of its members: what random schedules found, as plain tests."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import GethGone
from tests.tessera_world import World


class DatabaseTests(SynchronousTestCase):
    """A 500 from a member that has no database is no answer, also once it has one again."""

    def signed_while_it_comes_back(self, name: str) -> None:
        """Both are without a database; one has it again, and a raw payload is sent before anybody knows."""
        world = World(checked=True)
        self.addCleanup(world.stop)
        geth = world.geth()
        storing = geth.store_raw(b"payload")
        world.net.run()
        for node in world.nodes.values():
            node.faults.database_dead = True
        world.net.advance(1)
        self.assertTrue(all(member.health.down for member in world.pool.members))
        world.nodes[name].faults.database_dead = False
        sending = geth.send_signed(self.successResultOf(storing))
        world.net.advance(2)
        self.assertIn(self.successResultOf(sending), world.store.transactions)

    def test_the_one_that_answered(self) -> None:
        self.signed_while_it_comes_back("a")

    def test_the_other_one(self) -> None:
        self.signed_while_it_comes_back("b")

    def test_the_other_is_dead(self) -> None:
        """One without a database, one gone: it is waited for, and no 500 ends anything."""
        world = World(checked=True)
        self.addCleanup(world.stop)
        world.nodes["a"].faults.database_dead = True
        world.net.kill("b:1")
        world.net.advance(1)
        sending = world.geth().send(b"payload")
        world.net.advance(3)
        self.assertNoResult(sending)
        world.net.revive("b:1")
        world.net.advance(1)
        self.assertIn(self.successResultOf(sending), world.store.transactions)


class LeftOutTests(SynchronousTestCase):
    """Nobody can be used, as far as is known; one of them could."""

    def test_who_failed_last_is_asked_last(self) -> None:
        """The first one hung just now, the other one was dead a while ago: no second wait for the first."""
        world = World()
        self.addCleanup(world.stop)
        geth = world.geth()
        storing = geth.store_raw(b"payload")
        world.net.run()
        for name in "ab":
            world.net.kill(f"{name}:1")
        world.geth().send(b"another").addErrback(lambda _: None)
        world.net.run()
        for name in "ab":
            world.net.revive(f"{name}:1")
        world.net.hang("a:1")
        sending = geth.send_signed(self.successResultOf(storing))
        world.net.advance(5)
        self.assertIn(self.successResultOf(sending), world.store.transactions)


class AsideTests(SynchronousTestCase):
    """One member has lost its database, the other one was put aside and is well again: nobody checks."""

    def setUp(self) -> None:
        self.world = World()
        self.addCleanup(self.world.stop)
        self.geth = self.world.geth()
        self.world.net.kill("b:1")
        self.raw = self.finished(self.geth.store_raw(b"payload"))
        self.key = self.finished(self.geth.send(b"another"))
        for _ in range(2):
            self.finished(self.geth.import_block(self.key))
        self.assertFalse(self.world.pool.members[1].usable(0))
        self.world.net.revive("b:1")
        self.world.nodes["a"].faults.database_dead = True

    def finished(self, asking: Deferred[Any]) -> Any:
        self.world.net.advance(1)
        return self.successResultOf(asking)

    def test_signed(self) -> None:
        """A 500 is no answer to rely on: the other one is asked, too."""
        self.assertIn(self.finished(self.geth.send_signed(self.raw)), self.world.store.transactions)

    def test_read(self) -> None:
        """Found, at once."""
        self.assertEqual(self.finished(self.geth.import_block(self.key)), b"another")


class MaintenanceTests(SynchronousTestCase):
    """A member that is away, and what its operator says of it (docs/howto/maintenance.md)."""

    def away(self, lag: float | None, seconds: float, *, enabled: bool) -> str:
        """What GoQuorum makes of a transaction of others while one member is away so long."""
        world = World(checked=True, lag=lag)
        self.addCleanup(world.stop)
        world.net.advance(1)
        world.pool.members[0].enabled = enabled
        world.net.kill("a:1")
        importing = world.geth().import_block(b"%064d" % 1)
        world.net.advance(seconds)
        world.net.revive("a:1")
        world.net.advance(30)
        told: list[object] = []
        importing.addBoth(told.append)
        if isinstance(told[0], Failure):
            told[0].trap(GethGone)
            return "gone"
        return "others'" if told[0] is None else "ours"

    def test_shared_store(self) -> None:
        """The word of one is enough."""
        for enabled in (True, False):
            self.assertEqual(self.away(None, 600, enabled=enabled), "others'")

    def test_replicated_store_and_disabled(self) -> None:
        """It is not asked, so nobody waits for its word."""
        self.assertEqual(self.away(1.0, 600, enabled=False), "others'")

    def test_replicated_store_and_enabled(self) -> None:
        """Nobody can say 404 without it: GoQuorum waits for it so long, and no longer."""
        self.assertEqual(self.away(1.0, 20, enabled=True), "others'")
        self.assertEqual(self.away(1.0, 30, enabled=True), "gone")
