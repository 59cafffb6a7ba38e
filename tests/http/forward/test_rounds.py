"""One request in rounds: what the judge wants is done, and the client sees one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import Unavailable
from quorumha.events import Waiting
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.forward.round_policy import (
    Again,
    Ask,
    Deliver,
    Elsewhere,
    Fail,
    Next,
    Response,
    RoundFacts,
    RoundPolicy,
)
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.server.resource import ProxyResource
from quorumha.http.wire.messages import RequestHead, ResponseHead
from quorumha.testing import FactRecorder
from quorumha.testing.http.plays import CLOSE, RESET, cut_body, no_response, raw, respond
from tests.http.server.proxied import Proxied, fast_limits, get, post

QUESTION = RequestHead(b"GET", b"/question", 1, b"c", [], [], 0, True)


class ScriptedPolicy(RoundPolicy):
    """Says what the test says, and keeps what it was told.

    @ivar script: one for each round; then L{Again}.
    """

    statuses = frozenset({404, 500})

    def __init__(self) -> None:
        self.script: list[Next | Callable[[RoundFacts], Next]] = []
        self.facts: list[RoundFacts] = []
        self.bodies: list[bytes] = []
        self.passed_down: list[tuple[int, bytes, bool]] = []

    def bodies_of_responses(self) -> list[bytes]:
        return [facts.response.body for facts in self.facts if facts.response is not None]

    def decide(self, facts: RoundFacts) -> Next:
        self.facts.append(facts)
        self.bodies.append(facts.body())
        told = self.script.pop(0) if self.script else Again(0.5)
        return told(facts) if callable(told) else told

    def at_last(self, facts: RoundFacts) -> Deliver | Fail:
        return Deliver(facts.response) if facts.response else Fail(facts.error or Unavailable("none"))

    def passed(self, target: bytes, answer: ResponseHead, data: bytes, ended: bool) -> None:
        self.passed_down.append((answer.status, data, ended))


def held(facts: RoundFacts) -> Next:
    """Deliver what the round brought."""
    assert facts.response is not None
    return Deliver(facts.response)


class RoundsCase(SynchronousTestCase):
    """Two scripted members, a round_policy, a client."""

    def setUp(self) -> None:
        self.round_policy = ScriptedPolicy()
        self.facts = FactRecorder()
        self.waiting_room = WaitingRoom("l", count=3, observers=self.facts.observers)

    def serve(self, total: float = 4.5, **settings: Any) -> Proxied:
        self.on_complete: list[tuple[bytes, ...]] = []
        self.proxied = proxied = Proxied("ab")
        settings.setdefault("policy", RetryPolicy(statuses=frozenset({404, 500})))
        self.forwarder = PoolForwarder(
            proxied.pool, proxied.connections, proxied.net.clock, limits=fast_limits(total=total), **settings
        )
        line = WaitingForwarder(self.forwarder, self.round_policy, self.waiting_room, self.forwarder)
        proxied.serve(
            ProxyResource(
                line, None, lambda f: self.on_complete.append(tuple(f.body.pieces) if f.body else ())
            )
        )
        return proxied

    def dead(self, *names: str) -> None:
        for name in names:
            self.proxied.net.kill(f"{name}:1")

    def alive(self, *names: str) -> None:
        for name in names:
            self.proxied.net.revive(f"{name}:1")


class PassingTests(RoundsCase):
    """What nobody judges."""

    def test_untouched(self) -> None:
        """An answer that is not judged goes down as it comes, and the judge hears of it."""
        proxied = self.serve()
        proxied.script("a", respond(200, b"x" * 200_000))
        self.assertEqual(proxied.ask(get()).body, b"x" * 200_000)
        self.assertEqual([(s, e) for s, _, e in self.round_policy.passed_down], [(200, False)])
        self.assertEqual(self.round_policy.facts, [])
        self.assertEqual(self.on_complete, [()])

    def test_large_judged_answer(self) -> None:
        """Of an answer that is large the beginning is judged; then it goes on, or it is dropped."""
        body = b"beginning" + b"x" * 500_000
        for framed in (respond(500, body), raw(b"HTTP/1.1 500 No\r\n\r\n" + body) + CLOSE):
            proxied = self.serve()
            for name in "ab":
                proxied.script(name, framed)
            self.round_policy.script = [held]
            self.assertEqual(proxied.ask(get()).body, body)
            judged = self.round_policy.bodies_of_responses()[-1]
            self.assertTrue(judged.startswith(b"beginning") and len(judged) < 300_000)
            self.assertEqual([m.in_flight for m in proxied.pool.members], [0, 0])
            self.assertEqual(self.forwarder.budget.used, 0)

    def test_large_judged_answer_and_another_round(self) -> None:
        proxied = self.serve()
        for name in "ab":
            proxied.script(name, respond(500, b"x" * 500_000))
        client = proxied.client(get())
        self.assertEqual(client.received, b"", "the judge wants another round")
        self.assertGreater(self.forwarder.budget.used, 65_000)
        proxied.net.advance(0.6)
        self.assertEqual([m.body for m in proxied.responses(client)], [b"ok"])
        self.assertEqual([m.in_flight for m in proxied.pool.members], [0, 0])
        self.assertEqual(self.forwarder.budget.used, 0)
        self.assertEqual([len(node.live) for node in proxied.nodes.values()], [1, 0])

    def test_large_judged_answer_and_the_client_leaves(self) -> None:
        proxied = self.serve()
        for name in "ab":
            proxied.script(name, respond(500, b"x" * 500_000))
        client = proxied.client(get())
        client.close()
        proxied.net.run()
        self.assertEqual([m.in_flight for m in proxied.pool.members], [0, 0])
        self.assertEqual(self.forwarder.budget.used, 0)
        self.assertEqual([len(node.live) for node in proxied.nodes.values()], [0, 0])

    def test_large_judged_answer_that_breaks_off_meanwhile(self) -> None:
        proxied = self.serve(total=1.0)
        for name in "ab":
            head = b"HTTP/1.1 500 No\r\nContent-Length: 600000\r\n\r\n"
            proxied.script(name, raw(head + b"x" * 200_000) + CLOSE)
        client = proxied.client(get())
        proxied.net.kill("a:1")
        proxied.net.kill("b:1")
        proxied.net.advance(20)
        self.assertIn(proxied.responses(client)[0].status, (502, 503))
        self.assertEqual(self.forwarder.budget.used, 0)

    def test_judged_answer_that_breaks_off(self) -> None:
        """The request counts once, and as what it came to."""
        proxied = self.serve(policy=RetryPolicy(statuses=frozenset({404})))
        proxied.script("a", raw(b"HTTP/1.1 500 No\r\nContent-Length: 9\r\n\r\nx") + RESET)
        self.assertEqual(proxied.ask(get(), 1).status, 200)
        counters = proxied.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (1, 1, 0))

    def test_upload_and_cut(self) -> None:
        """Bodies stream up, and a broken answer shows."""
        proxied = self.serve()
        proxied.script("a", cut_body(3, 9))
        client = proxied.client(post(b"x" * 100)[:-50])
        client.write(b"x" * 50)
        proxied.net.run()
        self.assertIn(b"200", client.received)
        self.assertEqual(proxied.nodes["a"].requests[0].body, b"x" * 100)
        self.assertTrue(client.how_it_ended)


class JudgedTests(RoundsCase):
    """What a judge may want."""

    def test_facts(self) -> None:
        """It sees the best answer, the attempts and the request's body."""
        proxied = self.serve()
        proxied.script("a", respond(404, b"not here"))
        proxied.script("b", respond(500, b"dead"))
        self.round_policy.script = [held]
        got = proxied.ask(post(b"question"))
        (facts,) = self.round_policy.facts
        self.assertEqual((got.status, got.body), (404, b"not here"))
        self.assertEqual(self.round_policy.bodies, [b"question"])
        self.assertEqual([a.upstream.name for a in facts.attempts], ["a", "b"])
        self.assertFalse(facts.resent)
        self.assertEqual(self.on_complete, [(b"question",)])
        self.assertEqual((proxied.pool.counters.requests, proxied.pool.counters.answered), (1, 1))

    def test_own_answer(self) -> None:
        """It may give another answer."""
        proxied = self.serve()
        self.round_policy.script = [
            Deliver(Response(ResponseHead(201, b"Created", [], 2, False, True, 2), b"ok"))
        ]
        self.dead("a", "b")
        got = proxied.ask(get())
        self.assertEqual((got.status, got.body), (201, b"ok"))
        self.assertEqual(self.round_policy.passed_down, [(201, b"ok", True)])

    def test_judge_with_a_bug(self) -> None:
        """The client is told, the traceback is kept, and nobody waits for ever."""

        def bug(_: RoundFacts) -> Next:
            raise ValueError("a bug")

        proxied = self.serve()
        proxied.script("a", respond(404))
        proxied.script("b", respond(404))
        self.round_policy.script = [bug]
        self.assertEqual(proxied.ask(get()).status, 502)
        self.assertEqual(len(self.flushLoggedErrors(ValueError)), 1)
        self.assertEqual((len(self.waiting_room), len(self.on_complete)), (0, 1))

    def test_own_error(self) -> None:
        """Or an error; the connection serves on."""
        proxied = self.serve()
        self.round_policy.script = [Fail(Unavailable("not sure"))]
        self.dead("a", "b")
        client = proxied.client(get())
        self.alive("a", "b")
        client.write(get())
        proxied.net.run()
        self.assertEqual([m.status for m in proxied.responses(client)], [503, 200])
        counters = proxied.pool.counters
        self.assertEqual((counters.requests, counters.failed, counters.answered), (2, 1, 1))

    def test_again(self) -> None:
        """The next round comes after so long, with the whole body; the client sees its answer alone."""
        proxied = self.serve()
        self.dead("a", "b")
        client = proxied.client(post(b"body"))
        self.assertEqual(client.received, b"")
        self.alive("b")
        proxied.net.advance(0.6)
        (got,) = proxied.responses(client)
        self.assertEqual(got.status, 200)
        self.assertEqual(proxied.nodes["b"].requests[0].body, b"body")
        self.assertEqual((proxied.pool.counters.requests, proxied.pool.counters.failed), (1, 0))

    def test_upload_while_parked(self) -> None:
        """A body that still comes while the request is parked is sent whole in the next round."""
        proxied = self.serve()
        self.dead("a", "b")
        client = proxied.client(post(b"one two")[:-4])
        client.write(b" two")
        proxied.net.run()
        self.alive("b")
        proxied.net.advance(0.6)
        self.assertEqual(proxied.nodes["b"].requests[0].body, b"one two")
        self.assertEqual(proxied.responses(client)[0].status, 200)

    def test_ask(self) -> None:
        """It may put a question of its own first."""
        proxied = self.serve(policy=RetryPolicy(error=False, statuses=frozenset({404, 500})))
        proxied.script("a", no_response(RESET))
        proxied.script("b", respond(200, b"I know"))
        self.round_policy.script = [
            Ask(QUESTION),
            lambda facts: Deliver(facts.asked) if isinstance(facts.asked, Response) else Again(),
        ]
        got = proxied.ask(post(b"x"))
        self.assertEqual(got.body, b"I know")
        self.assertTrue(self.round_policy.facts[0].resent)
        self.assertEqual([m.target for m in proxied.nodes["b"].requests], [b"/question"])

    def test_question_without_answer(self) -> None:
        """That nobody answers the question is an answer, too."""
        proxied = self.serve()
        self.dead("a", "b")
        self.round_policy.script = [Ask(QUESTION), Fail(Unavailable("no"))]
        self.assertEqual(proxied.ask(get()).status, 503)
        self.assertIsInstance(self.round_policy.facts[1].asked, Exception)


