"""What became of a request whose member died."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import quote

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import UpstreamError
from quorumha.http.forward.round_policy import Again, Ask, Deliver, Elsewhere, Fail, Response, RoundFacts
from quorumha.http.wire.messages import Fields, RequestHead
from quorumha.pool.passive_health import DOWN
from quorumha.tessera.decide.send import ROLLED_BACK
from quorumha.tessera.decide.signed_and_delete import DeletePolicy, SignedPolicy
from quorumha.tessera.knowledge.existence import ExistenceMemory
from quorumha.tessera.knowledge.keys import transaction_key
from tests.tessera.facts import (
    DEEDS,
    KEY,
    LOOKUP,
    Said,
    a_response,
    best,
    facts,
    pool_of,
    request,
    why,
)
from tests.testing.test_corpus import load

BODY = b'{"hash":"%b","to":[]}' % KEY
JSON: Fields = [(b"Content-Type", b"application/json"), (b"Accept", b"application/json")]
SIGNED = request(b"/sendsignedtx", b"POST", JSON)
OCTETS = request(b"/sendsignedtx", b"POST", [(b"Content-Type", b"application/octet-stream")])
NOBODY = UpstreamError("nobody")
SAID = st.one_of(st.sampled_from(sorted(ROLLED_BACK)), st.sampled_from(DEEDS))


def signed(
    said: Mapping[str, Said],
    asked: int | UpstreamError | None = None,
    body: bytes = BODY,
    head: RequestHead = SIGNED,
    database_dead: str = "",
    earlier: Mapping[str, Said] | None = None,
) -> RoundFacts:
    """A round of C{/sendsignedtx}, and what came of the look-up."""
    came = a_response(asked) if isinstance(asked, int) else asked
    return facts(said, head, body, asked=came, database_dead=database_dead, earlier=earlier)


class LeftOutTests(SynchronousTestCase):
    """A member that was not asked, as it seemed to sleep."""

    def test_it_responds_by_now(self) -> None:
        """What another one says of itself is not the last word."""
        round_policy = SignedPolicy(ExistenceMemory())
        round_facts = evolve(signed({"b": 500}, asked=404), members=pool_of("ab"))
        a, b = round_facts.members
        self.assertEqual(round_policy.decide(round_facts), Elsewhere(b))
        a.silent, a.health = True, DOWN
        self.assertEqual(round_policy.decide(round_facts), Deliver(best(round_facts)))
        a.silent, a.enabled = False, False
        self.assertEqual(round_policy.decide(round_facts), Deliver(best(round_facts)))
        asked = evolve(signed({"a": 500, "b": 500}, asked=404))
        self.assertEqual(round_policy.decide(asked), Deliver(best(asked)))


class SignedTests(SynchronousTestCase):
    """L{SignedPolicy}."""

    def setUp(self) -> None:
        self.memory = ExistenceMemory()
        self.round_policy = SignedPolicy(self.memory)

    def made(self, round_facts: RoundFacts) -> Response:
        """The answer that goes down now."""
        follows = self.round_policy.decide(round_facts)
        assert isinstance(follows, Deliver), follows
        return follows.response

    def asks(self, head: RequestHead) -> None:
        """It is the question for the transaction that the request makes."""
        self.assertEqual((head.method, transaction_key(head.target), head.host), (b"GET", KEY, b"c"))
        self.assertEqual(head.target, b"/transaction/" + quote(KEY, safe="").encode())
        self.assertEqual(head.length, 0)

    def test_waits_while_no_member_was_reached(self) -> None:
        follows = self.round_policy.decide(signed({"a": "dead", "b": "dead"}))
        assert isinstance(follows, Again)
        self.assertIsNone(follows.subrequest, "the request itself")

    def test_waits_while_those_who_answer_are_newcomers(self) -> None:
        """A Tessera that was started anew knows no recipient until it is told of the other parties."""
        for status in (403, 404, 410):
            round_facts = evolve(signed({"a": status, "b": status}), now=100.0)
            for member in round_facts.members:
                member.up_since = 90.1
            self.assertIsInstance(self.round_policy.decide(round_facts), Again)
            self.assertIsInstance(
                self.round_policy.decide(evolve(signed({"a": "died", "b": status}, 404), now=90.0)), Deliver
            )
            again = evolve(signed({"a": "died", "b": status}, 404), now=100.0)
            again.members[1].up_since = 95.0
            self.assertIsInstance(self.round_policy.decide(again), Again)
            round_facts.members[0].up_since = 90.0
            self.assertIs(self.made(round_facts), best(round_facts))

    def test_a_raw_payload_that_is_not_there(self) -> None:
        """That has nothing to do with other parties."""
        for member in (round_facts := signed({"a": 404, "b": 404})).members:
            member.up_since = 0.0
        said = a_response(404, b"Message with hash x was not found")
        self.assertIs(self.made(evolve(round_facts, response=said, now=1.0)), said)

    def test_a_living_member_is_asked(self) -> None:
        """A member that was sent anything may have made it."""
        for said in ("died", "slept", "hung", "cut off", "stalled"):
            follows = self.round_policy.decide(signed({"a": said}))
            assert isinstance(follows, Ask), said
            self.asks(follows.head)

    def test_a_500_is_examined(self) -> None:
        """It may be a duplicate key: then the transaction is there."""
        follows = self.round_policy.decide(signed({"a": 500, "b": 500}))
        assert isinstance(follows, Ask)
        self.asks(follows.head)

    def test_it_was_made(self) -> None:
        """The client gets the answer that the member would have given, and not a 500."""
        for said in ("died", "hung", 500):
            answer = self.made(signed({"a": said}, 200))
            self.assertEqual((answer.head.status, answer.body), (201, b'{"key":"%b"}' % KEY))

    def test_it_was_not_made(self) -> None:
        """Then it is sent again, soon."""
        follows = self.round_policy.decide(signed({"a": "died"}, 404))
        assert isinstance(follows, Again)
        self.assertIsNone(follows.subrequest)
        self.assertLess(follows.after, 0.5)

    def test_an_honest_500(self) -> None:
        """Nothing was made, and that is what the 500 says."""
        round_facts = signed({"a": 500, "b": 500}, 404)
        self.assertIs(self.made(round_facts), best(round_facts))

    def test_a_500_for_want_of_a_database(self) -> None:
        """It is sent again when the database is back."""
        follows = self.round_policy.decide(signed({"a": 500, "b": 500}, 404, database_dead="ab"))
        assert isinstance(follows, Again)
        self.assertIsNone(follows.subrequest)

    def test_nobody_can_say(self) -> None:
        """Then the question is asked again, and the request is not sent meanwhile."""
        for asked in (NOBODY, 500, 503, 401):
            for said in ("died", 500):
                follows = self.round_policy.decide(signed({"a": said}, asked))
                assert isinstance(follows, Again), (said, asked)
                assert follows.subrequest is not None
                self.asks(follows.subrequest)

    def test_other_answers(self) -> None:
        """After one sending they are true; after two they may be the second one's."""
        for status in (401, 403, 404, 410, 503):
            round_facts = signed({"a": status})
            self.assertIs(self.made(round_facts), best(round_facts))
            again = signed({"a": "dead", "b": status}, earlier={"a": "died"})
            self.assertIsInstance(self.round_policy.decide(again), Ask, status)

    def test_rounds_later(self) -> None:
        """What was sent once is looked up after every later round."""
        self.assertIsInstance(self.round_policy.decide(signed({"b": "dead"}, earlier={"a": "died"})), Ask)

    def test_without_a_key(self) -> None:
        """What cannot be looked up is not sent again; a 500 is believed."""
        for body in (b"", b"{", b'{"hash":"x"}'):
            round_facts = signed({"a": "died"}, body=body)
            self.assertEqual(self.round_policy.decide(round_facts), Fail(why(round_facts)))
            round_facts = signed({"a": 500}, body=body)
            self.assertIs(self.made(round_facts), best(round_facts))

    def test_in_octets(self) -> None:
        """Old Tesseras: the hash is the body, the key is the answer."""
        digest = b64decode(KEY)
        self.assertIsInstance(self.round_policy.decide(signed({"a": "died"}, None, digest, OCTETS)), Ask)
        answer = self.made(signed({"a": "died"}, 200, digest, OCTETS))
        self.assertEqual((answer.head.status, answer.body), (200, KEY))
        self.assertEqual(answer.head.fields, [(b"Content-Type", b"text/plain")])

    def test_versioned_answers(self) -> None:
        """In the type that the client accepts."""
        kind = b"application/vnd.tessera-2.1+json"
        for accept, wanted in (
            (kind, kind),
            (b"text/html, */*; q=0.2", b"application/json"),
            (kind + b";q=1", kind),
        ):
            head = request(b"/sendsignedtx", b"POST", [(b"Content-Type", kind), (b"accept", accept)])
            answer = self.made(signed({"a": "died"}, 200, head=head))
            self.assertIn((b"Content-Type", wanted), answer.head.fields)

    def test_at_last(self) -> None:
        round_facts = signed({"a": "died"}, NOBODY)
        self.assertEqual(self.round_policy.at_last(round_facts), Fail(why(round_facts)))
        round_facts = signed({"a": 500}, NOBODY)
        self.assertEqual(self.round_policy.at_last(round_facts), Deliver(best(round_facts)))

    def test_remembers(self) -> None:
        """What came into being, by its answer or by the look-up, is known."""
        made = self.made(signed({"a": "died"}, 200))
        for answer, ended in ((made, True), (Response(made.head, b""), False)):
            memory = ExistenceMemory()
            SignedPolicy(memory).passed(b"/sendsignedtx", answer.head, answer.body, ended)
            self.assertIn(KEY, memory)
        self.round_policy.passed(b"/sendsignedtx", a_response(500).head, b'{"key":"%b"}' % KEY, True)
        self.assertEqual(len(self.memory), 0)

    @given(
        st.dictionaries(st.sampled_from("ab"), SAID),
        st.dictionaries(st.sampled_from("ab"), SAID, max_size=2),
        st.sampled_from([None, NOBODY, 200, 401, 404, 500, 503]),
    )
    def test_never_sent_again_before_it_was_looked_up(
        self, earlier: dict[str, Said], said: dict[str, Said], asked: int | UpstreamError | None
    ) -> None:
        round_facts = signed(said, asked, earlier=earlier)
        doubtful = round_facts.resent or (
            round_facts.response is not None and best(round_facts).head.status == 500
        )
        if asked is not None and not doubtful:
            return
        follows = self.round_policy.decide(round_facts)
        if isinstance(follows, Again) and follows.subrequest is None:
            self.assertTrue(asked == 404 or not round_facts.resent)


