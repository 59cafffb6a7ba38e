"""The contract of both lanes: which upstream is asked, how often, and what the client gets."""

from __future__ import annotations

from functools import partial

from quorumha.errors import DownstreamError
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.headers import HeaderRules
from quorumha.testing import Message, ScriptedUpstream
from quorumha.testing.http.plays import (
    CLOSE,
    END,
    HANG,
    RESET,
    STOP_READING,
    Play,
    accept_then,
    cut_body,
    drip,
    half_a_head,
    no_response,
    raw,
    respond,
)
from tests.http.server.lanes import FastLane, SlowLane, in_chunks, request

GET = request()
POST = request(b"POST", b"/send", body=b"payload")
NOT_FOUND = respond(404, b"no such key")


class FailoverCases:
    """An upstream fails before a byte of an answer went down."""

    def _next(self: FastLane, play: Play, *, seconds: float = 0.0, tries: int = 1) -> None:
        """GET and POST, both with another upstream after C{play}."""
        for sent in (GET, POST):
            self.set_up()
            self.a.then = play
            self.b.then = respond(200, b"from b")
            said = self.ask(sent, advance=seconds)
            self.assertEqual((said.status, said.body), (200, b"from b"))
            (seen,) = self.b.requests
            self.assertTrue(seen.complete)
            self.assertEqual(seen.body, sent.partition(b"\r\n\r\n")[2])
            self.assertEqual(len(self.a.connections), tries)
            self.assertEqual(self.a.live, [])
            counters = self.pool.counters
            self.assertEqual((counters.requests, counters.answered, counters.failed), (1, 1, 0))
            self.assertEqual(counters.failovers, 1)

    def test_refused(self: FastLane) -> None:
        """Next at once, for any method."""
        self.net.kill("a:1")
        self.assertEqual(self.ask(GET).status, 200)
        self.assertEqual(self.ask(POST).status, 200)
        self.assertEqual([r.method for r in self.b.requests], [b"GET", b"POST"])

    def test_refused_is_remembered(self: FastLane) -> None:
        """The first pays; the others do not even try."""
        self.net.kill("a:1")
        self.ask(GET)
        self.ask(GET)
        self.assertEqual([m.picked for m in self.pool.members], [1, 2])

    def test_black_hole(self: FastLane) -> None:
        """Next after the connect limit; only the first one pays."""
        self.net.black_hole("a:1")
        client = self.client(GET)
        self.net.advance(0.9)
        self.assertEqual(client.received, b"")
        self.net.advance(0.2)
        self.assertEqual(self.response(client).status, 200)
        self.assertEqual(self.ask(GET).status, 200)

    def test_black_hole_is_tried_again(self: FastLane) -> None:
        """After C{fail_timeout} one request finds out; it lives again."""
        self.net.black_hole("a:1")
        self.ask(GET, advance=1.1)
        self.net.revive("a:1")
        self.net.advance(10)
        self.ask(GET)
        self.assertEqual(len(self.a.requests), 1)

    def test_closes_once_connected(self: FastLane) -> None:
        self._next(accept_then(CLOSE))

    def test_resets_once_connected(self: FastLane) -> None:
        self._next(accept_then(RESET))

    def test_closes_without_answer(self: FastLane) -> None:
        self._next(no_response(CLOSE))

    def test_ends_without_answer(self: FastLane) -> None:
        """Only its writing; it would go on reading."""
        self._next(no_response(END, HANG))

    def test_resets_without_answer(self: FastLane) -> None:
        self._next(no_response(RESET))

    def test_hangs_before_the_answer(self: FastLane) -> None:
        """Next after the first-byte limit, and the old connection is closed."""
        self._next(no_response(HANG), seconds=2.1)

    def test_hangs_once_connected(self: FastLane) -> None:
        self._next(accept_then(HANG), seconds=2.1)

    def test_half_a_head_then_closed(self: FastLane) -> None:
        self._next(half_a_head(CLOSE))

    def test_half_a_head_then_reset(self: FastLane) -> None:
        self._next(half_a_head(RESET))

    def test_head_without_end(self: FastLane) -> None:
        self._next(half_a_head(HANG), seconds=2.1)

    def test_not_http(self: FastLane) -> None:
        self._next(raw(b"wonders\r\n\r\n"))

    def test_garbage_in_the_first_chunk(self: FastLane) -> None:
        """The head was good; nothing went down yet."""
        self._next(raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nwonders\r\n"))

    def test_does_not_read_the_body(self: FastLane) -> None:
        """Next after the send limit, with the whole body."""
        body = bytes(range(256)) * 1000
        self.set_up(replay_limit=1 << 20, limits=Limits(total=0, send=2.5))
        self.a.then = accept_then(STOP_READING, HANG)
        client = self.client(request(b"POST", body=body))
        self.net.advance(2.6)
        self.assertEqual(self.response(client).status, 200)
        self.assertEqual(self.b.requests[0].body, body)
        self.assertEqual(self.a.whole_requests, [])

    # Statuses.

    def test_404_is_asked_elsewhere(self: FastLane) -> None:
        self._next_404(GET)
        self._next_404(POST)

    def _next_404(self: FastLane, sent: bytes) -> None:
        self.set_up()
        self.a.then = NOT_FOUND
        self.b.then = respond(200, b"key")
        self.assertEqual(self.ask(sent).body, b"key")
        self.assertEqual(len(self.a.requests), 1)
        self.assertEqual(self.pool.members[0].failed, 0)

    def test_404_from_all(self: FastLane) -> None:
        """The last one with its body is passed on."""
        self.a.then = respond(404, b"first")
        self.b.then = respond(404, b"last", [(b"X-Which", b"b")])
        said = self.ask(GET)
        self.assertEqual((said.status, said.body, said.get(b"x-which")), (404, b"last", b"b"))

    def test_404_in_chunks_from_all(self: FastLane) -> None:
        self.a.then = self.b.then = respond(404, b"x" * 5000, chunked=True)
        said = self.ask(GET)
        self.assertEqual((said.status, said.body), (404, b"x" * 5000))

    def test_404_until_close(self: FastLane) -> None:
        self.a.then = self.b.then = raw(b"HTTP/1.1 404 No\r\n\r\nnothing") + CLOSE
        said = self.ask(GET)
        self.assertEqual((said.status, said.body), (404, b"nothing"))

    def test_404_to_head(self: FastLane) -> None:
        self.a.then = self.b.then = NOT_FOUND
        said = self.ask(request(b"HEAD"))
        self.assertEqual((said.status, said.body, said.get(b"content-length")), (404, b"", b"11"))

    def test_404_without_body(self: FastLane) -> None:
        self.a.then = self.b.then = respond(404, b"")
        self.assertEqual(self.ask(GET).status, 404)

    def test_404_too_large_to_hold(self: FastLane) -> None:
        """The next one is asked all the same; where that has nothing better, it goes on where it was."""
        body = b"x" * 300_000
        self.a.then = respond(404, body)
        self.assertEqual(self.ask(GET).status, 200)
        for nothing_better in (respond(500, b"no"), no_response(CLOSE), no_response(HANG)):
            self.b.then = nothing_better
            said = self.ask(GET, advance=3)
            self.assertEqual((said.status, said.body), (404, body))

    def test_404_that_breaks_off(self: FastLane) -> None:
        """It is no answer."""
        self.a.then = respond(404, b"half", length=b"8") + CLOSE
        self.assertEqual(self.ask(GET).status, 200)

    def test_404_that_breaks_off_and_nobody_else(self: FastLane) -> None:
        """An error, never half an answer that looks whole."""
        self.a.then = respond(404, b"half", length=b"8") + CLOSE
        self.net.kill("b:1")
        self.assertEqual(self.ask(GET).status, 502)

    def test_404_whose_body_hangs(self: FastLane) -> None:
        """The other one is asked while the client still has patience."""
        self.a.then = respond(404, b"half", length=b"8") + HANG
        client = self.client(GET)
        self.net.advance(2.1)
        self.assertEqual(self.response(client).status, 200)

    def test_404_that_drips(self: FastLane) -> None:
        """Each byte in its time, but not the whole: likewise."""
        for play in (
            respond(404, b"", length=b"100") + drip(b"x" * 100, 1.0),
            raw(b"HTTP/1.1 404 No\r\n\r\n") + drip(b"x" * 100, 1.0),
            raw(b"HTTP/1.1 404 No\r\nTransfer-Encoding: chunked\r\n\r\n") + drip(b"1\r\nx\r\n" * 99, 1.0),
        ):
            self.set_up()
            self.a.then = play
            client = self.client(GET)
            self.net.advance(2.1)
            self.assertEqual(self.response(client).status, 200)

    def _held(self: FastLane, seconds: float = 0.0) -> Message:
        self.a.then = NOT_FOUND
        client = self.client(GET)
        self.net.advance(seconds)
        said = self.response(client)
        self.assertEqual((said.status, said.body), (404, b"no such key"))
        return said

    def test_404_held_while_the_other_refuses(self: FastLane) -> None:
        self.net.kill("b:1")
        self._held()

    def test_404_held_while_the_other_hangs(self: FastLane) -> None:
        self.net.hang("b:1")
        self._held(2.1)

    def test_404_held_while_the_other_is_a_black_hole(self: FastLane) -> None:
        self.net.black_hole("b:1")
        self._held(1.1)

    def test_404_held_while_the_other_closes(self: FastLane) -> None:
        self.b.then = no_response(CLOSE)
        self._held()

    def test_404_held_while_the_other_sends_half_a_404(self: FastLane) -> None:
        self.b.then = respond(404, b"half", length=b"99") + CLOSE
        self._held()

    def test_404_held_while_the_other_is_marked_down(self: FastLane) -> None:
        """It is not even asked."""
        self.net.hang("b:1")
        self._held(2.1)
        before = self.pool.members[1].picked
        self._held()
        self.assertEqual(self.pool.members[1].picked, before)

    def test_404_held_while_the_other_is_disabled(self: FastLane) -> None:
        self.pool.members[1].enabled = False
        self._held()

    def test_404_held_is_not_given_up_for_a_500(self: FastLane) -> None:
        for play in (
            respond(500, b"oh"),
            respond(503, b"x" * 200_000),
            respond(500, b"oh", length=b"9") + HANG,
        ):
            self.set_up()
            self.b.then = play
            self._held()

    def test_404_held_gives_way_to_a_403(self: FastLane) -> None:
        self.a.then = NOT_FOUND
        self.b.then = respond(403, b"no")
        self.assertEqual(self.ask(GET).status, 403)

    def test_500_is_delivered(self: FastLane) -> None:
        """Unless asked for, a 500 is an answer like any other."""
        self.a.then = respond(500, b"oh")
        said = self.ask(GET)
        self.assertEqual((said.status, said.body), (500, b"oh"))
        self.assertEqual(self.b.requests, [])

    def test_other_statuses(self: FastLane) -> None:
        self.set_up(policy=RetryPolicy(statuses=frozenset({500, 503})))
        self.a.then = respond(503, b"oh")
        self.assertEqual(self.ask(GET).status, 200)
        self.b.then = NOT_FOUND
        self.assertEqual(self.ask(GET).status, 404)

    # Policies.

    def test_no_error(self: FastLane) -> None:
        self.set_up(policy=RetryPolicy(error=False))
        self.a.then = no_response(CLOSE)
        self.assertEqual(self.ask(GET).status, 502)
        self.assertEqual(self.b.requests, [])

    def test_no_timeout(self: FastLane) -> None:
        self.set_up(policy=RetryPolicy(timeout=False))
        self.a.then = no_response(HANG)
        self.assertEqual(self.ask(GET, advance=2.1).status, 504)
        self.assertEqual(self.b.requests, [])

    def test_tries(self: FastLane) -> None:
        self.set_up(policy=RetryPolicy(tries=1))
        self.a.then = no_response(CLOSE)
        self.assertEqual(self.ask(GET).status, 502)
        self.set_up(policy=RetryPolicy(tries=1))
        self.a.then = NOT_FOUND
        self.assertEqual(self.ask(GET).status, 404)
        self.assertEqual(self.b.requests, [])

    def test_whole_request_limit(self: FastLane) -> None:
        """All tries together."""
        self.set_up(limits=Limits(total=3.0, first_byte=2.0))
        self.a.then = self.b.then = no_response(HANG)
        client = self.client(GET)
        self.net.advance(2.9)
        self.assertEqual(client.received, b"")
        self.net.advance(0.2)
        self.assertEqual(self.response(client).status, 504)

    def test_whole_request_limit_is_not_held_against_who_was_dialled_last(self: FastLane) -> None:
        """It had no fair time."""
        self.set_up(limits=Limits(total=2.5, first_byte=2.0))
        self.a.then = no_response(HANG)
        self.net.black_hole("b:1")
        self.assertEqual(self.ask(GET, advance=2.6).status, 504)
        self.assertEqual([m.failed for m in self.pool.members], [1, 0])

    def test_post_is_sent_once_where_asked_so(self: FastLane) -> None:
        self.set_up(policy=RetryPolicy(non_idempotent=False))
        self.a.then = no_response(CLOSE)
        self.assertEqual(self.ask(POST).status, 502)
        self.assertEqual(self.b.requests, [])
        self.set_up(policy=RetryPolicy(non_idempotent=False))
        self.a.then = NOT_FOUND
        self.assertEqual(self.ask(POST).status, 404)
        self.assertEqual(self.b.requests, [])

    def test_post_goes_on_where_nothing_was_sent(self: FastLane) -> None:
        """Refused: no byte of it is anywhere."""
        self.set_up(policy=RetryPolicy(non_idempotent=False))
        self.net.kill("a:1")
        self.assertEqual(self.ask(POST).status, 200)

    def test_get_goes_on_all_the_same(self: FastLane) -> None:
        self.set_up(policy=RetryPolicy(non_idempotent=False))
        self.a.then = no_response(CLOSE)
        self.assertEqual(self.ask(GET).status, 200)

    # Bodies.

    def test_body_is_replayed_whole(self: FastLane) -> None:
        body = bytes(range(256)) * 300
        self.a.then = no_response(RESET)
        self.assertEqual(self.ask(request(b"POST", body=body)).status, 200)
        self.assertEqual(self.a.requests[0].body, body)
        self.assertEqual(self.b.requests[0].body, body)

    def test_chunked_body_is_replayed_whole(self: FastLane) -> None:
        self.a.then = NOT_FOUND
        self.assertEqual(self.ask(in_chunks(b"one", b"two" * 1000, b"three")).status, 200)
        self.assertEqual(self.b.requests[0].body, b"one" + b"two" * 1000 + b"three")

    def test_body_above_the_replay_limit_is_sent_once(self: FastLane) -> None:
        body = b"z" * 150_000
        self.a.then = no_response(CLOSE)
        self.assertEqual(self.ask(request(b"POST", body=body)).status, 502)
        self.assertEqual(self.a.requests[0].body, body)
        self.assertEqual(self.b.requests, [])

    def test_body_above_the_replay_limit_goes_on_where_nothing_was_sent(self: FastLane) -> None:
        body = b"z" * 150_000
        self.net.kill("a:1")
        self.assertEqual(self.ask(request(b"POST", body=body)).status, 200)
        self.assertEqual(self.b.requests[0].body, body)

    def test_404_for_a_body_above_the_replay_limit_is_the_answer(self: FastLane) -> None:
        self.a.then = NOT_FOUND
        self.assertEqual(self.ask(request(b"POST", body=b"z" * 150_000)).status, 404)

    def test_budget_is_shared(self: FastLane) -> None:
        """The first body takes it all; the second streams and is sent once."""
        self.set_up(budget=ReplayBudget(60_000, beginning=0))
        self.a.then = no_response(HANG)
        first = self.client(request(b"POST", body=b"1" * 50_000))
        held = self.budget.used
        self.assertEqual(held // 1000, 50)
        self.a.then = no_response(CLOSE)
        self.assertEqual(self.ask(request(b"POST", body=b"2" * 50_000)).status, 502)
        self.assertEqual(self.budget.used, held)
        self.net.advance(2.1)
        self.assertEqual(self.response(first).status, 200)
        self.assertEqual([r.body[:1] for r in self.b.requests], [b"1"])
        self.assertEqual(self.budget.used, 0)

    # Kept connections.

    def _goes_stale(self: FastLane, *upstreams: ScriptedUpstream) -> None:
        """Any request but the first on a connection is met with a reset."""

        def choose(upstream: ScriptedUpstream, seen: Message) -> Play:
            first = any(seen is connection.requests[0] for connection in upstream.connections)
            return respond(200, b"fresh") if first else no_response(RESET).early()

        for upstream in upstreams:
            upstream.then = partial(choose, upstream)
            place = "a:1" if upstream is self.a else "b:1"
            self.net.kill("b:1" if upstream is self.a else "a:1")
            self.assertEqual(self.ask(GET).status, 200)
            self.net.revive("b:1" if upstream is self.a else "a:1")
            self.net.advance(11)
            self.assertEqual(len(self.net.connections(place)), 1, "kept")

    def test_stale_kept_connections_are_not_seen(self: FastLane) -> None:
        """Whatever is asked: one fresh try on the same upstream, not held against it."""
        large = request(b"POST", body=b"z" * 150_000)
        for policy in (RetryPolicy(), RetryPolicy(non_idempotent=False), RetryPolicy(tries=1)):
            for sent in (GET, POST, in_chunks(b"one", b"two"), large):
                self.set_up(policy=policy)
                self._goes_stale(self.a)
                self.assertEqual(self.ask(sent).body, b"fresh", sent[:20])
                self.assertEqual(self.b.requests, [])
                self.assertEqual(self.pool.members[0].failed, 0)
                self.assertEqual(self.a.requests[-1].body, self.a.whole_requests[-1].body)

    def test_bytes_on_a_kept_connection_are_nobodys(self: FastLane) -> None:
        """What comes in place of a response was on its way before: one fresh try, held against nobody."""
        idle = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        for stray in (
            b"\r\n",
            b"0\r\n\r\n",
            b"evil",
            b"\x15\x03\x03",
            idle % 0,
            idle % 5 + b"too l",
            b"HTTP/1.0 408 Late\r\n\r\n",
        ):
            for behind in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"):
                for sent in (GET, POST, in_chunks(b"one", b"two")):
                    self.set_up(policy=RetryPolicy(tries=1))
                    self._goes_stale(self.a)
                    self._says_at_once(self.a, stray + behind)
                    self.assertEqual(self.ask(sent).body, b"fresh", (stray, sent[:20]))
                    self.assertEqual(self.b.requests, [])
                    self.assertEqual(self.pool.members[0].failed, 0)
                    self.assertEqual(len(self.a.connections), 2)

    def _says_at_once(self: FastLane, upstream: ScriptedUpstream, data: bytes) -> None:
        """As L{_goes_stale}, but with bytes in place of a reset."""

        def choose(seen: Message) -> Play:
            first = any(seen is connection.requests[0] for connection in upstream.connections)
            return respond(200, b"fresh") if first else raw(data).early()

        upstream.then = choose

    def test_a_timeout_that_is_an_answer(self: FastLane) -> None:
        """408 on a fresh connection, and one that lets the connection live, is the response."""
        self.a.then = lambda seen: respond(408, b"mine")
        self.assertEqual([self.ask(GET).body, self.ask(GET).body], [b"mine", b"mine"])
        self.assertEqual(len(self.a.connections), 1)
        self.a.then = lambda seen: raw(
            b"HTTP/1.1 408 Late\r\nContent-Length: 4\r\nConnection: close\r\n\r\nmine"
        )
        self.assertEqual(self.ask(GET).body, b"mine")
        self.assertEqual(len(self.a.connections), 2)

    def test_garbage_twice(self: FastLane) -> None:
        """On the fresh connection as well: that counts, and the next one is asked."""
        self._goes_stale(self.a)
        self.a.then = lambda seen: raw(b"evil")
        self.assertEqual(self.ask(POST).status, 200)
        self.assertEqual(self.pool.members[0].failed, 1)
        self.assertEqual(len(self.b.requests), 1)

    def test_what_cannot_be_sent_again(self: FastLane) -> None:
        """It never goes out on a kept connection."""
        self.set_up(policy=RetryPolicy(non_idempotent=False))
        self._goes_stale(self.a)
        self._says_at_once(self.a, b"evil")
        self.assertEqual(self.ask(POST).body, b"fresh")

    def test_all_stale_at_once(self: FastLane) -> None:
        self._goes_stale(self.a, self.b)
        self.assertEqual(self.ask(POST).body, b"fresh")

    def test_stale_and_then_dead(self: FastLane) -> None:
        """The fresh try is refused: that counts, and the next one is asked."""
        self._goes_stale(self.a)
        (kept,) = self.net.connections("a:1")
        self.net.kill("a:1", reset=True)
        self.assertEqual(self.ask(POST).status, 200)
        self.assertFalse(kept.connected)
        self.assertEqual(len(self.b.requests), 1)

    # Errors.

    def test_a_head_that_cannot_be_written(self: FastLane) -> None:
        """A value of our own that would end a line: nothing goes up, and nothing is left."""
        self.again(rules=HeaderRules(host="a\r\nX: y"))
        for _ in range(2):
            self.assertEqual(self.ask(POST).status, 502)
        self.assertEqual((self.a.requests, self.b.requests), ([], []))
        self.flushLoggedErrors(DownstreamError)

    def test_nobody_there(self: FastLane) -> None:
        """502, which names the pool and why, and no address."""
        self.net.kill("a:1")
        self.net.kill("b:1")
        said = self.ask(request(b"POST", b"/secret?k=secret", b"Authorization: secret", body=b"secret"))
        self.assertEqual(said.status, 502)
        self.assertEqual(said.body, b"pool nodes: could not connect (refused); could not connect (refused)\n")

    def test_all_hang(self: FastLane) -> None:
        self.a.then = self.b.then = no_response(HANG)
        said = self.ask(GET, advance=4.5)
        self.assertEqual(said.status, 504)
        self.assertEqual(said.body, b"pool nodes: timed out (first byte); timed out (first byte)\n")

    def test_all_disabled(self: FastLane) -> None:
        for member in self.pool.members:
            member.enabled = False
        said = self.ask(GET)
        self.assertEqual((said.status, said.body), (503, b"pool nodes: every upstream is disabled\n"))

    def test_error_to_head(self: FastLane) -> None:
        self.net.kill("a:1")
        self.net.kill("b:1")
        self.assertEqual(self.ask(request(b"HEAD")).status, 502)

    def test_recovers_by_itself(self: FastLane) -> None:
        """All put aside are tried all the same."""
        self.net.kill("a:1")
        self.net.kill("b:1")
        self.assertEqual(self.ask(GET).status, 502)
        self.net.revive("a:1")
        self.assertEqual(self.ask(GET).status, 200)

    def test_failures_are_counted(self: FastLane) -> None:
        self.net.kill("a:1")
        self.net.kill("b:1")
        self.ask(GET)
        counters = self.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (1, 0, 1))

    def test_cut_counts_as_failed(self: FastLane) -> None:
        self.a.then = cut_body(5, 10, CLOSE)
        self.client(GET)
        counters = self.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (1, 0, 1))


class FastLaneTests(FailoverCases, FastLane):
    """In the fast lane."""


class SlowLaneTests(FailoverCases, SlowLane):
    """Under twisted.web's own site."""
