"""Responses that are read though another one was delivered, or may yet be."""

from __future__ import annotations

from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import Full
from quorumha.http.forward.best_response import BUFFERED_RESPONSE_LIMIT
from quorumha.http.forward.late_responses import LateResponse, LateResponses
from quorumha.http.forward.round_policy import Response
from quorumha.http.upstream.attempt import Attempt
from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.headers import HeaderRules
from quorumha.http.wire.messages import RequestHead
from quorumha.testing import FactRecorder
from quorumha.testing.http.plays import RESET, Play, Wait, cut_body, no_response, respond
from tests.http.server.proxied import Proxied
from tests.http.stage import Asker

HEAD = RequestHead(b"POST", b"/send", 1, b"proxy:9101", [], [], 2, True)


class LateCase(SynchronousTestCase):
    """Node C{a} was sent a request."""

    def setUp(self) -> None:
        self.proxied = Proxied("a")
        self.net = self.proxied.net
        (self.member,) = self.proxied.pool.members
        self.forwarder = self.proxied.forwarder(
            rules=HeaderRules(host="upstream"), limits=Limits(between=3.0)
        )
        self.came: list[Response | None] = []

    def ended(self, late: LateResponse, came: Response | None) -> None:
        self.came.append(came)

    def late(self, play: Play) -> LateResponse:
        self.proxied.script("a", play)
        connection = UpstreamConnection(self.member, self.net.clock, lambda _: None)
        self.member.upstream.endpoint.connect(Factory.forProtocol(lambda: connection))
        self.net.run()
        connection.reusable = True
        self.forwarder.connections.give_back(connection)
        out = b"POST /send HTTP/1.1\r\nHost: a:1\r\nContent-Length: 2\r\n\r\n{}"
        asker = Asker(HEAD)
        attempt = Attempt(asker, self.forwarder, self.member, out, self.net.clock.seconds(), asker)
        attempt.start(kept=True)
        return LateResponse(attempt, self.ended)


class StoppedTests(LateCase):
    """L{LateResponses}, after its end."""

    def test_nobody_is_told_of_want_of_room(self) -> None:
        """There is none of another kind."""
        facts = FactRecorder()
        responses = LateResponses(self.net.clock, most=0, observers=facts.observers)
        responses.keep(self.late(no_response()))
        responses.stop()
        responses.keep(self.late(no_response()))
        self.assertEqual(facts.facts, [Full("late-responses")])


class ReadingTests(LateCase):
    """L{LateResponse}."""

    def test_whole(self) -> None:
        """However late; the connection is kept, and the member is no longer busy."""
        self.late(no_response(Wait(100), *respond(201, b"made", [(b"Location", b"http://a:1/x")]).steps))
        self.net.advance(99)
        self.assertEqual((self.came, self.member.in_flight), ([], 1))
        self.net.advance(1)
        (came,) = self.came
        assert came is not None
        self.assertEqual((came.head.status, came.body, came.head.length), (201, b"made", 4))
        self.assertIn((b"Location", b"http://proxy:9101/x"), came.head.fields)
        self.assertEqual(self.member.in_flight, 0)
        self.assertIsNotNone(self.forwarder.connections.kept(self.member))

    def test_in_chunks(self) -> None:
        self.late(respond(200, b"x" * 5000, chunked=True))
        self.net.run()
        (came,) = self.came
        assert came is not None
        self.assertEqual(came.body, b"x" * 5000)

    def test_none(self) -> None:
        """It broke off, stalled, or is too large for what is waited for."""
        for play in (
            no_response(RESET),
            cut_body(3, 9),
            cut_body(3, 9, Wait(100)),
            respond(200, b"x" * (BUFFERED_RESPONSE_LIMIT + 1)),
            respond(200, b"x" * (BUFFERED_RESPONSE_LIMIT + 1), chunked=True),
        ):
            self.came.clear()
            self.late(play)
            self.net.advance(10)
            self.assertEqual((self.came, self.member.in_flight), ([None], 0))

    def test_aborted(self) -> None:
        late = self.late(respond(201))
        late.abort()
        self.net.advance(1)
        self.assertEqual((self.came, self.member.in_flight), ([], 0))
        self.assertEqual((self.proxied.nodes["a"].live, self.net.clock.getDelayedCalls()), ([], []))


class BoundTests(LateCase):
    """L{LateResponses}."""

    def test_for_so_long(self) -> None:
        kept = LateResponses(self.net.clock, 60.0)
        late = self.late(no_response(Wait(59), *respond(201).steps))
        kept.keep(late)
        self.net.advance(59.5)
        self.assertEqual(len(self.came), 1)
        kept.ended(late)
        late = self.late(no_response())
        kept.keep(late)
        self.net.advance(60.5)
        self.assertEqual((self.came[1:], self.member.in_flight), ([None], 0))
        kept.ended(late)
        self.assertEqual((len(kept), self.proxied.nodes["a"].live), (0, []))

    def test_so_many(self) -> None:
        """Those that come later are let go of."""
        facts = FactRecorder()
        kept = LateResponses(self.net.clock, most=2, observers=facts.observers)
        for _ in range(3):
            kept.keep(self.late(no_response()))
        self.net.run()
        self.assertEqual((len(kept), len(facts.facts), self.member.in_flight), (2, 1, 2))
        kept.stop()
        kept.keep(self.late(no_response()))
        self.net.run()
        self.assertEqual((len(kept), len(facts.facts), self.member.in_flight), (0, 1, 0))
        self.assertEqual((self.came, self.net.clock.getDelayedCalls()), ([], []))
