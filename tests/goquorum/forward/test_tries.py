"""What came of one call so far."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.call import OwnResponse
from quorumha.goquorum.forward.ask import MemberResponse, NoResponse
from quorumha.goquorum.forward.tries import Tries, reply_of
from quorumha.http.wire.messages import ResponseHead
from quorumha.pool.pool import UpstreamPool
from tests.pool.test_pool import upstream

HEAD = ResponseHead(200, b"OK", [], 2, False, True)


class TriesTests(SynchronousTestCase):
    """For calls of every class."""

    def setUp(self) -> None:
        self.pool = UpstreamPool("p", [upstream("a1"), upstream("a2")])
        self.a1, self.a2 = self.pool.members
        self.tries = Tries(self.pool)

    def test_the_first_answer_in_hand(self) -> None:
        """It beats an error of ours, and the later ones."""
        self.tries.lost(NoResponse(self.a1, False, "could not connect (refused)"))
        self.tries.keep(MemberResponse(self.a2, HEAD, b"{1}\n"))
        self.tries.keep(MemberResponse(self.a1, HEAD, b"{2}\n"))
        self.assertEqual(self.tries.tried, [self.a1, self.a2, self.a1])
        reply = self.tries.end(0.0)
        self.assertEqual((reply.body, reply.member), (b"{1}", self.a2))

    def test_what_is_no_json_beats_no_answer(self) -> None:
        """What stands before a node says less than a node does."""
        self.tries.keep(MemberResponse(self.a1, HEAD, b"<html>"))
        self.assertEqual(self.tries.end(0.0).member, self.a1)
        self.tries.keep(MemberResponse(self.a2, HEAD, b"{}"))
        self.assertEqual(self.tries.end(0.0).member, self.a2)

    def test_nobody_has_answered(self) -> None:
        """Each is named with its cause."""
        self.tries.lost(NoResponse(self.a1, False, "could not connect (refused)"))
        self.a2.enabled = False
        with self.assertRaises(OwnResponse) as raised:
            self.tries.end(0.0)
        error = raised.exception
        self.assertEqual((error.code, error.status, error.reason), (-32050, 503, "unavailable"))
        self.assertIn("a1: could not connect (refused); a2: disabled", error.message)

    def test_an_answer_as_it_goes_down(self) -> None:
        """Without the newline that a node ends with."""
        reply = reply_of(MemberResponse(self.a1, HEAD, b"{}\n"))
        self.assertEqual((reply.body, reply.status, reply.head), (b"{}", 200, HEAD))
