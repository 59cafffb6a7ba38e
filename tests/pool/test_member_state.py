"""The state of a member in one word."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.member import Member
from quorumha.pool.member_state import STATES, MemberState, state_in_words, state_of
from quorumha.pool.passive_health import DOWN, HEALTHY, Health
from tests.pool.test_pool import upstream

EJECTED = Health(fails=1, ejected_until=10.0)


def member(enabled: bool = True) -> Member:
    """One of which nothing is known."""
    return Member(evolve(upstream("a"), enabled=enabled))


class StateTests(SynchronousTestCase):
    """L{state_of}."""

    def test_words(self) -> None:
        """What its checks say outweighs its traffic's word, and its operator's word both."""
        for health, now, enabled, starting, expected in (
            (HEALTHY, 0.0, True, False, "up"),
            (HEALTHY, 0.0, True, True, "starting"),
            (HEALTHY, 0.0, False, True, "disabled"),
            (DOWN, 0.0, True, True, "down"),
            (evolve(EJECTED, down=True), 0.0, True, False, "down"),
            (EJECTED, 9.9, True, True, "ejected"),
            (EJECTED, 10.0, True, False, "half_open"),
            (evolve(EJECTED, tried=True), 9.9, True, False, "half_open"),
            (DOWN, 0.0, False, False, "disabled"),
        ):
            with self.subTest(expected, health=health, now=now):
                one = member(enabled)
                one.health, one.starting = health, starting
                self.assertEqual(state_of(one, now), expected)
                self.assertIn(expected, STATES)

    def test_draining(self) -> None:
        """As long as it has something."""
        one = member()
        one.enabled, one.draining, one.in_flight = False, True, 1
        self.assertEqual(state_of(one, 0.0), "draining")
        one.in_flight = 0
        self.assertEqual(state_of(one, 0.0), "disabled")
        one.enabled, one.in_flight = True, 1
        self.assertEqual((state_of(one, 0.0), one.draining), ("up", False))

    def test_removed(self) -> None:
        one = member()
        one.remove()
        self.assertEqual(state_of(one, 0.0), "disabled")


class InWordsTests(SynchronousTestCase):
    """L{state_in_words}."""

    def test_of_the_state_not_of_the_last_change(self) -> None:
        """Who was disabled and enabled while it was down is down for what put it down, since then."""
        one = member()
        one.health = DOWN
        one.numbers.changed("down", 5.0, "refused", "checked")
        one.numbers.changed("disabled", 6.0, "its operator says so", "checked, too")
        one.numbers.changed("enabled", 7.0, "its operator says so", "used while it is healthy")
        self.assertEqual(state_in_words(one, 0.0), MemberState("down", 5.0, "refused", "checked"))
        one.health = HEALTHY
        expected = MemberState("up", 7.0, "its operator says so", "used while it is healthy")
        self.assertEqual(state_in_words(one, 0.0), expected)
        one.numbers.changed("up", 8.0, "its checks are good", "has its share of requests")
        self.assertEqual(state_in_words(one, 0.0).since, 8.0)

    def test_half_open_was_ejected(self) -> None:
        one = member()
        one.health = EJECTED
        one.numbers.changed("ejected", 3.0, "timed out", "tried with one request in 10 s")
        self.assertEqual(
            state_in_words(one, 11.0),
            MemberState("half_open", 3.0, "timed out", "tried with one request in 10 s"),
        )

    def test_at_first(self) -> None:
        """Nothing has changed yet: it is so since it is a member."""
        self.assertEqual(state_in_words(member(), 0.0), MemberState("up", 0.0, "", ""))
        disabled = state_in_words(member(enabled=False), 0.0)
        self.assertEqual(
            (disabled.word, disabled.since, disabled.cause), ("disabled", 0.0, "its configuration says so")
        )
