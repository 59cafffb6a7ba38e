"""What GoQuorum asks once, when it starts, and believes for life."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.round_policy import Again, Deliver, Fail, Response, RoundFacts
from quorumha.tessera.decide.start_up import StartUpPolicy
from quorumha.tessera.knowledge.saved_state import SavedState
from tests.tessera.facts import a_response, best, facts, request, why

#: As captured from a real node.
VERSION = b"20.10.1-SNAPSHOT"


def round_of(path: bytes, status: int | None, body: bytes = VERSION) -> RoundFacts:
    """One in which a member answered so, or nobody did."""
    round_facts = facts({"a": "dead"} if status is None else {"a": status, "b": "dead"}, request(path))
    if status is None:
        return round_facts
    return RoundFacts(
        round_facts.head,
        path,
        round_facts.body,
        round_facts.attempts,
        False,
        round_facts.members,
        a_response(status, body),
    )


class StartUpPolicyTests(SynchronousTestCase):
    """L{StartUpPolicy}."""

    def setUp(self) -> None:
        self.saved_state = SavedState()
        self.policy = StartUpPolicy(self.saved_state)

    def at_last(self, path: bytes, status: int | None) -> Response:
        last = self.policy.at_last(round_of(path, status))
        assert isinstance(last, Deliver)
        return last.response

    def test_a_200_is_an_answer(self) -> None:
        for path in (b"/upcheck", b"/version", b"/version/distribution"):
            round_facts = round_of(path, 200)
            self.assertEqual(self.policy.decide(round_facts), Deliver(best(round_facts)))

    def test_nothing_else_is(self) -> None:
        """One bad moment must not last for a GoQuorum's life."""
        for status in (None, 201, 204, 301, 400, 403, 404, 500, 502, 503):
            self.assertIsInstance(self.policy.decide(round_of(b"/version", status)), Again)
            if status is not None:
                self.assertIn(status, self.policy.statuses)

    def test_at_last_what_was_said_before(self) -> None:
        self.policy.decide(round_of(b"/version?x=1", 200, VERSION))
        for status in (None, 500):
            told = self.at_last(b"/version", status)
            self.assertEqual((told.head.status, told.body), (200, VERSION))
            self.assertEqual(told.head.fields, [(b"Content-Type", b"text/plain")])
            self.assertEqual(told.head.stated_length, len(VERSION))

    def test_each_path_has_its_own(self) -> None:
        self.policy.decide(round_of(b"/version", 200, VERSION))
        self.assertEqual(self.at_last(b"/version/distribution", 500).head.status, 500)

    def test_upcheck_is_never_answered_from_memory(self) -> None:
        """GoQuorum then does not start, and is none the worse."""
        self.policy.decide(round_of(b"/upcheck", 200, b"I'm up!"))
        self.assertEqual(self.saved_state.texts, {})
        round_facts = round_of(b"/upcheck", None)
        self.assertEqual(self.policy.at_last(round_facts), Fail(why(round_facts)))
        kept = json.dumps({"versions": {}, "texts": {"/upcheck": "I'm up!"}}).encode()
        policy = StartUpPolicy(SavedState(kept=kept))
        self.assertEqual(policy.at_last(round_facts), Fail(why(round_facts)))

    def test_a_text_that_no_node_said(self) -> None:
        """From a file that somebody wrote: it is not told, and nobody waits for ever."""
        for text in ("\u20ac", "\ud800"):
            kept = json.dumps({"versions": {}, "texts": {"/version": text}}).encode()
            self.policy = StartUpPolicy(SavedState(kept=kept))
            self.assertIsInstance(self.policy.at_last(round_of(b"/version", None)), Fail)

    def test_nothing_is_known(self) -> None:
        """The answer in hand goes down, or the error."""
        self.assertEqual(self.at_last(b"/version", 500).head.status, 500)
        round_facts = round_of(b"/version", None)
        self.assertEqual(self.policy.at_last(round_facts), Fail(why(round_facts)))

    def test_any_bytes(self) -> None:
        """They come back as they were."""
        body = bytes(range(256))
        self.policy.decide(round_of(b"/version", 200, body))
        self.assertEqual(self.at_last(b"/version", None).body, body)
        self.policy.passed(b"/version", a_response(200).head, body, True)
