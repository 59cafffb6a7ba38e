"""The rule for 404: the table of it, and each of its sentences."""

from __future__ import annotations

from typing import Literal

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import Unavailable
from quorumha.http.forward.round_policy import Again, Deliver, Fail, RoundFacts
from quorumha.tessera.decide.health_check import database_of
from quorumha.tessera.decide.transaction_lookup import NO_RESPONSES, LookupPolicy
from quorumha.tessera.knowledge.existence import ExistenceMemory
from tests.tessera.facts import DEEDS, KEY, LOOKUP, OTHER_KEY, Said, a_response, facts, request

Store = Literal["shared", "replicated"]
#: What follows now: the 404 is told, or nothing yet.  And at last: a status, 0 for the round's own error.
Now = Literal["404", "wait"]

#: What A says, what B says (None: nothing, it is disabled), whose database is dead; then for a shared
#: store and for a replicated one what follows when the transaction is not known; and at last, if waited.
TABLE: list[tuple[Said, Said | None, str, Now, Now, int]] = [
    (404, 404, "", "404", "404", 503),
    (404, 500, "", "404", "wait", 503),
    (404, 503, "", "404", "wait", 503),
    (404, "dead", "", "404", "wait", 503),
    (404, "hung", "", "404", "wait", 503),
    (404, "died", "", "404", "wait", 503),
    (404, None, "", "404", "404", 503),
    (500, 404, "", "404", "wait", 503),
    ("dead", 404, "", "404", "wait", 503),
    ("hung", 404, "", "404", "wait", 503),
    # A 404 without a database.
    (404, None, "a", "wait", "wait", 503),
    (404, "dead", "a", "wait", "wait", 503),
    (404, 500, "a", "wait", "wait", 503),
    (404, 500, "b", "404", "wait", 503),
    (404, 404, "a", "404", "wait", 503),
    (404, 404, "b", "404", "wait", 503),
    (404, 404, "ab", "wait", "wait", 503),
    # No 404 at all.
    (500, 500, "", "wait", "wait", 500),
    (500, 500, "ab", "wait", "wait", 500),
    (500, "dead", "", "wait", "wait", 500),
    (401, "hung", "", "wait", "wait", 401),
    ("dead", "dead", "", "wait", "wait", 0),
    ("hung", "hung", "", "wait", "wait", 0),
    ("dead", None, "", "wait", "wait", 0),
]

SAID = st.one_of(st.sampled_from([404, 500, 503]), st.sampled_from(DEEDS))
ROUNDS = st.builds(
    lambda earlier, said, disabled, database_dead: facts(
        said, earlier=earlier, disabled="".join(disabled), database_dead="".join(database_dead)
    ),
    st.dictionaries(st.sampled_from("abc"), SAID),
    st.dictionaries(st.sampled_from("abc"), SAID),
    st.sets(st.sampled_from("abcd")),
    st.sets(st.sampled_from("abcd")),
)


def round_policy(store: Store = "shared", *known: bytes) -> LookupPolicy:
    memory = ExistenceMemory()
    for key in known:
        memory.add(key)
    return LookupPolicy(memory, store == "replicated")


class LookupCase(SynchronousTestCase):
    """What follows, told shortly."""

    def told(self, round_policy: LookupPolicy, round_facts: RoundFacts) -> str:
        """What goes down now: a status, or C{"wait"}."""
        follows = round_policy.decide(round_facts)
        if isinstance(follows, Again):
            return "wait"
        assert isinstance(follows, Deliver), follows
        self.assertIs(follows.response, round_facts.response)
        return str(follows.response.head.status)

    def at_last(self, round_policy: LookupPolicy, round_facts: RoundFacts) -> int:
        """The status that goes down when the time is over; 0 for the round's own error."""
        last = round_policy.at_last(round_facts)
        if isinstance(last, Deliver):
            self.assertIs(last.response, round_facts.response)
            return last.response.head.status
        return 0 if last.error is round_facts.error else last.error.status