class ParkedTests(RoundsCase):
    """Waiting, and its end."""

    def test_deadline(self) -> None:
        """When the time is over, the judge's last word goes down; not before."""
        proxied = self.serve(total=2)
        self.dead("a", "b")
        client = proxied.client(get())
        proxied.net.advance(1.9)
        self.assertEqual(client.received, b"")
        proxied.net.advance(0.2)
        self.assertEqual(proxied.responses(client)[0].status, 502)
        self.assertEqual(len(self.waiting_room), 0)

    def test_woken(self) -> None:
        """Whoever is woken asks at once."""
        proxied = self.serve()
        self.dead("a", "b")
        client = proxied.client(get())
        self.alive("a")
        self.waiting_room.wake()
        proxied.net.run()
        self.assertEqual(proxied.responses(client)[0].status, 200)
        proxied.net.advance(10)
        self.assertEqual(proxied.seen(), {"a": 1, "b": 0})

    def test_let_go(self) -> None:
        """The oldest is told 503 when there is no room; the others wait on."""
        proxied = self.serve()
        self.dead("a", "b")
        clients = [proxied.client(get()) for _ in range(4)]
        self.assertEqual([len(proxied.responses(client)) for client in clients], [1, 0, 0, 0])
        told = proxied.responses(clients[0])[0]
        self.assertEqual(
            (told.status, told.body), (503, b"pool nodes: no member can answer, and too many requests wait\n")
        )
        self.alive("a")
        proxied.net.advance(0.6)
        self.assertEqual([proxied.responses(client)[0].status for client in clients[1:]], [200] * 3)

    def test_a_body_that_comes_meanwhile(self) -> None:
        """It counts against the room for bodies that wait, as it comes."""
        proxied = self.serve(total=0, replay_limit=100_000)
        self.waiting_room.size = 90_000
        self.dead("a", "b")
        client = proxied.client(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100001\r\n\r\n")
        for size in (70_000, 90_000):
            client.write(b"x" * (size - self.waiting_room.used))
            proxied.net.run()
            self.assertEqual((self.waiting_room.used, client.received), (size, b""))
        client.write(b"x")
        proxied.net.advance(0.6)
        self.assertEqual(proxied.responses(client)[0].status, 503)
        client.write(b"x" * 10_000)
        proxied.net.run()
        self.assertEqual(
            (self.waiting_room.used, len(self.waiting_room), self.forwarder.budget.used), (0, 0, 0)
        )
        self.assertEqual(self.on_complete, [()], "it is settled when its whole body has come")

    def test_without_limit(self) -> None:
        """Without a limit it waits as long as it takes."""
        proxied = self.serve(total=0)
        self.dead("a", "b")
        client = proxied.client(get())
        proxied.net.advance(60)
        self.alive("b")
        proxied.net.advance(1)
        self.assertEqual(proxied.responses(client)[0].status, 200)

    def test_one_tries_for_all(self) -> None:
        """While nobody can answer, those who wait do not all try: one does, twice a second."""
        proxied = self.serve(total=0)
        self.waiting_room.count = 100
        self.dead("a", "b")
        clients = [proxied.client(get()) for _ in range(50)]
        proxied.net.advance(1)
        picked = sum(member.picked for member in proxied.pool.members)
        proxied.net.advance(10)
        picked = sum(member.picked for member in proxied.pool.members) - picked
        self.assertTrue(30 < picked <= 44, picked)
        self.alive("b")
        proxied.net.advance(0.6)
        self.assertEqual([proxied.responses(client)[0].status for client in clients], [200] * 50)

    def test_a_member_that_is_out_answers(self) -> None:
        """Its checks may be wrong; then nobody else says that it is back."""
        proxied = self.serve(total=0)
        self.waiting_room.count = 100
        for member in proxied.pool.members:
            proxied.pool.checked(member, "its check is wrong", 0, "")
        self.dead("a", "b")
        clients = [proxied.client(get()) for _ in range(50)]
        proxied.net.advance(2)
        self.alive("a")
        proxied.net.advance(0.6)
        self.assertEqual([proxied.responses(client)[0].status for client in clients], [200] * 50)

    def test_told_once(self) -> None:
        """The log is told when waiting begins, not at each try in vain; and not where members do answer."""
        proxied = self.serve()
        self.dead("a", "b")
        facts = self.facts
        proxied.client(get())
        proxied.net.advance(4.4)
        self.assertEqual(facts.facts, [Waiting("l")])
        proxied.net.advance(1)
        self.alive("a", "b")
        proxied.net.advance(20)
        proxied.script("a", respond(404))
        proxied.script("b", respond(404))
        self.round_policy.script = [Again(0.25)]
        self.assertEqual(proxied.ask(get(), 1).status, 200)
        self.assertEqual(facts.of(Waiting), [Waiting("l")])

    def test_client_leaves(self) -> None:
        """A client that leaves takes its request with it: nothing is asked, kept or counted on the clock."""
        proxied = self.serve()
        self.dead("a", "b")
        client = proxied.client(post(b"x"))
        assert client.transport is not None
        client.transport.abortConnection()
        proxied.net.run()
        self.assertEqual(
            (len(self.waiting_room), self.waiting_room.used, self.forwarder.budget.used), (0, 0, 0)
        )
        self.alive("a", "b")
        proxied.net.advance(10)
        self.assertEqual(proxied.seen(), {"a": 0, "b": 0})

    def test_client_leaves_while_a_question_is_asked(self) -> None:
        """The question is let go of, too, and nothing is logged as a bug."""
        proxied = self.serve(policy=RetryPolicy(error=False, statuses=frozenset({404, 500})))
        proxied.script("a", no_response(RESET))
        proxied.script("b", no_response())
        self.round_policy.script = [Ask(QUESTION)]
        client = proxied.client(get())
        self.assertEqual([len(node.live) for node in proxied.nodes.values()], [0, 1])
        assert client.transport is not None
        client.transport.abortConnection()
        proxied.net.run()
        self.assertEqual([len(node.live) for node in proxied.nodes.values()], [0, 0])
        self.assertEqual(len(self.round_policy.facts), 1)

    def test_client_leaves_after_a_question_that_nobody_was_asked(self) -> None:
        """It was over at once; the next one is let go of."""
        proxied = self.serve(policy=RetryPolicy(error=False, statuses=frozenset({404, 500})))
        proxied.script("a", no_response(RESET))
        proxied.script("b", no_response())

        def enable(facts: RoundFacts, *enabled: bool) -> None:
            for member, one in zip(facts.members, enabled, strict=True):
                member.enabled = one

        def of_nobody(facts: RoundFacts) -> Next:
            enable(facts, False, False)
            return Ask(QUESTION, everyone=True)

        def of_one(facts: RoundFacts) -> Next:
            enable(facts, False, True)
            return Ask(QUESTION)

        self.round_policy.script = [of_nobody, of_one]
        client = proxied.client(get())
        self.assertEqual([len(node.live) for node in proxied.nodes.values()], [0, 1])
        assert client.transport is not None
        client.transport.abortConnection()
        proxied.net.run()
        self.assertEqual([len(node.live) for node in proxied.nodes.values()], [0, 0])

    def test_too_large_to_keep(self) -> None:
        """A body that was not kept can't wait."""
        proxied = self.serve(replay_limit=10)
        self.dead("a", "b")
        self.assertEqual(proxied.ask(post(b"x" * 11)).status, 502)


class ElsewhereTests(RoundsCase):
    """A judge that looks into what one member said."""

    def serve_looking(self) -> Proxied:
        # A 500 ends the round.
        return self.serve(policy=RetryPolicy(statuses=frozenset()))

    def test_one_member_is_asked(self) -> None:
        """Another question, to who said it alone; whatever it says, the other one is not asked."""
        for plays, expected in (([respond(404)], 404), ([no_response(RESET)] * 2, None)):
            self.setUp()
            proxied = self.serve_looking()
            proxied.script("a", respond(500), *plays)
            self.round_policy.script = [lambda f: Ask(QUESTION, f.members[0]), held]
            self.assertEqual(proxied.ask(get()).status, 500)
            asked = self.round_policy.facts[1].asked
            self.assertEqual(asked.head.status if isinstance(asked, Response) else None, expected)
            self.assertEqual([r.target for r in proxied.nodes["a"].requests][-1:], [b"/question"])
            self.assertEqual(proxied.nodes["b"].requests, [])

    def test_within(self) -> None:
        """A question of its own limit, inside the request's."""
        for within, seconds in ((0.5, 0.5), (60, 2)):
            self.setUp()
            proxied = self.serve_looking()
            proxied.script("a", respond(500), no_response())
            self.round_policy.script = [lambda f, w=within: Ask(QUESTION, f.members[0], w), held]  # type: ignore[misc]
            client = proxied.client(get())
            proxied.net.advance(seconds - 0.1)
            self.assertEqual(len(self.round_policy.facts), 1)
            proxied.net.advance(0.2)
            self.assertEqual(len(self.round_policy.facts), 2, within)
            self.assertTrue(client.received.startswith(b"HTTP/1.1 500"))

    def test_the_next_member(self) -> None:
        """At once, and not the one that is left out; the response goes down as any."""
        proxied = self.serve_looking()
        proxied.script("a", respond(500))
        self.round_policy.script = [lambda f: Elsewhere(f.members[0])]
        self.assertEqual(proxied.ask(post(b"data")).status, 200)
        self.assertEqual([r.body for r in proxied.nodes["b"].requests], [b"data"])
        counters = proxied.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (1, 1, 0))

    def test_nobody_else(self) -> None:
        """Then it is judged again."""
        proxied = self.serve_looking()
        proxied.script("a", respond(500))
        proxied.net.kill("b:1")
        self.round_policy.script = [
            lambda f: Elsewhere(f.members[0]),
            lambda f: Fail(f.error or Unavailable("none")),
        ]
        self.assertEqual(proxied.ask(get()).status, 502)

    def test_how_much_time_is_left(self) -> None:
        proxied = self.serve_looking()
        proxied.script("a", respond(500))
        self.round_policy.script = [held]
        proxied.ask(get())
        left = self.round_policy.facts[0].left
        assert left is not None
        self.assertTrue(4 < left <= 4.5)
