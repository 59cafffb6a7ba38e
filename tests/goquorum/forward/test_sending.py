"""One request that is sent once."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.forward.ask import Outcome
from quorumha.goquorum.forward.sending import DOWN_FOR
from quorumha.http.forward.round_policy import Response
from quorumha.pool.upstream import describe
from quorumha.testing.http.plays import RESET, Wait, no_response, respond
from tests.goquorum.forward.asked import CALL, Asked, answer_of, no_answer_of

SLOW = Wait(5)


class TellingTests(SynchronousTestCase):
    """A byte that was sent is never sent again."""

    def setUp(self) -> None:
        self.asked = Asked()
        self.late: list[Response | None] = []

    def tell(self, deadline: float = 0.0) -> list[Outcome]:
        asked = self.asked
        telling = asked.asker.send(asked.member("a"), CALL, asked.caller, deadline, self.late.append)
        self.telling = telling
        return asked.results(telling)

    def test_an_answer(self) -> None:
        """It is as any other."""
        self.asked.script("a", respond(200, b"{}"))
        self.assertEqual(answer_of(self.tell()).body, b"{}")
        self.assertEqual(self.late, [])

    def test_it_broke_off(self) -> None:
        """It is sent to nobody again, nor once more to the same member."""
        self.asked.script("a", respond(200, b"{}"), no_response(RESET))
        self.tell()
        self.assertTrue(no_answer_of(self.tell()).sent)
        self.assertEqual(len(self.asked.nodes["a"].requests), 2)

    def test_a_late_answer_is_read(self) -> None:
        """After the deadline."""
        self.asked.script("a", no_response(SLOW) + respond(200, b"late"))
        found = self.tell(2.0)
        self.asked.net.advance(2.1)
        self.assertEqual(no_answer_of(found).error, "no answer in time")
        self.asked.net.advance(4)
        (late,) = self.late
        assert late is not None
        self.assertEqual(late.body, b"late")

    def test_a_member_that_is_down_for_a_second(self) -> None:
        """Nobody waits for it any more; it may have done it."""
        self.asked.script("a", no_response(SLOW))
        found = self.tell()
        self.asked.pool.checked(self.asked.member("a"), "bad", 0.0, "")
        self.asked.asker.down(self.asked.member("a"))
        self.asked.net.advance(DOWN_FOR - 0.1)
        self.assertEqual(found, [])
        self.asked.net.advance(0.2)
        self.assertTrue(no_answer_of(found).sent)

    def test_a_member_that_goes_down_before_it_is_connected_to(self) -> None:
        """Nothing was sent: nobody waits for it."""
        self.asked.net.hang("a:1", accepts=False)
        found = self.tell()
        self.assertEqual(found, [])
        self.asked.pool.checked(self.asked.member("a"), "bad", 0.0, "")
        self.asked.asker.down(self.asked.member("a"))
        self.assertFalse(no_answer_of(found).sent)

    def test_a_member_that_went_down_before_it_was_sent(self) -> None:
        """Nobody says so again: it is left at once where it needs a connection, else a second later."""
        self.asked.script("a", respond(200, b"{}"), no_response(SLOW))
        self.tell()
        self.asked.pool.checked(self.asked.member("a"), "bad", 0.0, "")
        found = self.tell(60.0)
        self.assertEqual(found, [])
        self.asked.net.advance(DOWN_FOR + 0.1)
        self.assertTrue(no_answer_of(found).sent)
        self.assertFalse(no_answer_of(self.tell(60.0)).sent)

    def test_a_member_that_was_only_slow(self) -> None:
        """It is waited for again, until the deadline."""
        self.asked.script("a", no_response(Wait(50)))
        found = self.tell(4.0)
        member = self.asked.member("a")
        self.asked.pool.checked(member, "bad", 0.0, "")
        self.asked.asker.down(member)
        self.asked.pool.checked(member, None, 0.5, "")
        self.asked.net.advance(3.9)
        self.assertEqual(found, [])
        self.asked.net.advance(0.2)
        self.assertEqual(no_answer_of(found).error, "no answer in time")

    def test_what_is_waited_for_no_longer_was_asked(self) -> None:
        """The log of a client's request names the member that got it, and why nobody waited."""
        for deadline, said in ((2.0, "timed out (whole request)"), (60.0, "was put down by its checks")):
            self.asked.script("a", no_response(SLOW))
            self.asked.caller.own(CALL)
            found = self.tell(deadline)
            if deadline > SLOW.seconds:
                self.asked.pool.checked(self.asked.member("a"), "bad", 0.0, "")
                self.asked.asker.down(self.asked.member("a"))
            self.asked.net.advance(2.1)
            (attempt,) = no_answer_of(found).attempts
            self.assertEqual((attempt.upstream.name, describe(attempt.outcome)), ("a", said))
            assert self.asked.caller.attempts is not None
            self.assertEqual(self.asked.caller.attempts.pop(), attempt)
            self.assertEqual(self.asked.caller.attempts, [])

    def test_the_client_leaves(self) -> None:
        """What was sent is read to its end."""
        self.asked.script("a", no_response(Wait(1)) + respond(200, b"late"))
        self.tell()
        self.telling.addErrback(lambda failure: None)
        self.telling.cancel()
        self.asked.net.advance(2)
        (late,) = self.late
        assert late is not None
        self.assertEqual(late.body, b"late")
