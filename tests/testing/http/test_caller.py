"""The client that simulated clients stand on: kept connections, time limits, repeats."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import CallFailed, MemoryTopology, Message, ScriptedUpstream
from quorumha.testing.http.caller import Caller, repeats_as_java, repeats_never
from quorumha.testing.http.plays import CLOSE, Play, no_response, raw, respond

PLACE = "a:1"
GET = b"GET / HTTP/1.1\r\nHost: c\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: c\r\nContent-Length: 0\r\n\r\n"


class CallerCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.caller = Caller(self.net.clock, self.net.client_endpoint(PLACE))

    def listen(self, *script: Play) -> ScriptedUpstream:
        upstream = ScriptedUpstream(self.net.clock, *script)
        self.net.listen(PLACE, upstream)
        return upstream

    def ask(self, data: bytes = GET) -> Deferred[Message]:
        asking = Deferred.fromCoroutine(self.caller.ask(data))
        self.net.run()
        return asking

    def failed(self, asking: Deferred[Message]) -> CallFailed:
        problem = self.failureResultOf(asking, CallFailed).value
        assert isinstance(problem, CallFailed)
        return problem


class ConnectionTests(CallerCase):
    def test_one_connection_for_calls_in_turn(self) -> None:
        upstream = self.listen()
        for _ in range(3):
            self.assertEqual(self.successResultOf(self.ask()).status, 200)
        self.assertEqual((self.caller.made, upstream.live), (1, upstream.connections))

    def test_several_for_calls_at_a_time_and_two_are_kept(self) -> None:
        self.listen(*[respond(200, b"late")] * 5)
        asking = [Deferred.fromCoroutine(self.caller.ask(GET)) for _ in range(5)]
        self.net.run()
        self.assertEqual([self.successResultOf(one).body for one in asking], [b"late"] * 5)
        self.assertEqual((self.caller.made, len(self.caller.connections)), (5, 2))

    def test_closed_when_the_answer_says_so(self) -> None:
        self.listen(respond(200, b"x", [(b"Connection", b"close")]))
        self.assertEqual(self.successResultOf(self.ask()).body, b"x")
        self.assertEqual(self.caller.connections, [])

    def test_a_body_that_the_end_of_the_connection_ends(self) -> None:
        self.listen(raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nwhole") + CLOSE)
        self.assertEqual(self.successResultOf(self.ask()).body, b"whole")

    def test_closed_for_good(self) -> None:
        self.listen(no_response())
        asking = self.ask()
        self.caller.close()
        self.assertFalse(self.failed(asking).timed_out)
        self.assertEqual(self.caller.connections, [])

    def test_nothing_is_sent_when_closed_while_connecting(self) -> None:
        upstream = self.listen()
        asking = Deferred.fromCoroutine(self.caller.ask(GET))
        self.caller.close()
        self.net.run()
        self.failed(asking)
        self.assertEqual((upstream.requests, upstream.live), ([], []))

    def test_bytes_that_nobody_asked_for(self) -> None:
        upstream = self.listen(respond(200) + respond(408))
        self.ask()
        self.net.run()
        self.assertEqual((self.caller.connections, upstream.live), ([], []))

    def test_not_http(self) -> None:
        self.listen(raw(b"hello\r\n\r\n"))
        self.assertIn("not HTTP", str(self.failed(self.ask())))


class LimitTests(CallerCase):
    def test_an_answer_in_time_or_the_connection_ends(self) -> None:
        upstream = self.listen(no_response())
        asking = self.ask()
        self.net.advance(4.9)
        self.assertNoResult(asking)
        self.net.advance(0.1)
        self.assertTrue(self.failed(asking).timed_out)
        self.assertEqual((self.caller.connections, upstream.live), ([], []))

    def test_without_a_limit(self) -> None:
        self.caller.limit = None
        self.listen(no_response())
        asking = self.ask()
        self.net.advance(1e6)
        self.assertNoResult(asking)
        self.caller.close()
        self.failed(asking)

    def test_a_connection_in_time(self) -> None:
        self.net.black_hole(PLACE)
        asking = self.ask()
        self.net.advance(1)
        self.assertTrue(self.failed(asking).timed_out)

    def test_refused(self) -> None:
        self.assertEqual(str(self.failed(self.ask())), "ConnectionRefusedError")


class RepeatTests(CallerCase):
    def after_one(self, data: bytes) -> Deferred[Message]:
        """Ask on a connection that carried an answer and ends without a byte of the next."""
        self.listen(respond(200), raw(b"") + CLOSE, respond(200, b"second"))
        self.ask()
        return self.ask(data)

    def test_go_repeats_what_is_safe(self) -> None:
        self.assertEqual(self.successResultOf(self.after_one(GET)).body, b"second")
        self.assertEqual((self.caller.again, self.caller.made), (1, 2))

    def test_go_repeats_nothing_else(self) -> None:
        self.failed(self.after_one(POST))

    def test_java_repeats_posts_too(self) -> None:
        self.caller = Caller(self.net.clock, self.net.client_endpoint(PLACE), repeats=repeats_as_java)
        self.assertEqual(self.successResultOf(self.after_one(POST)).body, b"second")

    def test_not_unless_wanted(self) -> None:
        self.caller = Caller(self.net.clock, self.net.client_endpoint(PLACE), repeats=repeats_never)
        self.assertTrue(self.failed(self.after_one(GET)).reused)

    def test_not_on_a_fresh_connection(self) -> None:
        self.listen(raw(b"") + CLOSE)
        self.assertFalse(self.failed(self.ask()).reused)
        self.assertEqual(self.caller.again, 0)
