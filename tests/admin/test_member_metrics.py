"""Tests for L{quorumha.admin.member_metrics}."""

from __future__ import annotations

from quorumha.admin.member_metrics import OUTCOMES
from quorumha.pool.member_state import STATES
from quorumha.tessera.decide.health_check import DEAD, database_of
from tests.admin.test_metrics import MetricsCase, listener, pool


class MemberTests(MetricsCase):
    """A pool of two, and a mirror."""

    def setUp(self) -> None:
        self.serve(pool("a", 1, 2), listener("one", 80, "a"))
        self.member, self.other = self.proxy.service.pools["a"].members

    def of(self, family: str, *labels: str) -> dict[str, float]:
        """The values of a family, by these labels' values of its first member, or of its pool."""
        found = self.values(f"{family}{{")
        return {
            label: value
            for name, value in found.items()
            for label in labels
            if f'="{label}"' in name and ("upstream" not in name or self.member.name in name)
        }

    def test_attempts(self) -> None:
        """Each outcome has its series, from the beginning."""
        self.assertEqual(self.of("quorumha_attempts_total", *OUTCOMES), dict.fromkeys(OUTCOMES, 0.0))
        for number, outcome in enumerate(OUTCOMES, 1):
            setattr(self.member.numbers, outcome, number)
        expected = {outcome: float(number) for number, outcome in enumerate(OUTCOMES, 1)}
        self.assertEqual(self.of("quorumha_attempts_total", *OUTCOMES), expected)

    def test_states(self) -> None:
        """One state is 1, all others are 0; C{up} follows."""
        self.proxy.net.advance(3)
        self.assertEqual(self.of("quorumha_state", *STATES), {**dict.fromkeys(STATES, 0.0), "up": 1.0})
        self.member.enabled = False
        self.assertEqual(self.of("quorumha_state", *STATES), {**dict.fromkeys(STATES, 0.0), "disabled": 1.0})
        self.assertEqual(self.of("quorumha_up", "a"), {"a": 0.0})
        self.assertEqual(self.of("quorumha_state_changes_total", "disabled"), {"disabled": 1.0})
        changed_at = self.member.numbers.changed_at
        self.assertEqual(self.of("quorumha_last_change_timestamp_seconds", "a"), {"a": changed_at})
        self.assertGreater(changed_at, 0.0)

    def test_pool(self) -> None:
        """What became of requests, and why others were asked."""
        counters = self.proxy.service.pools["a"].counters
        counters.requests, counters.answered, counters.failed = 9, 7, 2
        counters.failovers_by["broken"] = 3
        counters.mirrored, counters.mirror_failed, counters.mirror_dropped = 4, 5, 6
        self.assertEqual(self.of("quorumha_pool_requests_total", "a"), {"a": 9.0})
        self.assertEqual(self.of("quorumha_pool_responded_total", "a"), {"a": 7.0})
        self.assertEqual(self.of("quorumha_pool_failed_total", "a"), {"a": 2.0})
        self.assertEqual(
            self.of("quorumha_failovers_total", "connect", "timeout", "broken", "status"),
            {"connect": 0.0, "timeout": 0.0, "broken": 3.0, "status": 0.0},
        )
        self.assertEqual(
            self.of("quorumha_mirror_total", "responded", "failed", "dropped"),
            {"responded": 4.0, "failed": 5.0, "dropped": 6.0},
        )
        self.assertEqual(self.of("quorumha_mirror_pending", "a"), {"a": 0.0})

    def test_checks(self) -> None:
        """By result; how long the last one took is there once there was one."""
        self.member.numbers.checked_at = 0.0
        self.assertEqual(self.of("quorumha_check_seconds", "a"), {})
        self.member.numbers.checks.update(good=8, bad=1)
        self.member.numbers.checked_at, self.member.numbers.check_seconds = 1_700_000_000.0, 0.25
        self.assertEqual(self.of("quorumha_checks_total", "good", "bad"), {"good": 8.0, "bad": 1.0})
        self.assertEqual(self.of("quorumha_check_seconds", "a"), {"a": 0.25})

    def test_in_flight(self) -> None:
        """What it has now."""
        self.member.in_flight = 3
        self.assertEqual(self.of("quorumha_in_flight", "a"), {"a": 3.0})
        self.member.in_flight = 0

    def test_database(self) -> None:
        """Only who is asked for its database has the series."""
        self.assertEqual(self.of("quorumha_database_dead", "a"), {})
        database_of(self.member).note(DEAD, 1.0)
        self.assertEqual(self.of("quorumha_database_dead", "a"), {"a": 1.0})
        self.assertEqual(len(self.values("quorumha_database_dead")), 1)

    def test_first_byte(self) -> None:
        """How long members took."""
        before = self.of("quorumha_first_byte_seconds_count", "a")["a"]
        self.member.numbers.first_byte.observe(0.02)
        self.assertEqual(self.of("quorumha_first_byte_seconds_count", "a"), {"a": before + 1})
