"""One fact for each request, made where it ends for its client."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import Origin, RequestDone
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.forward.subrequest import subrequest
from quorumha.http.server.resource import MirrorResource
from quorumha.http.server.site import ProxySite
from quorumha.http.wire.contracts import NOBODY
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import HeadLimits
from quorumha.http.wire.parsing import parse_request_head
from quorumha.pool.upstream import AttemptState, Broken, ConnectFailed, Phase, Responded, TimedOut
from quorumha.testing import FactRecorder
from quorumha.testing.http.plays import cut_body, no_response, respond
from tests.http.server.proxied import Proxied, fast_limits, get, post

ORIGIN = Origin("rpc", "/call")


class FactCase(SynchronousTestCase):
    """Two nodes, a then b, and a recorder of all facts."""

    def setUp(self) -> None:
        self.begin()

    def begin(self, **settings: Any) -> None:
        self.proxied = Proxied("ab")
        self.facts = FactRecorder()
        self.remove = self.proxied.pool.observers.add(self.facts, requests=True)
        settings.setdefault("policy", RetryPolicy(statuses=frozenset({404})))
        self.forwarder = self.proxied.forwarder(origin=ORIGIN, limits=fast_limits(), **settings)
        self.proxied.serve(self.forwarder)

    def done(self) -> RequestDone:
        """The one fact of a request there is."""
        (done,) = self.facts.of(RequestDone)
        self.facts.facts.clear()
        return done

    def tried(self, done: RequestDone) -> list[tuple[str, object, AttemptState]]:
        return [(one.upstream.name, one.outcome, one.state) for one in done.attempts]


class EndTests(FactCase):
    """Each end of a request, and what is told of it."""

    def test_response(self) -> None:
        self.proxied.script("a", respond(201, b"four"))
        self.proxied.ask(post(b"question"))
        done = self.done()
        self.assertEqual(
            (done.listener, done.call, done.pool, done.client, done.method, done.status, done.error),
            ("rpc", "/call", "nodes", "127.0.0.1", "POST", 201, ""),
        )
        self.assertEqual(self.tried(done), [("a", Responded(201), AttemptState.PASSED_DOWN)])
        self.assertEqual((done.received, done.sent, done.failovers, done.waited), (8, 4, 0, 0.0))

    def test_failed_over(self) -> None:
        """After a 404 and after a dead node: who was asked, in order; the last is who responded."""
        self.proxied.script("a", respond(404))
        self.proxied.ask(get())
        done = self.done()
        expected = [
            ("a", Responded(404), AttemptState.SENT_ALL),
            ("b", Responded(200), AttemptState.PASSED_DOWN),
        ]
        self.assertEqual((self.tried(done), done.failovers, done.status), (expected, 1, 200))
        self.proxied.net.kill("a:1")
        self.proxied.ask(get())
        done = self.done()
        expected[0] = ("a", ConnectFailed("refused"), AttemptState.DIALLED)
        self.assertEqual((self.tried(done), done.failovers), (expected, 1))

    def test_kept_response(self) -> None:
        """The last 404 of all is told once."""
        for name in "ab":
            self.proxied.script(name, respond(404, b"none"))
        self.proxied.ask(get())
        done = self.done()
        self.assertEqual([name for name, _, _ in self.tried(done)], ["a", "b"])
        self.assertEqual((done.status, done.error, done.sent), (404, "", 4))

    def test_error(self) -> None:
        """What the client was told; and how long all of it took."""
        self.proxied.net.kill("b:1")
        self.proxied.script("a", no_response())
        client = self.proxied.client(get())
        self.proxied.net.advance(5)
        (message,) = self.proxied.responses(client)
        done = self.done()
        self.assertEqual((done.status, f"{done.error}\n".encode()), (504, message.body))
        self.assertEqual(done.attempts[0].outcome, TimedOut(Phase.FIRST_BYTE))
        self.assertAlmostEqual(done.seconds, 2.0, 2)
        self.assertAlmostEqual(done.attempts[0].seconds, 2.0, 2)

    def test_cut(self) -> None:
        """A response that broke off is no status."""
        self.proxied.script("a", cut_body(2, 9))
        self.proxied.client(get())
        done = self.done()
        self.assertEqual((done.status, done.error), (0, "the response broke off"))
        ((name, outcome, state),) = self.tried(done)
        self.assertEqual((name, state), ("a", AttemptState.PASSED_DOWN))
        self.assertIsInstance(outcome, Broken)
        self.assertEqual(self.proxied.pool.counters.failed, 1)

    def test_client_left(self) -> None:
        self.proxied.script("a", no_response())
        client = self.proxied.client(get())
        self.assertEqual(self.facts.of(RequestDone), [])
        client.abort()
        self.proxied.net.run()
        done = self.done()
        self.assertEqual((done.status, done.error), (0, ""))
        counters = self.proxied.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (1, 0, 0))

    def test_client_left_before_it_began(self) -> None:
        """As a push does that waits for the one before it."""
        head = parse_request_head(get(), HeadLimits())
        request = self.forwarder.forward(head, Client(), NOBODY)
        self.proxied.net.advance(2)
        request.abandon()
        done = self.done()
        self.assertEqual((done.status, done.error, self.tried(done), done.seconds), (0, "", [], 2.0))

    def test_chunked(self) -> None:
        """Bytes of a body that states no length are counted as they go down."""
        self.proxied.script("a", respond(200, b"x" * 2500, chunked=True))
        self.proxied.ask(get())
        self.assertEqual(self.done().sent, 2500)


class WhoIsToldTests(FactCase):
    """What is a request's, and who wants to know."""

    def test_subrequest(self) -> None:
        """What the proxy asks itself is neither counted nor told of."""
        head = parse_request_head(get(), HeadLimits())
        for kill in (False, True):
            if kill:
                self.proxied.net.kill("a:1")
                self.proxied.net.kill("b:1")
            asking = subrequest(self.forwarder, head, Client())
            asking.addErrback(lambda _: None)
            self.proxied.net.run()
        counters = self.proxied.pool.counters
        self.assertEqual(self.facts.of(RequestDone), [])
        self.assertEqual((counters.requests, counters.answered, counters.failed), (0, 0, 0))
        self.assertEqual(counters.failovers, 0)

    def test_mirror(self) -> None:
        """Neither is a copy; it has counts of its own."""
        mirror = self.proxied.mirror(self.forwarder)
        self.proxied.net.listen(
            "mirrored:1", ProxySite(MirrorResource(self.forwarder, mirror), self.proxied.net.clock)
        )
        client = self.proxied.net.connect("mirrored:1")
        client.write(get())
        self.proxied.net.run()
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1})
        self.assertEqual(self.tried(self.done()), [("a", Responded(200), AttemptState.PASSED_DOWN)])
        counters = self.proxied.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.mirrored), (1, 1, 1))
        mirror.stop()

    def test_only_failures(self) -> None:
        """Without anybody who wants each request, those that failed are told of."""
        told = FactRecorder()
        self.remove()
        self.proxied.pool.observers.add(told)
        self.proxied.ask(get())
        self.assertEqual(told.facts, [])
        for name in "ab":
            self.proxied.net.kill(f"{name}:1")
        self.proxied.ask(get())
        (done,) = told.of(RequestDone)
        self.assertEqual((done.status, done.pool), (502, "nodes"))
