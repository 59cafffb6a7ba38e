"""What makes something new, or has an effect, each time."""

from __future__ import annotations

import json
from urllib.parse import quote

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import UpstreamError
from quorumha.http.forward.round_policy import Again, Ask, Deliver, Elsewhere, Fail, RoundFacts
from quorumha.pool.passive_health import Health
from quorumha.tessera.decide.health_check import DEEP_PATH
from quorumha.tessera.decide.send import LEARNING, LOOK, ROLLED_BACK, SendOncePolicy, SendPolicy
from quorumha.tessera.knowledge.existence import ExistenceMemory
from tests.tessera.facts import DEEDS, KEY, Said, a_response, best, facts, request, why

SEND = request(b"/send", b"POST")
SAID = st.one_of(st.sampled_from(sorted(ROLLED_BACK)), st.sampled_from(DEEDS))


def sent(said: dict[str, Said], **more: str) -> RoundFacts:
    return facts(said, SEND, b"{}", **more)


class NewTests(SynchronousTestCase):
    """L{SendPolicy}: each try makes another ciphertext."""

    def setUp(self) -> None:
        self.memory = ExistenceMemory()
        self.round_policy = SendPolicy(self.memory)

    def waits(self, round_facts: RoundFacts) -> bool:
        """Whether it is asked again; else the best there is goes down."""
        follows = self.round_policy.decide(round_facts)
        if isinstance(follows, Again):
            return True
        self.assertEqual(follows, self.round_policy.at_last(round_facts))
        return False

    def test_waits_while_no_member_was_reached(self) -> None:
        self.assertTrue(self.waits(sent({"a": "dead", "b": "dead"})))
        self.assertTrue(self.waits(sent({})))

    def test_waits_when_members_died_at_once(self) -> None:
        """What a member had begun when it died was rolled back."""
        self.assertTrue(self.waits(sent({"a": "died", "b": "dead"})))
        self.assertTrue(self.waits(sent({"a": "cut off", "b": "dead"})))

    def test_not_after_a_long_wait(self) -> None:
        """No orphan for a node that only slept: it will act on what it got."""
        for silent in ("slept", "hung", "stalled"):
            self.assertFalse(self.waits(sent({"a": "dead", "b": silent})), silent)
            round_facts = sent({"a": silent})
            last = self.round_policy.decide(round_facts)
            assert isinstance(last, Fail)
            self.assertIs(last.error, round_facts.error)

    def test_waits_when_checks_put_members_down(self) -> None:
        """What they will do they will do; it may be sent again, though not at once to the same."""
        self.assertTrue(self.waits(sent({"a": "down", "b": "dead"})))
        self.assertTrue(self.waits(sent({"a": "down", "b": "down"})))
        self.assertTrue(self.waits(facts({"b": "dead"}, SEND, earlier={"a": "down"})))
        self.assertFalse(self.waits(sent({"a": "down", "b": "hung"})))

    def test_not_even_rounds_later(self) -> None:
        """A member that slept in an earlier round still has what it got."""
        self.assertFalse(self.waits(facts({"a": "dead", "b": "dead"}, SEND, earlier={"a": "slept"})))

    def test_how_long_is_long(self) -> None:
        """As the retry policy has it."""
        patient = SendPolicy(self.memory, repeat_within=3.0)
        self.assertIsInstance(patient.decide(sent({"a": "slept"})), Again)

    def test_statuses_after_which_nothing_was_kept(self) -> None:
        """404 "Recipient not found" and 410 are one member's view; when all say so, it is told."""
        for status in (401, 403, 404, 410, 500, 503):
            self.assertIn(status, self.round_policy.statuses)
            round_facts = sent({"a": status, "b": status})
            self.assertFalse(self.waits(round_facts), status)
            self.assertEqual(self.round_policy.decide(round_facts), Deliver(best(round_facts)))
        for status in (200, 201, 400):
            self.assertNotIn(status, self.round_policy.statuses)

    def test_waits_while_those_who_answer_are_newcomers(self) -> None:
        """A Tessera that was started anew knows no recipient until it is told of the other parties."""
        for status in (403, 404, 410):
            round_facts = evolve(sent({"a": status, "b": status}), now=100.0)
            a, b = round_facts.members
            a.health = Health(0, 0.0, 0.0, down=True)
            self.assertFalse(self.waits(round_facts), "b has been there long")
            b.up_since = 100.0 - LEARNING + 0.1
            self.assertTrue(self.waits(round_facts), status)
            b.up_since = 100.0 - LEARNING
            self.assertFalse(self.waits(round_facts), "by now it would know")
            b.health = a.health
            self.assertTrue(self.waits(round_facts), "neither is to be used yet")
            still = evolve(round_facts, refused_for=LEARNING)
            self.assertFalse(self.waits(still), "their checks find something else")
            b.up_since = 95.0
            a.up_since = 95.0
            self.assertTrue(self.waits(still), "both are just back")
            self.assertEqual(self.round_policy.at_last(round_facts), Deliver(best(round_facts)))
        slept = evolve(sent({"a": "slept", "b": 404}), now=100.0)
        slept.members[1].up_since = 100.0
        self.assertFalse(self.waits(slept))

    def test_an_answer_beats_a_dead_member(self) -> None:
        self.assertFalse(self.waits(sent({"a": 404, "b": "dead"})))
        self.assertFalse(self.waits(sent({"a": 410, "b": "hung"})))

    def test_waits_while_no_member_has_its_database(self) -> None:
        """They said that they kept nothing, so it may be sent again."""
        self.assertTrue(self.waits(sent({"a": 500, "b": 500}, database_dead="ab")))
        self.assertFalse(self.waits(sent({"a": 500, "b": 500}, database_dead="a")))
        self.assertFalse(self.waits(sent({"a": 404, "b": 500}, database_dead="ab")))
        self.assertFalse(self.waits(sent({"a": "slept", "b": 500}, database_dead="ab")))

    def test_slow_answers(self) -> None:
        """Who answered does not sleep, however long it took."""
        round_facts = sent({"a": 500}, database_dead="a")
        slow = [evolve(one, waited=60.0) for one in round_facts.attempts]
        self.assertTrue(self.waits(evolve(round_facts, attempts=slow)))

    def test_at_last(self) -> None:
        round_facts = sent({"a": 500, "b": 500}, database_dead="ab")
        self.assertEqual(self.round_policy.at_last(round_facts), Deliver(best(round_facts)))
        round_facts = sent({"a": "dead"})
        self.assertEqual(self.round_policy.at_last(round_facts), Fail(why(round_facts)))

    @given(st.dictionaries(st.sampled_from("abc"), SAID), st.dictionaries(st.sampled_from("abc"), SAID))
    def test_never_sent_again_to_follow_a_sleeper(
        self, earlier: dict[str, Said], said: dict[str, Said]
    ) -> None:
        round_facts = facts(said, SEND, earlier=earlier, database_dead="abc")
        slept = {"slept", "hung", "stalled"} & {*earlier.values(), *said.values()}
        if slept:
            self.assertFalse(self.waits(round_facts))
        elif round_facts.response is None:
            self.assertTrue(self.waits(round_facts))