class CorpusTests(SynchronousTestCase):
    """The answer in place of a lost one is what the real node wrote."""

    def test_signed(self) -> None:
        seen = 0
        for exchange in (*load("q2t-b"), *load("q2t-back-1")):
            if exchange["path"] != "/sendsignedtx" or exchange["status"] != 201:
                continue
            seen += 1
            fields = [(n.encode(), v.encode()) for n, v in exchange["request"]["headers"]]
            host = dict(exchange["request"]["headers"])["Host"].encode()
            head = request(b"/sendsignedtx", b"POST", fields, host)
            body = b64decode(exchange["request"]["body"])
            follows = SignedPolicy(ExistenceMemory()).decide(signed({"a": "died"}, 200, body, head))
            assert isinstance(follows, Deliver)
            wanted = exchange["response"]
            self.assertEqual(follows.response.body, b64decode(wanted["body"]))
            given_fields = dict(follows.response.head.fields)
            for name, value in wanted["headers"]:
                if name in ("Content-Type", "Location"):
                    self.assertEqual(given_fields[name.encode()], value.encode())
            self.assertEqual(
                b"HTTP/1.1 %d %b" % (follows.response.head.status, follows.response.head.reason),
                wanted["line"].encode(),
            )
            self.assertEqual(json.loads(follows.response.body), json.loads(b64decode(wanted["body"])))
        self.assertGreater(seen, 3)


