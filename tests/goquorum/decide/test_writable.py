"""Which members may take transactions."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.writable import writable
from quorumha.pool.member import Member
from quorumha.pool.passive_health import DOWN, HEALTHY
from tests.pool.test_pool import upstream


class WritableTests(SynchronousTestCase):
    """Three members."""

    def setUp(self) -> None:
        """Nothing is wrong with any."""
        self.members = [Member(upstream(name)) for name in ("a1", "a2", "a3")]

    def names(self) -> str:
        """Of those that may."""
        return " ".join(member.name for member in writable(self.members, 1.0))

    def test_writes_go_to_writable_members_only(self) -> None:
        """Not to those that are down, disabled or read-only."""
        self.assertEqual(self.names(), "a1 a2 a3")
        self.members[0].health = DOWN
        self.members[1].enabled = False
        self.assertEqual(self.names(), "a3")
        signs_of(self.members[2]).read_only = "no minter"
        self.assertEqual(self.names(), "")

    def test_behind_only_if_no_other_may(self) -> None:
        """It has the accounts' last transactions later than others."""
        signs_of(self.members[0]).behind = "behind"
        self.assertEqual(self.names(), "a2 a3")
        for member in self.members:
            signs_of(member).behind = "behind"
        self.assertEqual(self.names(), "a1 a2 a3")

    def test_ejected_only_if_no_other_may(self) -> None:
        """A bad guess beats a sure error; a member that is down is none."""
        ejected = evolve(HEALTHY, ejected_until=5.0)
        self.members[0].health = ejected
        self.assertEqual(self.names(), "a2 a3")
        self.members[1].health = DOWN
        self.members[2].health = ejected
        self.assertEqual(self.names(), "a1 a3")
