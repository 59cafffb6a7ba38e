"""What the answers to C{/push} mean."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.round_policy import Again, Deliver, Fail, Response, RoundFacts
from quorumha.http.wire.messages import Fields
from quorumha.pool.passive_health import DOWN, HEALTHY
from quorumha.tessera.decide.push import PAUSE, PushPolicy
from tests.tessera.facts import Said, a_response, best, facts, request, why
from tests.testing.test_corpus import load

#: As PostgreSQL says it through EclipseLink, and others.
DUPLICATES = (
    b'ERROR: duplicate key value violates unique constraint "encrypted_transaction_pkey"',
    b"Unique index or primary key violation: PRIMARY KEY ON PUBLIC.ENCRYPTED_TRANSACTION",
    b"Duplicate entry 'x' for key 'PRIMARY'",
    b"ORA-00001: unique constraint (TESSERA.PK) violated",
)


def captured() -> dict[str, Any]:
    """A push that a real node took at once."""
    return next(one for one in load("p2p-b") if one["path"] == "/push" and one["status"] == 201)


class PushPolicyTests(SynchronousTestCase):
    """L{PushPolicy}."""

    round_policy = PushPolicy()

    def told(self, text: bytes, earlier: dict[str, Said] | None = None, fields: Fields | None = None) -> Any:
        """What is done with a 500 with such a text."""
        body = b64decode(captured()["request"]["body"])
        head = request(b"/push", b"POST", fields)
        known = facts({"b": 500}, head, body, earlier=earlier)
        said = RoundFacts(
            head, head.target, known.body, known.attempts, known.resent, known.members, a_response(500, text)
        )
        decided = self.round_policy.decide(said)
        return decided.response if isinstance(decided, Deliver) else decided

    def test_duplicate_on_a_repeat_is_success(self) -> None:
        """As a real node said it the first time: status, type, key."""
        one = captured()
        fields = [(name.encode(), value.encode()) for name, value in one["request"]["headers"]]
        for text in DUPLICATES:
            for deed in ("died", "hung", "cut off"):
                answer = self.told(text, {"a": deed}, fields)  # type: ignore[dict-item]
                self.assertEqual(answer.head.status, 201)
                self.assertEqual(answer.body, b64decode(one["response"]["body"]))
                headers = dict(one["response"]["headers"])
                self.assertEqual(answer.head.fields, [(b"Content-Type", headers["Content-Type"].encode())])
                self.assertEqual(answer.head.stated_length, int(headers["Content-Length"]))

    def test_without_a_wish_it_is_text(self) -> None:
        for accept in (b"*/*", b"", None):
            fields = [] if accept is None else [(b"Accept", accept)]
            answer = self.told(DUPLICATES[0], {"a": "died"}, fields)
            self.assertEqual(answer.head.fields, [(b"Content-Type", b"text/plain")])

    def test_duplicate_without_a_repeat_is_an_error(self) -> None:
        """The row is another push's."""
        for text in DUPLICATES:
            self.assertEqual((self.told(text).head.status, self.told(text).body), (500, text))
            self.assertEqual(self.told(text, {"a": "dead"}).head.status, 500)

    def test_other_errors(self) -> None:
        self.assertEqual(self.told(b"No suitable recipient keys", {"a": "died"}).head.status, 500)

    def test_nobody_can_answer(self) -> None:
        """It waits, until there is no more time."""
        nobody = facts({"a": "dead", "b": "hung"}, request(b"/push", b"POST"))
        self.assertIsInstance(self.round_policy.decide(nobody), Again)
        self.assertEqual(self.round_policy.at_last(nobody), Fail(why(nobody)))

    def test_no_database(self) -> None:
        """Then nobody can answer, either; at last the error is."""
        dead = facts({"a": 500, "b": 500}, request(b"/push", b"POST"), database_dead="ab")
        self.assertIsInstance(self.round_policy.decide(dead), Again)
        self.assertEqual(self.round_policy.at_last(dead), Deliver(best(dead)))

    def test_body_that_was_not_kept(self) -> None:
        """The key is not known then; the sender looks at the status."""
        head = request(b"/push", b"POST")
        known = facts({"a": "died", "b": 500}, head)
        said = RoundFacts(
            head, head.target, known.body, known.attempts, True, known.members, a_response(500, DUPLICATES[0])
        )
        decided = self.round_policy.decide(said)
        assert isinstance(decided, Deliver)
        self.assertIsInstance(decided.response, Response)
        self.assertEqual((decided.response.head.status, decided.response.body), (201, b""))


