"""Tests for L{quorumha.postgresql.writer_group}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.postgresql.group_fixture import LEASE, Grouped
from tests.postgresql.test_one_primary import primary, standby

A = "10.0.0.a:5432"


class FollowTests(SynchronousTestCase):
    """All relays of all pools of a group follow one decision."""

    def setUp(self) -> None:
        self.grouped = Grouped()
        self.grouped.say("a", primary(1))
        self.grouped.say("b", standby(1))

    def test_a_switch(self) -> None:
        """The sessions of the old one are cut everywhere, then new ones begin."""
        self.assertEqual(self.grouped.news(), ["keep nobody", "open a"])
        self.grouped.say("b", primary(2))
        self.assertEqual(self.grouped.news(), ["keep nobody", "open b"])
        self.assertEqual((self.grouped.group.switches, self.grouped.group.cut), (1, 2))

    def test_silent(self) -> None:
        """Sessions pause, and go on."""
        self.grouped.news()
        self.grouped.clock.advance(LEASE)
        self.assertEqual(self.grouped.news(), [f"pause {A}"])
        self.assertIsNone(self.grouped.group.member_for(self.grouped.pools[0]))
        self.grouped.say("a", primary(1))
        self.assertEqual(self.grouped.news(), [f"keep {A}", "open a"])
