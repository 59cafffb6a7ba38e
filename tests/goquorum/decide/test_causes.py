"""Why a member is not asked."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.causes import NAMED, cause_of, causes
from quorumha.goquorum.decide.heights import signs_of
from quorumha.pool.passive_health import DOWN, Health
from quorumha.pool.pool import UpstreamPool
from tests.pool.test_pool import upstream


class CausesTests(SynchronousTestCase):
    """Each member and its cause."""

    def setUp(self) -> None:
        self.pool = UpstreamPool("p", [upstream("a1"), upstream("a2")])
        self.a1, self.a2 = self.pool.members

    def test_each_cause(self) -> None:
        """What is wrong with it, first what matters most."""
        self.assertEqual(cause_of(self.a1, 0.0), "")
        signs_of(self.a1).read_only = "no minter"
        self.assertEqual(cause_of(self.a1, 0.0), "read-only: no minter")
        signs_of(self.a1).behind = "behind: at 3, the best one at 9"
        self.assertEqual(cause_of(self.a1, 0.0), "behind: at 3, the best one at 9")
        self.a1.upstream = evolve(self.a1.upstream, max_in_flight=1)
        self.a1.in_flight = 1
        self.assertEqual(cause_of(self.a1, 0.0), "has as many requests as it may have")
        self.a1.health = Health(ejected_until=5.0)
        self.assertEqual(cause_of(self.a1, 0.0), "ejected after failures")
        self.a1.health = DOWN
        self.assertEqual(cause_of(self.a1, 0.0), "down by its checks")
        self.a1.silent = True
        self.assertEqual(cause_of(self.a1, 0.0), "silent")
        self.a1.enabled = False
        self.assertEqual(cause_of(self.a1, 0.0), "disabled")

    def test_every_member_is_named(self) -> None:
        """What became of the call goes first."""
        self.a2.health = DOWN
        said = causes(self.pool.members, 0.0, {self.a1: "could not connect (refused)"})
        self.assertEqual(said, "a1: could not connect (refused); a2: down by its checks")
        self.assertEqual(causes(self.pool.members, 0.0), "a1: not asked; a2: down by its checks")

    def test_a_very_large_pool(self) -> None:
        """It stays one line."""
        pool = UpstreamPool("p", [upstream(f"a{n}") for n in range(NAMED + 5)])
        self.assertTrue(causes(pool.members, 0.0).endswith("; and 5 more"))
