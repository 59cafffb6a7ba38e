"""Tests for L{quorumha.pool.member_state}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.member import Member
from quorumha.pool.member_state import STATES, state_of
from quorumha.pool.passive_health import Health
from tests.pool.test_pool import upstream


class StateTests(SynchronousTestCase):
    """One word for each of the seven."""

    def setUp(self) -> None:
        self.member = Member(upstream("a"))

    def is_now(self, expected: str, now: float = 100.0, slow_start: float = 10.0) -> None:
        self.assertEqual(state_of(self.member, slow_start, now), expected)
        self.assertIn(expected, STATES)

    def test_up(self) -> None:
        """Nothing is known against it; fails that are too few put nobody out."""
        self.is_now("up")
        self.member.health = Health(fails=1, first_fail=99.0)
        self.is_now("up")

    def test_starting(self) -> None:
        """Its share grows for as long as the pool says."""
        self.member.slow_since = 91.0
        self.is_now("starting")
        self.is_now("up", now=101.0)

    def test_ejected(self) -> None:
        """Until its time is over; then one request may try it, and does."""
        self.member.health = Health(fails=3, ejected_until=101.0)
        self.is_now("ejected")
        self.is_now("half_open", now=101.0)
        self.member.health = Health(fails=3, ejected_until=110.0, tried=True)
        self.is_now("half_open", now=102.0)

    def test_down(self) -> None:
        """What its checks say goes before its traffic."""
        self.member.health = Health(fails=3, ejected_until=101.0, down=True)
        self.is_now("down")

    def test_disabled(self) -> None:
        """What its operator says goes before all."""
        self.member.health = Health(down=True)
        self.member.enabled = False
        self.is_now("disabled")
        self.member.draining = True
        self.is_now("draining")
        self.member.enabled = True
        self.is_now("down")