class LookingTests(SynchronousTestCase):
    """L{SendPolicy}, where a member can be asked whether it has its database."""

    def setUp(self) -> None:
        self.round_policy = SendPolicy(ExistenceMemory(), looks=True)

    def follows(self, round_facts: RoundFacts) -> object:
        return self.round_policy.decide(round_facts)

    def test_asks_who_said_it(self) -> None:
        """A transaction that does not exist, as the deep check asks; once, and for a short time."""
        round_facts = sent({"a": 500, "b": "dead"})
        asks = self.follows(round_facts)
        assert isinstance(asks, Ask)
        self.assertEqual(
            (asks.head.target, asks.member, asks.within), (DEEP_PATH, round_facts.members[0], LOOK)
        )

    def test_has_its_database(self) -> None:
        """Then the 500 is the response."""
        for status in (404, 200):
            round_facts = facts({"a": 500}, SEND, earlier={"b": "dead"}, asked=a_response(status))
            self.assertEqual(self.follows(round_facts), Deliver(best(round_facts)))

    def test_has_not(self) -> None:
        """It says so, or says nothing, or the checks know: the next member, or none is left and it waits."""
        for asked in (a_response(500), UpstreamError("silent")):
            round_facts = evolve(sent({"a": 500, "b": "dead"}), asked=asked)
            self.assertEqual(self.follows(round_facts), Elsewhere(round_facts.members[0]))
            self.assertIsInstance(self.follows(evolve(sent({"a": 500}), asked=asked)), Again)
        known = sent({"a": 500, "b": "dead"}, database_dead="a")
        self.assertEqual(self.follows(known), Elsewhere(known.members[0]))

    def test_each_once(self) -> None:
        """The second one that says it is asked, too; who says it again is not."""
        asks = self.follows(facts({"b": 500}, SEND, earlier={"a": 500}))
        assert isinstance(asks, Ask) and asks.member is not None
        self.assertEqual(asks.member.upstream.name, "b")
        again = facts({"a": 500, "b": 500}, SEND, earlier={"a": 500, "b": 500})
        self.assertEqual(self.follows(again), Deliver(best(again)))

    def test_not_to_follow_a_sleeper(self) -> None:
        round_facts = sent({"a": "hung", "b": 500})
        self.assertEqual(self.follows(round_facts), Deliver(best(round_facts)))

    def test_other_statuses(self) -> None:
        """Are nothing to look into."""
        for status in sorted(ROLLED_BACK - {500}):
            round_facts = sent({"a": status})
            self.assertEqual(self.follows(round_facts), Deliver(best(round_facts)))


