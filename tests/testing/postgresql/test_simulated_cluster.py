"""Tests for L{quorumha.testing.postgresql.simulated_cluster}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import MemoryTopology, SimulatedCluster


class ClusterTests(SynchronousTestCase):
    """Who is the primary, and who has which rows."""

    def setUp(self) -> None:
        self.cluster = SimulatedCluster(MemoryTopology().clock)
        self.a, self.b, self.c = map(self.cluster.add, "abc")

    def test_first(self) -> None:
        """The first one is written to, and the others follow."""
        self.assertTrue(self.a.insert("row"))
        self.assertFalse(self.b.insert("other"))
        self.assertEqual([one.rows for one in (self.a, self.b, self.c)], [["row"]] * 3)
        self.assertIs(self.cluster.add("a"), self.a)

    def test_promoted(self) -> None:
        """It has a timeline of its own; the old one goes on by itself, with whoever still follows it."""
        self.cluster.promote("b")
        self.assertEqual((self.a.timeline, self.b.timeline, self.cluster.leader), (1, 2, self.b))
        self.assertTrue(self.a.insert("old"))
        self.assertTrue(self.b.insert("new"))
        self.assertEqual([one.rows for one in (self.a, self.b, self.c)], [["old"], ["new"], ["old"]])

    def test_demoted(self) -> None:
        """It follows, and what it alone had is gone."""
        self.cluster.promote("b")
        self.a.insert("old")
        self.b.insert("new")
        self.cluster.demote("a")
        self.b.insert("newer")
        self.assertEqual((self.a.rows, self.a.timeline, self.a.primary), (["new", "newer"], 2, False))
        self.assertRaises(ValueError, self.cluster.demote, "b")