class DeleteTests(SynchronousTestCase):
    """L{DeletePolicy}."""

    IN_PATH = request(LOOKUP, b"DELETE")
    IN_BODY = request(b"/delete", b"POST")

    def setUp(self) -> None:
        self.memory = ExistenceMemory()
        self.memory.add(KEY)
        self.round_policy = DeletePolicy(self.memory)

    def told(self, said: Mapping[str, Said], head: RequestHead, **more: str) -> tuple[int, bytes]:
        follows = self.round_policy.decide(facts(said, head, b'{"key":"%b"}' % KEY, **more))
        assert isinstance(follows, Deliver), follows
        return follows.response.head.status, follows.response.body

    def test_404_on_a_repeat_means_done(self) -> None:
        """The member that died had done it."""
        for silent in ("died", "slept", "hung", "cut off"):
            said: dict[str, Said] = {"a": silent, "b": 404}
            self.memory.add(KEY)
            self.assertEqual(self.told(said, self.IN_PATH), (204, b""))
            self.assertNotIn(KEY, self.memory)
            self.assertEqual(self.told(said, self.IN_BODY), (200, b"Delete successful"))

    def test_404_the_first_time(self) -> None:
        """There was nothing to delete, and that is told as the member wrote it."""
        for head in (self.IN_PATH, self.IN_BODY):
            self.assertEqual(self.told({"a": 404}, head), (404, b"404"))
            self.assertEqual(self.told({"a": "dead", "b": 404}, head), (404, b"404"))

    def test_done(self) -> None:
        """What was deleted is not known to exist any more."""
        self.assertEqual(self.told({"a": 204}, self.IN_PATH), (204, b"204"))
        self.assertNotIn(KEY, self.memory)
        self.memory.add(KEY)
        self.assertEqual(self.told({"a": 200}, self.IN_BODY), (200, b"200"))
        self.assertNotIn(KEY, self.memory)

    def test_not_done(self) -> None:
        """What was not deleted is still known."""
        self.assertEqual(self.told({"a": 500, "b": 500}, self.IN_PATH), (500, b"500"))
        self.assertIn(KEY, self.memory)

    def test_waits(self) -> None:
        """While no member answers, or none has its database; it may be sent again."""
        for said, dead in (({"a": "dead"}, ""), ({"a": "died"}, ""), ({"a": "hung"}, ""), ({"a": 500}, "a")):
            round_facts = facts(said, self.IN_PATH, database_dead=dead)
            self.assertIsInstance(self.round_policy.decide(round_facts), Again, said)
        self.assertIn(KEY, self.memory)

    def test_at_last(self) -> None:
        round_facts = facts({"a": "died"}, self.IN_PATH)
        self.assertEqual(self.round_policy.at_last(round_facts), Fail(why(round_facts)))
        round_facts = facts({"a": 500}, self.IN_PATH)
        self.assertEqual(self.round_policy.at_last(round_facts), Deliver(best(round_facts)))

    def test_sees_its_successes(self) -> None:
        """They are judged, so that the memory forgets before the client hears of it."""
        self.assertLessEqual({200, 204, 404}, self.round_policy.statuses)
        self.round_policy.passed(LOOKUP, a_response(204).head, b"", True)
