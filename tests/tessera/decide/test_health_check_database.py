"""What checks say of a node's database."""

from __future__ import annotations

import math

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.verdicts import GOOD, Verdict
from quorumha.pool.identity import Node
from quorumha.pool.pool import UpstreamPool
from quorumha.tessera.decide.health_check import DEAD, Database, database_of
from tests.pool.test_pool import upstream


class DatabaseTests(SynchronousTestCase):
    """Pure."""

    def test_dead_then_silent(self) -> None:
        """500 to who was on the connection, then nothing, as a real one.  Only a good answer ends that."""
        database = Database()
        database.note(GOOD, 1.0)
        for verdict in (DEAD, Verdict("no answer", silent=True), Verdict("could not connect (refused)")):
            database.note(verdict, 2.0)
            self.assertEqual((database.dead, database.since), (True, -math.inf))
        for now in (3.0, 4.0):
            database.note(GOOD, now)
            self.assertEqual((database.dead, database.since), (False, 3.0))

    def test_known_at_all_ports(self) -> None:
        node = Node("a")
        q2t, p2p = (UpstreamPool(name, [evolve(upstream("a"), node=node)]) for name in ("q2t", "p2p"))
        database_of(q2t.members[0]).note(DEAD, 1.0)
        self.assertTrue(database_of(p2p.members[0]).dead)
