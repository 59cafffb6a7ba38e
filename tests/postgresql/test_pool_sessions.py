"""Tests for L{quorumha.postgresql.pool_sessions}: one session and the others; all else: test_listener."""

from __future__ import annotations

from typing import Any

from quorumha.postgresql.writer_facts import SessionsCut
from quorumha.relay.bridge import Bridge
from tests.postgresql.session_case import SessionCase


class Broken:
    """As a session, with which everything goes wrong that is done with it."""

    def __init__(self, member: object) -> None:
        self.member = member

    @property
    def bridge(self) -> Any:
        """It is its own."""
        return self

    def pause(self) -> None:
        raise ZeroDivisionError

    cut = resume = pause


class BrokenSessionTests(SessionCase):
    """What goes wrong with one session keeps no other one from following."""

    def setUp(self) -> None:
        super().setUp()
        self.there = self.clients(8)
        relay = self.proxy.service.parts["db"].factory
        first: Bridge = next(iter(relay.connections)).bridge
        # Among the others, wherever these are in the set.
        broken = [Broken(first.member) for _ in range(8)]
        relay.sessions.sessions.update(broken)
        self.addCleanup(relay.sessions.sessions.difference_update, broken)

    def test_cut(self) -> None:
        """Nobody stays at the old primary."""
        self.cluster.promote("b")
        self.net.advance(1)
        self.assertEqual([client.lost for client in self.there], ["ConnectionLost"] * 8)
        self.assertEqual(self.cluster.databases["a"].sessions, [])
        self.assertEqual([fact.count for fact in self.facts.of(SessionsCut)], [8])
        # They are tried again at each further change.
        self.assertGreaterEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 8)

    def test_pause_and_resume(self) -> None:
        """All others stand still, and go on."""
        self.pause()
        for client in self.there:
            client.insert("row")
        self.net.advance(1)
        self.assertEqual(self.rows("a"), [])
        self.net.revive("10.0.0.1:8008")
        self.net.advance(1)
        self.assertEqual([client.acknowledged for client in self.there], [["row"]] * 8)
        self.assertGreaterEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 8)


class InHandTests(SessionCase):
    """The process stood still between the moment in which it knew that time had passed, and a delivery."""

    def setUp(self) -> None:
        super().setUp()
        (self.sitting,) = self.clients(1)
        self.sitting.insert("first")
        self.net.run()
        self.assertEqual(self.sitting.acknowledged, ["first"])

    def stand_still(self) -> None:
        """Time passes, and nothing is done of what is due."""
        self.net.clock.rightNow += 10.0

    def test_nothing_goes_to_the_old_primary(self) -> None:
        """Bytes come first, and everything else later."""
        self.stand_still()
        self.cluster.promote("b")
        self.sitting.insert("late")
        self.net.run()
        self.net.advance(1)
        self.assertEqual(self.sitting.lost, "ConnectionLost")
        self.assertEqual((self.rows("a"), self.rows("b")), (["first"], ["first"]))

    def test_nothing_is_acknowledged_by_the_old_primary(self) -> None:
        """What it says comes first."""
        (connection,) = self.proxy.service.parts["db"].factory.connections
        self.stand_still()
        self.cluster.promote("b")
        self.assertEqual(connection.upstream.may_splice(), 0)
        connection.upstream.dataReceived(b"C\0\0\0\x0fINSERT 0 1\0Z\0\0\0\x05I")
        self.net.advance(1)
        self.assertEqual(self.sitting.acknowledged, ["first"])
        self.assertEqual(self.sitting.lost, "ConnectionLost")

    def test_it_goes_on(self) -> None:
        """Nobody else was promoted: what was in hand goes first, and once."""
        (connection,) = self.proxy.service.parts["db"].factory.connections
        self.stand_still()
        self.sitting.insert("second")
        self.sitting.insert("third")
        self.net.advance(3)
        self.assertEqual(self.sitting.acknowledged, ["first", "second", "third"])
        self.assertEqual(self.rows("a"), ["first", "second", "third"])
        self.assertGreater(connection.may_splice(), 0)
