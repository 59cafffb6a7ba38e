"""Reads that are asked of a second member when the first takes long."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.forward.round_policy import Again, Ask
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.server.resource import ProxyResource
from quorumha.testing.http.plays import RESET, Send, Wait, no_response, raw, respond
from tests.http.forward.test_rounds import QUESTION, ScriptedPolicy
from tests.http.server.proxied import Proxied, fast_limits, get


class HedgingTests(SynchronousTestCase):
    """One answer, the first that comes."""

    policy = RetryPolicy(statuses=frozenset({404, 500}))

    def setUp(self) -> None:
        self.round_policy = ScriptedPolicy()
        self.proxied = Proxied("ab")
        forwarder = self.proxied.forwarder(limits=fast_limits(), policy=self.policy)
        self.line = WaitingForwarder(forwarder, self.round_policy, WaitingRoom("l"), forwarder, hedge=0.5)
        self.proxied.serve(ProxyResource(self.line))

    def tearDown(self) -> None:
        counters = self.proxied.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (1, 1, 0))
        self.assertEqual([m.in_flight for m in self.proxied.pool.members], [0, 0])

    def hedges(self) -> dict[str, int]:
        return dict(self.line.forwarder.numbers.hedges)

    def test_quick_answer(self) -> None:
        """Nobody else is asked when the answer comes in time."""
        self.proxied.script("a", no_response(Wait(0.4), *respond(200, b"a").steps))
        self.assertEqual(self.proxied.ask(get(), 2).body, b"a")
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0})
        self.assertEqual(self.hedges(), {})

    def test_answer_that_came_while_the_process_was_stopped(self) -> None:
        """Nobody else is asked while the answer lies in the socket: that is read first."""
        self.proxied.script("a", no_response(Wait(0.5), *respond(200, b"a").steps))
        client = self.proxied.client(get())
        self.proxied.net.advance(0.5)
        (got,) = self.proxied.responses(client)
        self.assertEqual((got.body, self.proxied.seen()), (b"a", {"a": 1, "b": 0}))

    def test_second_wins(self) -> None:
        """After the time to wait, the other is asked, and its answer is taken."""
        self.proxied.script("a", no_response())
        self.proxied.script("b", respond(200, b"b"))
        client = self.proxied.client(get())
        self.proxied.net.advance(0.4)
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0})
        self.proxied.net.advance(0.2)
        (got,) = self.proxied.responses(client)
        self.assertEqual(got.body, b"b")
        self.assertEqual(self.proxied.nodes["a"].live, [])
        self.assertEqual(self.hedges(), {"won": 1})

    def test_first_wins(self) -> None:
        """The first may still be quicker; then the second is let go of."""
        self.proxied.script("a", no_response(Wait(0.8), *respond(200, b"a").steps))
        self.proxied.script("b", no_response())
        client = self.proxied.client(get())
        self.proxied.net.advance(1)
        (got,) = self.proxied.responses(client)
        self.assertEqual(got.body, b"a")
        self.assertEqual(self.proxied.nodes["b"].live, [])
        self.assertEqual(self.hedges(), {"lost": 1})

    def test_second_wins_while_the_first_waits(self) -> None:
        """The first has failed at both; it waits no more, and the request counts once."""
        self.proxied.script("a", no_response(Wait(0.6), RESET))
        self.proxied.script("b", no_response(Wait(0.5), *respond(200, b"second").steps), no_response(RESET))
        self.round_policy.script = [Again(3)]
        self.assertEqual(self.proxied.ask(get(), 1.2).body, b"second")
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 2})
        self.proxied.net.advance(10)
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 2})

    def test_a_judged_answer_that_is_too_large(self) -> None:
        """Once it goes down, as there is no room to keep its beginning, the second one is not wanted."""
        self.line.forwarder.budget.limit = 1000
        head = raw(b"HTTP/1.1 404 No\r\nContent-Length: 200001\r\n\r\n" + b"x" * 200_000)
        self.proxied.script("a", no_response(Wait(0.6), *head.steps, Wait(1), Send(b"x")))
        self.proxied.script("b", no_response(Wait(0.5), *respond(200, b"b").steps))
        got = self.proxied.ask(get(), 2)
        self.assertEqual((got.status, got.body), (404, b"x" * 200_001))

    def test_second_wins_while_the_first_is_not_whole(self) -> None:
        """What is there of an answer to be judged is dropped, and not counted."""
        self.policy = RetryPolicy(statuses=frozenset())
        self.setUp()
        head, body = respond(404, b"a" * 100).steps
        self.proxied.script("a", no_response(head, Wait(8), body))
        self.proxied.script("b", respond(200, b"b"))
        self.assertEqual(self.proxied.ask(get(), 1).body, b"b")

    def test_second_wins_while_the_judge_has_a_question(self) -> None:
        """Nobody waits for what comes of the question."""
        self.round_policy.script = [Ask(QUESTION)]
        self.proxied.script("a", respond(500), no_response(Wait(3), *respond(200, b"known").steps))
        self.proxied.script("b", respond(500))
        client = self.proxied.client(get())
        self.proxied.net.advance(0.7)
        self.assertEqual([m.body for m in self.proxied.responses(client)], [b"ok"])
        self.assertEqual(len(self.proxied.nodes["a"].live), 1, "it was asked on a connection of its own")

    def test_judged_answer_wins_nothing(self) -> None:
        """What the judge would want to see is not taken from the second."""
        self.proxied.script("a", no_response(Wait(0.8), *respond(200, b"a").steps))
        self.proxied.script("b", respond(404))
        client = self.proxied.client(get())
        self.proxied.net.advance(1)
        (got,) = self.proxied.responses(client)
        self.assertEqual(got.body, b"a")
