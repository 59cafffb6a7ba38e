"""Reads whose 404 means nothing special."""

from __future__ import annotations

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import Unavailable
from quorumha.http.forward.round_policy import Again, Deliver, Fail
from quorumha.tessera.decide.health_check import database_of
from quorumha.tessera.decide.read import BEFORE, ReadPolicy, database_is_gone
from tests.tessera.facts import a_response, best, facts, request, why


class ReadPolicyTests(SynchronousTestCase):
    """L{ReadPolicy}."""

    def setUp(self) -> None:
        self.round_policy = ReadPolicy()

    def test_nobody_answered(self) -> None:
        """It waits, however they fell silent; at last the round's error goes down."""
        for said in ("dead", "hung", "died", "slept"):
            round_facts = facts({"a": said, "b": "dead"})
            self.assertIsInstance(self.round_policy.decide(round_facts), Again)
            self.assertEqual(self.round_policy.at_last(round_facts), Fail(why(round_facts)))

    def test_a_5xx_that_all_give(self) -> None:
        """C{/groups/resident} says 503 for ever where there is no such group: that is told at once."""
        round_facts = facts({"a": 503, "b": 503}, request(b"/groups/resident"))
        self.assertEqual(self.round_policy.decide(round_facts), Deliver(best(round_facts)))

    def test_a_5xx_without_any_database(self) -> None:
        """It waits for the database; at last the 5xx goes down as it was."""
        round_facts = facts({"a": 500, "b": 500}, database_dead="ab")
        self.assertIsInstance(self.round_policy.decide(round_facts), Again)
        self.assertEqual(self.round_policy.at_last(round_facts), Deliver(best(round_facts)))

    def test_a_5xx_while_one_database_lives(self) -> None:
        """Nobody waits for a member that could have done better and did not; but for one that is away."""
        round_facts = facts({"a": 500, "b": 500}, database_dead="a")
        self.assertIsInstance(self.round_policy.decide(round_facts), Deliver)
        round_facts = facts({"a": 500, "b": "dead"}, database_dead="a")
        self.assertIsInstance(self.round_policy.decide(round_facts), Again)

    def test_a_404_is_none_of_its_business(self) -> None:
        self.assertNotIn(404, self.round_policy.statuses)
        self.assertNotIn(200, self.round_policy.statuses)

    def test_without_a_word(self) -> None:
        """There is always something to tell."""
        last = self.round_policy.at_last(evolve(facts({}), error=None))
        assert isinstance(last, Fail)
        self.assertIsInstance(last.error, Unavailable)

    def test_passed(self) -> None:
        """It remembers nothing, and does not fail."""
        self.round_policy.passed(b"/x", a_response(200).head, b"", True)


class DatabaseTests(SynchronousTestCase):
    """L{database_is_gone}."""

    def test_all_enabled_members(self) -> None:
        self.assertTrue(database_is_gone(facts({"a": 500, "b": 500}, database_dead="ab")))
        self.assertFalse(database_is_gone(facts({"a": 500, "b": 500}, database_dead="a")))
        self.assertFalse(database_is_gone(facts({"a": 500, "b": 500})))

    def test_just_back(self) -> None:
        """What it said may be from before it had its database again."""
        came = evolve(facts({"a": 500, "b": 500}, database_dead="a"), now=100.0)
        database_of(came.members[1]).since = 100.0 - BEFORE + 0.1
        self.assertTrue(database_is_gone(came))
        database_of(came.members[1]).since = 100.0 - BEFORE
        self.assertFalse(database_is_gone(came))

    def test_disabled_members_do_not_count(self) -> None:
        self.assertTrue(database_is_gone(facts({"a": 500}, database_dead="a", disabled="b")))
        self.assertFalse(database_is_gone(facts({"a": 500}, database_dead="b", disabled="b")))