class NotingTests(SynchronousTestCase):
    """What came into being is remembered."""

    def setUp(self) -> None:
        self.memory = ExistenceMemory()
        self.round_policy = SendPolicy(self.memory)

    def passed(self, status: int, body: bytes, ended: bool = True, location: bytes = b"") -> None:
        head = a_response(status, fields=[(b"Location", location)] if location else []).head
        self.round_policy.passed(b"/send", head, body, ended)

    def test_send(self) -> None:
        self.passed(201, json.dumps({"key": KEY.decode()}).encode())
        self.assertIn(KEY, self.memory)

    def test_sendraw(self) -> None:
        self.passed(200, KEY)
        self.assertIn(KEY, self.memory)

    def test_body_that_comes_later(self) -> None:
        """The Location tells as much."""
        self.passed(201, b"", False, b"http://c/transaction/" + quote(KEY, safe="").encode())
        self.assertIn(KEY, self.memory)

    def test_nothing_was_made(self) -> None:
        for status in (404, 410, 500):
            self.passed(status, KEY)
        self.passed(201, b"")
        self.passed(200, KEY[:40], False)
        self.passed(200, KEY, False)
        self.assertEqual(len(self.memory), 0)

    def test_raw_payloads(self) -> None:
        """C{/storeraw} makes no transaction: its round policy has no memory."""
        SendPolicy().passed(b"/storeraw", a_response(200).head, KEY, True)


class OnceTests(SynchronousTestCase):
    """L{SendOncePolicy}."""

    def setUp(self) -> None:
        self.round_policy = SendOncePolicy()

    def test_waits_only_while_no_member_could_be_reached(self) -> None:
        self.assertIsInstance(self.round_policy.decide(sent({"a": "dead", "b": "dead"})), Again)

    def test_never_again_once_a_byte_was_sent(self) -> None:
        for said in ("died", "slept", "cut off", "hung", "stalled"):
            round_facts = sent({"a": "dead", "b": said})
            self.assertEqual(self.round_policy.decide(round_facts), Fail(why(round_facts)))
            later = facts({"a": "dead"}, SEND, earlier={"a": said})
            self.assertIsInstance(self.round_policy.decide(later), Fail)

    def test_every_answer_goes_down_at_once(self) -> None:
        self.assertEqual(self.round_policy.statuses, frozenset())
        round_facts = sent({"a": 500})
        self.assertEqual(self.round_policy.decide(round_facts), Deliver(best(round_facts)))
        self.round_policy.passed(b"/send", a_response(201).head, b"", True)
