"""Tests for L{quorumha.postgresql.kind}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.explain import explain
from quorumha.app.pools import Nodes
from tests.postgresql.said_roles import LISTENER, POOL, config


class ExplainTests(SynchronousTestCase):
    """C{check --explain}."""

    def test_worst_case(self) -> None:
        """The numbers that a switch takes, and what is left of GoQuorum's own time."""
        text = explain(config(POOL + LISTENER))
        self.assertIn("new sessions wait 10 s at most (hold), 200 at once (waiting_sessions)", text)
        self.assertIn("a switch takes the promotion, and 1.5 s at most until it is seen", text)
        self.assertIn("timeout 1 s + lease 3 s + interval 0.5 s = 4.5 s", text)
        self.assertIn("GoQuorum tries for 25 s, which leaves 20.5 s", text)

    def test_nobody_is_ejected(self) -> None:
        """Nothing is said of what traffic does to members: who is used is the databases' word."""
        lines = explain(config(POOL + LISTENER)).splitlines()
        self.assertEqual([line for line in lines if line.startswith("pool ")], ["pool db: a, b"])
        self.assertIn("  pool db: a, b", lines)
        for word in ("traffic", "ejected", "slow start", "retry budget", "round-robin"):
            self.assertFalse([line for line in lines if word in line], word)

    def test_at_most(self) -> None:
        """A member has as many sessions as it may."""
        text = explain(config(POOL.replace('name = "b"', 'max_in_flight = 50, name = "b"') + LISTENER))
        self.assertIn("  at once, b: 50 at most (max_in_flight)", text)


class NodeTests(SynchronousTestCase):
    """Which members are one database."""

    def test_groups(self) -> None:
        """Members of one name are one in a group, and never in two."""
        second = POOL.partition("\n")[2].replace("pools.db", "pools.two")
        listener = LISTENER.replace("listeners.db", "listeners.two").replace("5432", "5433")
        listener = listener.replace('"db"', '"two"')
        group = 'writer_group = "g"\n'
        one = Nodes(config(POOL + group + second + group + LISTENER + listener)).of
        self.assertIs(one["db", "a"], one["two", "a"])
        two = Nodes(config(POOL + second + LISTENER + listener)).of
        self.assertIsNot(two["db", "a"], two["two", "a"])
