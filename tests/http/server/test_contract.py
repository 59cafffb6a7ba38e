"""What forwarding does, told once for both lanes.

Each case is a transcript: what the client sends, what each node does, what the client
gets, and what each node was sent.
"""

from __future__ import annotations

from typing import Any, ClassVar

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.wire.headers import HeaderRules
from quorumha.testing.http.message_reader import BadMessage, Message
from quorumha.testing.http.plays import (
    CLOSE,
    HANG,
    RESET,
    Moment,
    Play,
    Send,
    Wait,
    accept_then,
    cut_body,
    cut_chunks,
    deaf,
    drip,
    half_a_head,
    informational_first,
    no_response,
    raw,
    respond,
)
from tests.http.server.proxied import Proxied, fast_limits, get, post

HELD_404 = respond(404, b"not here")


class Contract:
    """The cases.  Mixed into a test case for each lane."""

    slow: ClassVar[bool]

    def proxied(self, names: str = "ab", backups: str = "", **settings: Any) -> Proxied:
        settings.setdefault("limits", fast_limits())
        proxied = Proxied(names, backups)
        proxied.serve(proxied.forwarder(**settings), slow=self.slow)
        return proxied

    def check(
        self: Any, proxied: Proxied, message: Message, status: int, body: bytes | None, **seen: int
    ) -> None:
        self.assertEqual(message.status, status)
        self.assertTrue(message.complete)
        if body is not None:
            self.assertEqual(message.body, body)
        self.assertEqual(proxied.seen(), seen)
        self.assertEqual([m.in_flight for m in proxied.pool.members], [0] * len(proxied.pool.members))

    # The next upstream.

    def test_first_answers(self: Any) -> None:
        proxied = self.proxied()
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=0)
        counters = proxied.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failovers), (1, 1, 0))

    def test_refused(self: Any) -> None:
        proxied = self.proxied()
        proxied.net.kill("a:1")
        for request in (get(), post(b"body")):
            self.assertEqual(proxied.ask(request).status, 200)
        self.assertEqual(proxied.seen(), {"a": 0, "b": 2})
        self.assertEqual(proxied.pool.counters.failovers, 1, "the second request knew better")

    def test_backup_only_when_no_primary(self: Any) -> None:
        proxied = self.proxied(backups="b")
        proxied.ask(get())
        proxied.net.kill("a:1")
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=1)

    def test_black_hole_is_paid_for_once(self: Any) -> None:
        proxied = self.proxied()
        proxied.net.black_hole("a:1")
        first = proxied.client(get())
        self.assertEqual(first.received, b"")
        proxied.net.advance(1)
        self.assertEqual(proxied.responses(first)[0].status, 200)
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=0, b=2)

    def test_accepts_and_ends(self: Any) -> None:
        for step in (CLOSE, RESET):
            proxied = self.proxied()
            proxied.script("a", accept_then(step))
            self.assertEqual(proxied.ask(post(b"body")).status, 200)
            self.assertEqual(proxied.nodes["b"].requests[0].body, b"body")

    def test_ends_without_an_answer(self: Any) -> None:
        for step in (CLOSE, RESET):
            proxied = self.proxied()
            proxied.script("a", no_response(step))
            self.check(proxied, proxied.ask(post(b"body")), 200, b"ok", a=1, b=1)
            self.assertEqual(proxied.nodes["b"].requests[0].body, b"body")

    def test_hangs(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", no_response())
        self.check(proxied, proxied.ask(post(b"body"), 2), 200, b"ok", a=1, b=1)
        self.assertEqual(proxied.nodes["a"].live, [], "the old connection is closed")
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=2)

    def test_half_a_head(self: Any) -> None:
        for play in (half_a_head(), half_a_head(RESET), raw(b"HTTP/1.1 200 OK\r\n") + CLOSE):
            proxied = self.proxied()
            proxied.script("a", play)
            self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=1)

    def test_head_without_end(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", raw(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20000))
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=1)

    def test_malformed_answer(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", respond(length=b"+2"))
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=1)

    def test_does_not_read_the_body(self: Any) -> None:
        proxied = self.proxied(limits=fast_limits(total=9))
        proxied.script("a", deaf())
        body = b"x" * 300_000
        self.check(proxied, proxied.ask(post(body), 3), 200, b"ok", a=0, b=1)
        self.assertEqual(proxied.nodes["b"].requests[0].body, body)

    def test_slow_drip_is_served(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", drip(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow", 1.5, 41))
        self.check(proxied, proxied.ask(get(), 3), 200, b"slow", a=1, b=0)

    # Statuses, and answers in hand.

    def test_404_asks_the_next(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", HELD_404)
        self.check(proxied, proxied.ask(post(b"body")), 200, b"ok", a=1, b=1)
        self.assertTrue(proxied.pool.members[0].health.usable(0), "not a failure")

    def test_last_404_is_passed_on(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", respond(404, b"first"))
        proxied.script("b", respond(404, b"last", [(b"X-From", b"b")]))
        message = proxied.ask(get())
        self.check(proxied, message, 404, b"last", a=1, b=1)
        self.assertEqual(message.get(b"x-from"), b"b")

    def test_404_in_hand_while_the_other_is_dead(self: Any) -> None:
        for name, fault, seconds in (
            ("refuses", lambda p: p.net.kill("b:1"), 0),
            ("resets", lambda p: p.script("b", no_response(RESET)), 0),
            ("is a black hole", lambda p: p.net.black_hole("b:1"), 1),
            ("hangs", lambda p: p.script("b", no_response()), 2),
            ("half a head", lambda p: p.script("b", half_a_head()), 0),
            ("cut 404", lambda p: p.script("b", respond(404, b"x", length=b"9") + CLOSE), 0),
            ("500", lambda p: p.script("b", respond(500)), 0),
        ):
            proxied = self.proxied(policy=RetryPolicy(statuses=frozenset({404})))
            proxied.script("a", HELD_404)
            fault(proxied)
            message = proxied.ask(get(), seconds)
            self.assertEqual((message.status, message.body), (404, b"not here"), name)

    def test_404_does_not_wait_for_one_put_aside(self: Any) -> None:
        proxied = self.proxied()
        proxied.net.black_hole("b:1")
        proxied.script("a", HELD_404, HELD_404)
        proxied.ask(get(), 1)
        self.check(proxied, proxied.ask(get()), 404, b"not here", a=2, b=0)

    def test_configured_statuses(self: Any) -> None:
        proxied = self.proxied(policy=RetryPolicy(statuses=frozenset({500, 503})))
        proxied.script("a", respond(503), respond(404, b"it"))
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=1)
        self.check(proxied, proxied.ask(get()), 404, b"it", a=2, b=1)

    def test_all_500(self: Any) -> None:
        proxied = self.proxied(policy=RetryPolicy(statuses=frozenset({500})))
        proxied.script("a", respond(500, b"a"))
        proxied.script("b", respond(500, b"b"))
        self.check(proxied, proxied.ask(get()), 500, b"b", a=1, b=1)

    def test_large_answer_is_held_as_any_other(self: Any) -> None:
        """Its beginning is kept, the rest waits at its connection."""
        body = b"x" * 500_000
        proxied = self.proxied()
        proxied.script("a", respond(404, body))
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=1)
        proxied = self.proxied()
        proxied.script("a", respond(404, body))
        proxied.net.kill("b:1")
        self.check(proxied, proxied.ask(get()), 404, body, a=1, b=0)

    def test_held_until_the_end_of_its_connection(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", raw(b"HTTP/1.1 404 No\r\n\r\ngone") + CLOSE)
        proxied.net.kill("b:1")
        message = proxied.ask(get())
        self.assertEqual((message.status, message.body, message.get(b"content-length")), (404, b"gone", b"4"))

    # Limits of trying.

    def test_tries(self: Any) -> None:
        proxied = self.proxied("abc", policy=RetryPolicy(tries=2))
        for name in "abc":
            proxied.script(name, no_response(RESET))
        message = proxied.ask(get())
        self.check(proxied, message, 502, None, a=1, b=1, c=0)

    def test_whole_request_is_limited(self: Any) -> None:
        proxied = self.proxied("abc", limits=fast_limits(total=3))
        for name in "abc":
            proxied.script(name, no_response())
        client = proxied.client(get())
        proxied.net.advance(2.99)
        self.assertEqual(client.received, b"")
        proxied.net.advance(0.02)
        self.assertEqual(proxied.responses(client)[0].status, 504)
        self.assertEqual(proxied.seen(), {"a": 1, "b": 1, "c": 0})

    def test_not_idempotent(self: Any) -> None:
        proxied = self.proxied(policy=RetryPolicy(non_idempotent=False))
        proxied.script("a", no_response(RESET))
        self.check(proxied, proxied.ask(post(b"x")), 502, None, a=1, b=0)
        proxied.net.advance(10)
        proxied.script("a", no_response(RESET))
        self.assertEqual(proxied.ask(get()).status, 200)
        proxied.net.advance(10)
        proxied.net.kill("a:1")
        self.assertEqual(proxied.ask(post(b"x")).status, 200, "nothing of it was sent")

    def test_each_node_once(self: Any) -> None:
        proxied = self.proxied("abc")
        for name in "abc":
            proxied.nodes[name].then = no_response(RESET)
        self.check(proxied, proxied.ask(get()), 502, None, a=1, b=1, c=1)

    # No answer.

    def test_all_refuse(self: Any) -> None:
        proxied = self.proxied()
        for name in "ab":
            proxied.net.kill(f"{name}:1")
        message = proxied.ask(get())
        why = b"pool nodes: could not connect (refused); could not connect (refused)\n"
        self.check(proxied, message, 502, why, a=0, b=0)
        proxied.net.revive("a:1")
        self.assertEqual(proxied.ask(get()).status, 200, "recovers by itself")
        self.assertEqual(proxied.pool.counters.failed, 1)

    def test_all_hang(self: Any) -> None:
        proxied = self.proxied()
        for name in "ab":
            proxied.script(name, no_response())
        self.check(proxied, proxied.ask(get(), 4), 504, None, a=1, b=1)

    def test_all_disabled(self: Any) -> None:
        proxied = self.proxied()
        for member in proxied.pool.members:
            member.enabled = False
        message = proxied.ask(get())
        self.check(proxied, message, 503, b"pool nodes: every upstream is disabled\n", a=0, b=0)

    def test_secrets_stay_out_of_errors(self: Any) -> None:
        proxied = self.proxied()
        for name in "ab":
            proxied.script(name, raw(b"HTTP/1.1 200 OK\r\nX: s3cret\x00\r\n\r\n"))
        message = proxied.ask(post(b"s3cret", b"Authorization: s3cret"))
        self.assertEqual(message.status, 502)
        self.assertNotIn(b"s3cret", message.body)

    # Kept connections.

    def test_connections_are_kept(self: Any) -> None:
        proxied = self.proxied()
        for _ in range(3):
            proxied.ask(get())
        self.assertEqual(len(proxied.nodes["a"].connections), 1)

    def test_stale_connection_is_not_seen(self: Any) -> None:
        """It dies as the request is sent: one fresh try, not held against the node."""
        proxied = self.proxied()
        proxied.ask(get())
        proxied.script("a", no_response(RESET))
        self.check(proxied, proxied.ask(post(b"x")), 200, b"ok", a=3, b=0)
        self.assertEqual(proxied.pool.members[0].failed, 0)
        self.assertEqual(proxied.pool.counters.failovers, 0)

    def test_stale_connections_of_all_nodes(self: Any) -> None:
        proxied = self.proxied()
        for name in "ab":
            proxied.ask(get())
            proxied.pool.members[0].enabled = name == "b"
        for member in proxied.pool.members:
            member.enabled = True
        for name in "ab":
            proxied.script(name, no_response(RESET), no_response(RESET) if name == "a" else respond())
        message = proxied.ask(post(b"x"))
        self.assertEqual(message.status, 200)

    def test_closed_while_idle(self: Any) -> None:
        proxied = self.proxied()
        proxied.ask(get())
        proxied.nodes["a"].close_kept()
        proxied.net.run()
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=2, b=0)

    def test_surplus_bytes(self: Any) -> None:
        """They are dropped, and the connection with them."""
        proxied = self.proxied()
        proxied.script("a", raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"))
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=0)
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=2, b=0)
        self.assertEqual(len(proxied.nodes["a"].connections), 2)

    def test_said_to_be_closed(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", respond(headers=[(b"Connection", b"close")]))
        message = proxied.ask(get())
        self.assertNotIn(b"close", message.get(b"connection") or b"")
        proxied.ask(get())
        self.assertEqual(len(proxied.nodes["a"].connections), 2)

    # Truncation.

    def cut(self: Any, proxied: Proxied, seconds: float = 0) -> None:
        client = proxied.client(get())
        proxied.net.advance(seconds)
        try:
            messages = proxied.responses(client)
        except BadMessage:
            return
        self.assertFalse(any(message.complete for message in messages))
        self.assertIsNotNone(client.how_it_ended)

    def test_body_that_breaks_off(self: Any) -> None:
        for play in (
            cut_body(3, 9),
            cut_body(3, 9, CLOSE),
            cut_chunks([b"abc"]),
            cut_chunks([b"abc"], RESET),
            Play(
                Moment.REQUEST,
                (
                    Send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe"),
                    Wait(1),
                    Send(b"lloXX"),
                ),
            ),
        ):
            proxied = self.proxied()
            proxied.script("a", play)
            self.cut(proxied, 1)
            self.assertEqual(proxied.seen(), {"a": 1, "b": 0}, "never retried")
            self.assertEqual(proxied.pool.counters.failed, 1)

    def test_cut_answer_to_an_old_client(self: Any) -> None:
        """Without framing only a reset can show it."""
        proxied = self.proxied()
        proxied.script("a", cut_chunks([b"abc"], Wait(1), CLOSE))
        client = proxied.client(b"GET / HTTP/1.0\r\nHost: c\r\n\r\n")
        proxied.net.advance(1)
        self.assertEqual(client.how_it_ended, "ConnectionLost")

    def test_silent_in_the_body(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", cut_body(3, 9, HANG))
        self.cut(proxied, 3)

    # Framing.

    def test_chunked_answer(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", respond(200, b"x" * 5000, chunked=True))
        message = proxied.ask(get())
        self.check(proxied, message, 200, b"x" * 5000, a=1, b=0)
        self.assertEqual(message.framing, "chunked")

    def test_answer_until_the_end(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", raw(b"HTTP/1.1 200 OK\r\n\r\nhello") + CLOSE)
        self.check(proxied, proxied.ask(get()), 200, b"hello", a=1, b=0)

    def test_chunked_request(self: Any) -> None:
        proxied = self.proxied()
        head = b"POST /x HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
        proxied.script("a", no_response(RESET))
        proxied.ask(head + b'3;ext="x"\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: 1\r\n\r\n')
        request = proxied.nodes["b"].requests[0]
        self.assertEqual((request.body, request.trailers, request.complete), (b"abcde", [], True))

    def test_answers_without_a_body(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", respond(204), respond(304), respond(200, b"12345"))
        for request, status in ((get(), 204), (get(), 304), (get().replace(b"GET", b"HEAD"), 200)):
            message = proxied.ask(request)
            self.assertEqual((message.status, message.body), (status, b""))
        self.assertEqual(message.get(b"content-length"), b"5")
        self.assertEqual(len(proxied.nodes["a"].connections), 1, "and the connection is kept")

    def test_interim_answers_are_skipped(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", informational_first(100, 103))
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=0)

    def test_unasked_switch(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", raw(b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"))
        self.check(proxied, proxied.ask(get()), 200, b"ok", a=1, b=1)

    def test_old_client(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", respond(200, b"hello", chunked=True))
        client = proxied.client(b"GET / HTTP/1.0\r\nHost: c\r\n\r\n")
        head, _, body = client.received.partition(b"\r\n\r\n")
        self.assertEqual((body, client.how_it_ended), (b"hello", "ConnectionDone"))
        self.assertNotIn(b"chunked", head)
        self.assertTrue(proxied.nodes["a"].requests[0].start_line.endswith(b"HTTP/1.1"))

    def test_body_of_a_get(self: Any) -> None:
        proxied = self.proxied()
        proxied.ask(post(b"body").replace(b"POST", b"GET"))
        request = proxied.nodes["a"].requests[0]
        self.assertEqual((request.method, request.body), (b"GET", b"body"))

    # Fields and targets.

    def test_target_byte_for_byte(self: Any) -> None:
        proxied = self.proxied()
        for target in (b"/transaction/a%2Fb+c==?isRaw=false&x=%20", b"//a/./b/../c", b"/%7e;x?y?z"):
            proxied.ask(get(target))
            self.assertEqual(proxied.nodes["a"].requests[-1].target, target)

    def test_fields_up(self: Any) -> None:
        proxied = self.proxied()
        proxied.ask(
            get(
                b"/x",
                b"Connection: keep-alive, X-Named, X-Forwarded-For",
                b"X-Named: 1",
                b"Keep-Alive: 1",
                b"TE: trailers",
                b"Proxy-Connection: x",
                b"X-Forwarded-For: 6.6.6.6",
                b"Accept: a",
                b"Accept: b",
                b"Quorum-PSI: tenant",
            )
        )
        request = proxied.nodes["a"].requests[0]
        for name in (b"connection", b"x-named", b"keep-alive", b"te", b"proxy-connection"):
            self.assertIsNone(request.get(name), name)
        self.assertEqual(request.get(b"x-forwarded-for"), b"127.0.0.1")
        self.assertEqual(request.all(b"accept"), [b"a", b"b"])
        self.assertEqual(request.get(b"quorum-psi"), b"tenant")
        self.assertEqual(request.get(b"host"), b"c")

    def test_fields_down(self: Any) -> None:
        proxied = self.proxied()
        fields = [
            (b"Connection", b"X-Named"),
            (b"X-Named", b"1"),
            (b"Keep-Alive", b"timeout=5"),
            (b"Set-Cookie", b"a"),
            (b"Set-Cookie", b"b"),
            (b"Location", b"http://c/transaction/x"),
        ]
        proxied.script("a", respond(201, headers=fields))
        message = proxied.ask(get())
        self.assertIsNone(message.get(b"x-named"))
        self.assertIsNone(message.get(b"keep-alive"))
        self.assertEqual(message.all(b"set-cookie"), [b"a", b"b"])
        self.assertEqual(message.get(b"location"), b"http://c/transaction/x")

    def test_rules(self: Any) -> None:
        proxied = self.proxied(rules=HeaderRules("append", "upstream"))
        proxied.ask(get(b"/x", b"X-Forwarded-For: 6.6.6.6"))
        request = proxied.nodes["a"].requests[0]
        self.assertEqual(request.get(b"x-forwarded-for"), b"6.6.6.6, 127.0.0.1")
        self.assertEqual(request.get(b"host"), b"a:1")

    # Clients that leave.

    def test_leaves_while_waiting(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", no_response())
        client = proxied.client(get())
        client.close()
        proxied.net.run()
        self.assertEqual(proxied.nodes["a"].live, [])
        proxied.net.advance(5)
        self.assertEqual(proxied.seen(), {"a": 1, "b": 0})
        self.assertEqual(proxied.pool.members[0].in_flight, 0)

    def test_leaves_while_dialling(self: Any) -> None:
        proxied = self.proxied()
        proxied.net.black_hole("a:1")
        client = proxied.client(get())
        client.abort()
        proxied.net.advance(5)
        self.assertEqual(proxied.seen(), {"a": 0, "b": 0})

    def test_leaves_during_the_answer(self: Any) -> None:
        proxied = self.proxied()
        proxied.script("a", cut_body(3, 9, Wait(1), HANG))
        client = proxied.client(get())
        client.abort()
        proxied.net.run()
        self.assertEqual(proxied.nodes["a"].live, [])
        proxied.ask(get())
        self.assertEqual(len(proxied.nodes["a"].connections), 2, "not used again")

    def test_slow_reader_bounds_memory(self: Any) -> None:
        proxied = self.proxied()
        body = b"x" * 3_000_000
        proxied.script("a", respond(200, body))
        client = proxied.net.connect("proxy:80")
        proxied.net.run()
        client.pause()
        client.write(get())
        proxied.net.run()
        waiting = proxied.nodes["a"].connections[0].transport.unsent
        self.assertGreater(waiting, 2_000_000, "the node has to wait, too")
        client.resume()
        proxied.net.run()
        self.assertEqual(proxied.responses(client)[0].body, body)

    def test_nothing_is_left(self: Any) -> None:
        """After all is over no body is kept and no limit is pending but that of kept connections."""
        proxied = self.proxied()
        forwarder_budget = proxied.forwarder().budget
        proxied.script("a", HELD_404, no_response(RESET))
        for request in (post(b"x"), post(b"y"), get()):
            client = proxied.client(request)
            client.close()
            proxied.net.run()
        proxied.net.advance(100)
        self.assertEqual(forwarder_budget.used, 0)
        self.assertEqual([len(node.live) for node in proxied.nodes.values()], [0, 0])


class FastLane(Contract, SynchronousTestCase):
    """L{ProxySite}."""

    slow = False


class SlowLane(Contract, SynchronousTestCase):
    """L{twisted.web.server.Site}."""

    slow = True
