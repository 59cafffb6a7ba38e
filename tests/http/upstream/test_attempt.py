"""One try at one member, with a request that only listens."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.request_body import RequestBody
from quorumha.http.upstream.attempt import Attempt
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.upstream import AttemptState, Broken, ConnectFailed, Phase, Responded, TimedOut
from quorumha.testing.http.plays import RESET, Wait, cut_body, no_response, raw, respond
from tests.http.server.proxied import Proxied
from tests.http.stage import Asker

OUT = b"POST /x HTTP/1.1\r\nHost: a:1\r\nContent-Length: 2\r\n\r\n"
TOO_LATE = raw(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")


class AttemptTests(SynchronousTestCase):
    """L{Attempt}."""

    def setUp(self) -> None:
        self.proxied = Proxied("a")
        self.net = self.proxied.net
        (self.member,) = self.proxied.pool.members
        limits = Limits(total=4, first_byte=1, between=1, send=1)
        self.forwarder = self.proxied.forwarder(limits=limits)

    def attempt(self, *, kept: bool = False, again: bool = True) -> tuple[Attempt, Asker]:
        asker = Asker(RequestHead(b"POST", b"/x", 1, b"a:1", [], [], 2, True), again=again)
        asker.body = RequestBody(ReplayBudget(), 0, chunked=False)
        asker.body.add(b"{}")
        asker.body.complete = True
        attempt = Attempt(asker, self.forwarder, self.member, OUT, self.net.clock.seconds(), asker)
        attempt.start(kept=kept)
        return attempt, asker

    def tearDown(self) -> None:
        self.net.run()
        self.assertEqual(self.member.in_flight, 0)

    def test_whole_response(self) -> None:
        """The connection is kept, and the next attempt takes it."""
        attempt, asker = self.attempt()
        self.assertEqual((attempt.state, self.member.in_flight), (AttemptState.DIALLED, 1))
        self.net.run()
        self.assertEqual(([h.status for h in asker.heads], asker.data, asker.ended), ([200], b"ok", True))
        self.assertEqual(asker.reached, [self.member])
        self.attempt(kept=True)
        self.net.run()
        self.assertEqual(len(self.proxied.nodes["a"].connections), 1)
        self.assertEqual([r.body for r in self.proxied.nodes["a"].requests], [b"{}", b"{}"])

    def test_refused(self) -> None:
        self.net.kill("a:1")
        attempt, asker = self.attempt()
        self.net.run()
        self.assertEqual((asker.outcome, attempt.state), (ConnectFailed("refused"), AttemptState.DIALLED))
        self.assertEqual(self.member.failed, 1)

    def test_no_response(self) -> None:
        """The limit runs from when all was sent; the result says how long that took."""
        self.proxied.script("a", no_response())
        attempt, asker = self.attempt()
        self.net.advance(0.5)
        self.assertEqual(attempt.state, AttemptState.SENT_ALL)
        self.net.advance(0.6)
        self.assertEqual(asker.outcome, TimedOut(Phase.FIRST_BYTE))
        result = attempt.result(TimedOut(Phase.FIRST_BYTE))
        self.assertTrue(result.in_doubt)
        self.assertAlmostEqual(result.waited, 1.1)
        self.assertAlmostEqual(result.seconds, 1.1)

    def test_breaks_off(self) -> None:
        self.proxied.script("a", cut_body(3, 9))
        _, asker = self.attempt()
        self.net.run()
        self.assertEqual((asker.data, asker.outcome), (b"xxx", Broken("connection lost")))

    def stale(self, again: bool) -> Asker:
        self.attempt()
        self.net.run()
        _, asker = self.attempt(kept=True, again=again)
        self.net.run()
        return asker

    def test_stale(self) -> None:
        """A kept connection that ends before a response, or says that it waited too long, was too old."""
        for play in (no_response(RESET), TOO_LATE):
            self.setUp()
            self.proxied.script("a", respond(200), play, respond(201))
            asker = self.stale(True)
            self.assertEqual(([h.status for h in asker.heads], asker.resent), ([201], True))
            self.assertEqual(self.member.failed, 0)

    def test_stale_and_not_to_be_sent_again(self) -> None:
        self.proxied.script("a", respond(200), no_response(RESET))
        asker = self.stale(False)
        self.assertEqual((asker.outcome, asker.resent), (Broken("connection lost"), False))

    def test_handed_over(self) -> None:
        """Somebody else is told; the member is not blamed for what comes of it, and still at work."""
        self.proxied.script("a", no_response(Wait(100), RESET))
        attempt, asker = self.attempt()
        self.net.run()
        other = Asker(asker.head)
        attempt.hand_over(other)
        self.net.advance(50)
        self.assertEqual(self.member.in_flight, 1)
        self.net.advance(51)
        self.assertEqual((asker.outcome, other.outcome), (None, Broken("connection lost")))
        self.assertEqual(self.member.failed, 0)

    def test_client_leaves(self) -> None:
        """Soon, it just changed its mind; after a while, it had enough of this member."""
        for seconds, failed in (0.1, 0), (0.6, 1):
            self.setUp()
            self.proxied.script("a", no_response())
            attempt, asker = self.attempt()
            self.net.advance(seconds)
            attempt.leave()
            self.assertEqual((self.member.failed, asker.outcome), (failed, None))
            self.assertEqual(attempt.result(Responded(200)).state, AttemptState.SENT_ALL)

    def test_leaves_while_it_is_dialled(self) -> None:
        self.net.black_hole("a:1")
        attempt, asker = self.attempt()
        attempt.leave()
        self.net.advance(100)
        self.assertIsNone(asker.outcome)