class TableTests(LookupCase):
    """Who said what."""

    def rows(self) -> list[tuple[RoundFacts, Now, Now, int]]:
        return [
            (
                facts(
                    {"a": a} if b is None else {"a": a, "b": b}, disabled="" if b else "b", database_dead=dead
                ),
                shared,
                replicated,
                last,
            )
            for a, b, dead, shared, replicated, last in TABLE
        ]

    def test_unknown(self) -> None:
        """A transaction of which nothing is known."""
        for row, (said, shared, replicated, last) in zip(TABLE, self.rows(), strict=True):
            self.assertEqual(self.told(round_policy("shared"), said), shared, row)
            self.assertEqual(self.told(round_policy("replicated"), said), replicated, row)
            self.assertEqual(self.at_last(round_policy("shared"), said), last, row)
            self.assertEqual(self.at_last(round_policy("replicated"), said), last, row)

    def test_known(self) -> None:
        """A transaction that exists: a 404 is never told, whoever says it."""
        for row, (said, _, _, last) in zip(TABLE, self.rows(), strict=True):
            for store in ("shared", "replicated"):
                known = round_policy("shared" if store == "shared" else "replicated", KEY)
                self.assertEqual(self.told(known, said), "wait", row)
                self.assertEqual(self.at_last(known, said), last, row)

    @given(ROUNDS, st.booleans(), st.booleans())
    def test_rules(self, round_facts: RoundFacts, replicated: bool, known: bool) -> None:
        """Whatever was said: a 404 goes down only by the rule, and nothing but the round's answer."""
        judging = round_policy("replicated" if replicated else "shared", *([KEY] if known else []))
        told = self.told(judging, round_facts)
        self.assertIn(told, ("404", "wait"))
        self.assertNotEqual(self.at_last(judging, round_facts), 404)
        said = {a.upstream.name for a in round_facts.attempts if str(a.outcome) == "Responded(status=404)"}
        with_database = {m.upstream.name for m in round_facts.members if not database_of(m).dead} & said
        enabled = {m.upstream.name for m in round_facts.members if m.enabled}
        if told == "404":
            self.assertFalse(known)
            self.assertTrue(enabled <= with_database if replicated else with_database)
        elif round_facts.response is not None and round_facts.response.head.status == 404 and not known:
            self.assertFalse(enabled <= with_database if replicated else with_database)


class SharedTests(LookupCase):
    """Both members read one database."""

    def test_404_is_delivered_when_the_usable_members_agree(self) -> None:
        self.assertEqual(self.told(round_policy(), facts({"a": 404, "b": 404})), "404")

    def test_dead_member_never_holds_a_404_back(self) -> None:
        self.assertEqual(self.told(round_policy(), facts({"a": 404, "b": "dead"})), "404")
        self.assertEqual(self.told(round_policy(), facts({"b": "dead", "a": 404})), "404")

    def test_disabled_member_never_holds_a_404_back(self) -> None:
        self.assertEqual(self.told(round_policy(), facts({"a": 404}, disabled="b")), "404")

    def test_hung_member_never_holds_a_404_back_beyond_its_limit(self) -> None:
        """When its try is over, the 404 goes down at once."""
        self.assertEqual(self.told(round_policy(), facts({"a": 404, "b": "hung"})), "404")
        self.assertEqual(self.told(round_policy(), facts({"b": "hung", "a": 404})), "404")

    def test_404_never_becomes_a_5xx(self) -> None:
        """Not when another member answers with one, before or after."""
        for said in ({"a": 404, "b": 500}, {"b": 500, "a": 404}, {"a": 503, "b": 404, "c": 502}):
            round_facts = facts(said)
            self.assertEqual(self.told(round_policy(), round_facts), "404")
            assert round_facts.response is not None
            self.assertEqual(round_facts.response.body, b"404", "as the member wrote it")

    def test_asks_on_after_404(self) -> None:
        """The engine is told that a 404 is not an answer yet."""
        self.assertLessEqual(NO_RESPONSES | {404}, round_policy().statuses)


