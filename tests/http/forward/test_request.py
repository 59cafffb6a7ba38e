"""Random schedules: whatever members, connections and clients do, the rules hold."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import TestCase

from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.testing import MemoryTopology
from quorumha.testing.http.chunking import seeded
from quorumha.testing.http.message_reader import BadMessage
from quorumha.testing.http.plays import (
    CLOSE,
    RESET,
    Play,
    Wait,
    accept_then,
    cut_body,
    cut_chunks,
    drip,
    half_a_head,
    no_response,
    raw,
    respond,
)
from tests.http.server.proxied import Proxied, fast_limits

NAMES = "abc"

#: What a member does with a request.
GOOD: list[Play] = [
    respond(200, b"hello"),
    respond(200, b"x" * 3000, chunked=True),
    respond(500, b"no"),
    respond(200, b"hello") + CLOSE,
    respond(200, b"early").early(),
    drip(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nslow", 0.5, 20),
]
HOLD: list[Play] = [respond(404, b"gone"), raw(b"HTTP/1.1 404 No\r\n\r\ngone") + CLOSE]
BAD: list[Play] = [
    no_response(),
    no_response(RESET),
    no_response(CLOSE),
    no_response(Wait(1), RESET),
    accept_then(RESET),
    half_a_head(),
    raw(b"\x16\x03\x01"),
    respond(length=b"+2"),
    respond(404, b"x", length=b"9") + CLOSE,
]
CUT: list[Play] = [cut_body(3, 9), cut_body(3, 9, CLOSE), cut_chunks([b"abc"]), cut_chunks([b"abc"], RESET)]
PLAYS = st.sampled_from(GOOD + HOLD + BAD + CUT)

FAULTS = st.sampled_from(["kill", "hang", "revive"])


@st.composite
def requests(draw: st.DrawFn) -> tuple[bytes, bytes]:
    """The bytes of a request, and its body."""
    method = draw(st.sampled_from([b"GET", b"POST", b"HEAD"]))
    body = draw(st.sampled_from([b"", b"x", b"y" * 2000])) if method == b"POST" else b""
    chunked = bool(body) and draw(st.booleans())
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % len(body)
    head = b"%b /x HTTP/1.1\r\nHost: c\r\n%b\r\n\r\n" % (method, framing)
    return head + (b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body) if chunked else body), body


class ScheduleTests(TestCase):
    """Everything at once, on one clock."""

    @settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def test_rules(self, data: st.DataObject) -> None:
        net = MemoryTopology(chunker=seeded(data.draw(st.integers(0, 999)), 400))
        proxied = Proxied(NAMES, backups="c", net=net)
        forwarder = proxied.forwarder(
            limits=fast_limits(),
            policy=RetryPolicy(tries=data.draw(st.sampled_from([0, 2]))),
            replay_limit=data.draw(st.sampled_from([0, 1000])),
        )
        proxied.serve(forwarder)
        for name in NAMES:
            proxied.script(name, *data.draw(st.lists(PLAYS, max_size=4)))
        clients = []
        for _ in range(data.draw(st.integers(1, 3))):
            asked = data.draw(st.lists(requests(), min_size=1, max_size=3))
            client = net.connect("proxy:80")
            client.write(b"".join(raw for raw, _ in asked))
            leaves = data.draw(st.booleans()) and data.draw(st.booleans())
            clients.append((client, asked, leaves))
            net.advance(data.draw(st.sampled_from([0, 0.3, 2])))
            if leaves:
                client.abort()
            for name, fault in data.draw(st.lists(st.tuples(st.sampled_from(NAMES), FAULTS), max_size=2)):
                getattr(net, fault)(f"{name}:1")
        for name in NAMES:
            net.revive(f"{name}:1")
        net.advance(60)
        for client, asked, leaves in clients:
            if not leaves:
                self.check_responses(proxied, client, [raw.partition(b" ")[0] for raw, _ in asked])
        bodies = {body for _, asked, _ in clients for _, body in asked}
        for node in proxied.nodes.values():
            self.assertEqual(node.bad, [])
            for message in node.whole_requests:
                self.assertIn(message.body, bodies)
        self.check_rest(proxied, forwarder)

    def check_responses(self, proxied: Proxied, client: object, methods: list[bytes]) -> None:
        """One answer for each request, in order; only the last may be cut, and then it shows."""
        try:
            answers = proxied.responses(client, *methods)  # type: ignore[arg-type]  # a Recorder
        except BadMessage:
            self.assertIsNotNone(client.how_it_ended)  # type: ignore[attr-defined]
            return
        self.assertLessEqual(len(answers), len(methods))
        for message in answers[:-1]:
            self.assertTrue(message.complete)
            self.assertIn(message.status, (200, 404, 500, 502, 504))
        if len(answers) < len(methods) or not answers[-1].complete:
            self.assertIsNotNone(client.how_it_ended)  # type: ignore[attr-defined]

    def check_rest(self, proxied: Proxied, forwarder: object) -> None:
        """Nothing is left behind."""
        self.assertEqual([m.in_flight for m in proxied.pool.members], [0, 0, 0])
        counters = proxied.pool.counters
        self.assertLessEqual(counters.answered + counters.failed, counters.requests)
        self.assertEqual(forwarder.budget.used, 0)  # type: ignore[attr-defined]  # a PoolForwarder
        proxied.connections.stop()
        proxied.net.advance(400)
        self.assertEqual(proxied.net.clock.getDelayedCalls(), [])
        self.assertEqual([len(node.live) for node in proxied.nodes.values()], [0, 0, 0])
        self.assertEqual(self.flushLoggedErrors(), [])