class BudgetTests(SynchronousTestCase):
    """A 5xx that is no duplicate is asked again while there is time."""

    def follows(self, status: int, left: float | None, text: bytes = b"broken") -> object:
        known = facts({"a": status, "b": status}, request(b"/push", b"POST"))
        return PushPolicy().decide(evolve(known, left=left, response=a_response(status, text)))

    def test_again(self) -> None:
        """After half a second, where there is more time than that."""
        for status in (500, 502, 503, 504):
            self.assertEqual(self.follows(status, 3.0), Again(PAUSE))

    def test_a_last_try(self) -> None:
        """When less than half a second is left, it is made before the time is over."""
        for left in (0.6, 0.5, 0.3):
            again = self.follows(500, left)
            assert isinstance(again, Again)
            self.assertTrue(0 < again.after < left)

    def test_then_it_is_told(self) -> None:
        for left in (0.24, 0.0, None):
            self.assertIsInstance(self.follows(500, left), Deliver)

    def test_what_is_said_for_ever(self) -> None:
        """No key of its own is among the recipients': each try would say so, and hold the sender up."""
        self.assertIsInstance(self.follows(500, 3.0, b"No suitable recipient keys found"), Deliver)

    def test_other_statuses(self) -> None:
        self.assertIsInstance(self.follows(403, 3.0), Deliver)

    @given(st.floats(0, 60))
    def test_it_comes_to_an_end(self, left: float) -> None:
        """However the time is, there are few tries in it, and the last comes shortly before its end."""
        tries = 0
        while isinstance(again := self.follows(500, left), Again):
            left -= again.after
            tries += 1
            self.assertGreater(left, 0)
        self.assertLess(tries, 125)
        self.assertLess(left, 0.25)


class AwayTests(SynchronousTestCase):
    """No member is there."""

    round_policy = PushPolicy(budget=3.0)

    def decided(self, now: float, said: dict[str, Said] | None = None, **changed: object) -> Any:
        known = facts(said or {"a": "dead", "b": "dead"}, request(b"/push", b"POST"))
        for member in known.members:
            member.health, member.faulty, member.down_since = DOWN, True, 10.0
        for name, value in changed.items():
            setattr(known.members[0], name, value)
        return self.round_policy.decide(evolve(known, now=now))

    def test_each_waits_at_first(self) -> None:
        self.assertIsInstance(self.decided(12.9), Again)

    def test_refused_after_a_whole_budget(self) -> None:
        decided = self.decided(13.0)
        assert isinstance(decided, Fail)
        self.assertEqual(decided.error.status, 503)
        self.assertIsInstance(self.decided(13.0, down_since=10.1), Again)

    def test_until_a_check_is_good(self) -> None:
        self.assertIsInstance(self.decided(60.0, faulty=False), Again)
        self.assertIsInstance(self.decided(60.0, health=HEALTHY), Again)

    def test_not_one_that_may_have_been_taken(self) -> None:
        self.assertIsInstance(self.decided(60.0, {"a": "hung"}), Again)

    def test_who_is_disabled_does_not_count(self) -> None:
        self.assertIsInstance(self.decided(60.0, faulty=False, enabled=False), Fail)

    def test_without_that_time(self) -> None:
        self.round_policy = PushPolicy()
        self.assertIsInstance(self.decided(60.0), Again)