class ReplicatedTests(LookupCase):
    """Each member reads its own copy."""

    def test_404_only_when_every_enabled_member_has_said_404(self) -> None:
        replicated = round_policy("replicated")
        self.assertEqual(self.told(replicated, facts({"a": 404, "b": 404})), "404")
        self.assertEqual(self.told(replicated, facts({"a": 404, "b": "dead"})), "wait")
        self.assertEqual(self.told(replicated, facts({"a": 404, "b": 404, "c": 500})), "wait")
        self.assertEqual(self.told(replicated, facts({"a": 404}, disabled="b")), "404")

    def test_members_may_say_it_one_round_after_another(self) -> None:
        """Had it existed when the request came, the one that had it would have said so."""
        round_facts = facts({"a": "dead", "b": 404}, earlier={"a": 404, "b": "dead"})
        self.assertEqual(self.told(round_policy("replicated"), round_facts), "404")

    def test_holds_inside_the_clients_limit_then_503(self) -> None:
        replicated, round_facts = round_policy("replicated"), facts({"a": 404, "b": "dead"})
        follows = replicated.decide(round_facts)
        assert isinstance(follows, Again)
        self.assertLess(follows.after, 0.5, "a copy may arrive any moment")
        last = replicated.at_last(round_facts)
        assert isinstance(last, Fail)
        self.assertIsInstance(last.error, Unavailable)
        self.assertEqual(last.error.status, 503)
        self.assertIn("disable one that stays away", str(last.error))


class ExistenceTests(LookupCase):
    """What was seen to come into being."""

    def test_404_for_what_is_known_to_exist_is_never_delivered(self) -> None:
        for store in (round_policy("shared", KEY), round_policy("replicated", KEY)):
            round_facts = facts({"a": 404, "b": 404})
            self.assertEqual(self.told(store, round_facts), "wait")
            self.assertEqual(self.at_last(store, round_facts), 503)

    def test_another_transaction_is_not_known(self) -> None:
        self.assertEqual(self.told(round_policy("shared", OTHER_KEY), facts({"a": 404})), "404")

    def test_200_on_a_transaction_is_remembered(self) -> None:
        """The one that the target names, whatever follows it in the path."""
        for below in (b"", b"?isRaw=false", b"/isSender", b"/participants"):
            seen = round_policy()
            target = LOOKUP + below
            seen.passed(target, a_response(200).head, b"", False)
            self.assertEqual(self.told(seen, facts({"a": 404})), "wait", below)

    def test_what_says_nothing_is_not_remembered(self) -> None:
        """Another status, a raw payload, a read as one recipient."""
        for status, below in ((404, b""), (500, b""), (200, b"?isRaw=true"), (200, b"?to=x")):
            seen = round_policy()
            seen.passed(LOOKUP + below, a_response(status).head, b"", True)
            self.assertEqual(len(seen.memory), 0, (status, below))

    def test_raw_payloads_are_not_known(self) -> None:
        """That the transaction exists says nothing of the raw payload under its hash."""
        round_facts = facts({"a": 404, "b": 404}, request(LOOKUP + b"?isRaw=true"))
        self.assertEqual(self.told(round_policy("shared", KEY), round_facts), "404")

    def test_older_reads(self) -> None:
        """C{/receive} and C{/receiveraw} name it elsewhere."""
        in_body = facts({"a": 404}, request(b"/receive"), b'{"key":"%b"}' % KEY)
        in_field = facts({"a": 404}, request(b"/receiveraw", fields=[(b"c11n-key", KEY)]))
        for round_facts in (in_body, in_field):
            self.assertEqual(self.told(round_policy("shared", KEY), round_facts), "wait")
            self.assertEqual(self.told(round_policy("shared", OTHER_KEY), round_facts), "404")


class DatabaseTests(LookupCase):
    """A member that cannot reach its database."""

    def test_404_from_a_member_without_its_database_is_no_answer(self) -> None:
        for store in (round_policy("shared"), round_policy("replicated")):
            self.assertEqual(self.told(store, facts({"a": 404}, database_dead="a")), "wait")
            self.assertEqual(self.at_last(store, facts({"a": 404}, database_dead="a")), 503)

    def test_another_members_404_is_one(self) -> None:
        """Where they share a database."""
        self.assertEqual(self.told(round_policy(), facts({"a": 404, "b": 404}, database_dead="a")), "404")

    def test_copies_of_a_dead_database_are_waited_for(self) -> None:
        """Where each has its own: the dead one's copy may be the one that has it."""
        said = facts({"a": 404, "b": 404}, database_dead="a")
        self.assertEqual(self.told(round_policy("replicated"), said), "wait")
