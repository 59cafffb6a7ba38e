"""Any schedule of large answers, slow clients and full budgets: one answer each, counted once, nothing left.

Requests go in rounds, some of them to a second member when the first takes long.  Single cases stand in
C{test_rounds}, C{test_hedged} and C{test_paused_response}.
"""

from __future__ import annotations

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import RequestDone, Waiting, WaitingOver
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.forward.round_policy import Again, Deliver, Fail, Next, RoundFacts, RoundPolicy
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.server.resource import ProxyResource
from quorumha.pool.pool import Counters
from quorumha.testing import FactRecorder, Reader, Recorder
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.plays import (
    CLOSE,
    HANG,
    RESET,
    Moment,
    Play,
    Send,
    Step,
    Wait,
    chunks_of,
    head_of,
    no_response,
)
from tests.http.server.proxied import Proxied, fast_limits, get, post

SIZES = (0, 1, 5000, 66_000, 131_040, 300_000)


class Whimsical(RoundPolicy):
    """Wants now this, now that."""

    statuses = frozenset({404, 500})

    def __init__(self, random: Random) -> None:
        self.random = random

    def decide(self, facts: RoundFacts) -> Next:
        if self.random.random() < 0.4:
            return Again(self.random.choice((0.1, 0.5)))
        return Deliver(facts.response) if facts.response is not None else self.fail_of(facts)

    def fail_of(self, facts: RoundFacts) -> Fail:
        assert facts.error is not None
        return Fail(facts.error)


def body_of(target: bytes, size: int) -> bytes:
    return (b"<%b>" % target * (size // (len(target) + 2) + 1))[:size]


def play_of(random: Random, target: bytes) -> Play:
    """What a node does; its answer says whose it is."""
    if random.random() < 0.1:
        return no_response(random.choice((HANG, CLOSE, RESET)))
    body = body_of(target, random.choice(SIZES))
    framing = random.choice((b"Content-Length", b"Transfer-Encoding", b"Connection"))
    value = {b"Content-Length": b"%d" % len(body), b"Transfer-Encoding": b"chunked", b"Connection": b"close"}
    if framing == b"Transfer-Encoding":
        wire = chunks_of(body[at : at + 7000] for at in range(0, len(body), 7000))
    else:
        wire = body
    cut = random.randint(0, len(wire))
    head = head_of(
        random.choice((200, 200, 404, 404, 500, 502)), [(b"X-For", target), (framing, value[framing])]
    )
    steps: list[Step] = [Send(head), Send(wire[:cut]), Send(wire[cut:])]
    for at in (2, 1, 0):
        if random.random() < 0.3:
            steps.insert(at, Wait(random.choice((0.3, 0.6, 1.5, 2.5))))
    if random.random() < 0.1:
        steps[random.randint(1, len(steps)) :] = [RESET]
    elif framing == b"Connection":
        steps.append(CLOSE)
    return Play(random.choice((Moment.HEAD, Moment.REQUEST)), tuple(steps))


def check_facts(facts: FactRecorder, counters: Counters) -> None:
    """Each request that was counted has one fact, which says what was counted; whoever waits ends that."""
    done = facts.of(RequestDone)
    assert len(done) == counters.requests, (done, counters)
    assert sum(one.status > 0 and not one.error for one in done) == counters.answered, (done, counters)
    assert sum(bool(one.error) for one in done) == counters.failed, (done, counters)
    assert all(0 <= one.waited <= one.seconds for one in done), done
    waits = [fact for fact in facts.facts if isinstance(fact, Waiting | WaitingOver)]
    assert [type(fact) for fact in waits] == [Waiting, WaitingOver] * (len(waits) // 2), waits
    assert all(fact.served <= fact.count for fact in waits if isinstance(fact, WaitingOver)), waits


class RoundsSchedulesTests(SynchronousTestCase):
    """Each seed is a schedule."""

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.randoms(use_true_random=False))
    def test_one_answer_counted_once(self, random: Random) -> None:
        proxied = Proxied("abc"[: random.randint(1, 3)])
        budget = ReplayBudget(random.choice((0, 1000, 100_000, 1 << 20)))
        forwarder = proxied.forwarder(
            limits=fast_limits(),
            budget=budget,
            replay_limit=random.choice((100, 100_000, 8 << 20)),
            policy=RetryPolicy(statuses=frozenset(random.choice(((), (404,), (404, 500, 502))))),
        )
        facts = FactRecorder()
        proxied.pool.observers.add(facts, requests=True)
        waiting_room = WaitingRoom("l", count=5, observers=proxied.pool.observers)
        hedge = random.choice((0.0, 0.5))
        proxied.serve(
            ProxyResource(WaitingForwarder(forwarder, Whimsical(random), waiting_room, forwarder, hedge)),
            idle_timeout=30,
        )
        for node in proxied.nodes.values():
            node.then = lambda request: play_of(random, request.target)
        clients = [self.client_of(proxied, random, b"/%d" % n) for n in range(random.randint(1, 4))]
        for _ in range(random.randint(5, 40)):
            client, rest = random.choice(clients)
            deed = random.random()
            if deed < 0.5 and rest and client.connected:
                client.write(bytes(rest[: (size := random.choice((1, 5000, 65_536, 1 << 20)))]))
                del rest[:size]
            elif deed < 0.6 and client.connected:
                random.choice((client.pause, client.resume))()
            elif deed < 0.63 and client.connected:
                client.resume()
                random.choice((client.abort, client.close))()
            proxied.net.advance(random.choice((0, 0, 0.3, 0.6, 2.1)))
        for client, _ in clients:
            if client.connected:
                client.resume()
        proxied.net.advance(100)
        for number, (client, _) in enumerate(clients):
            self.assert_own(client, b"/%d" % number)
            if client.connected:
                client.abort()
        proxied.connections.stop()
        proxied.net.advance(100)
        counters = proxied.pool.counters
        self.assertLessEqual(counters.answered + counters.failed, counters.requests)
        self.assertLessEqual(counters.requests, len(clients))
        check_facts(facts, counters)
        self.assertEqual([m.in_flight for m in proxied.pool.members], [0] * len(proxied.nodes))
        self.assertEqual((budget.used, budget.leaving, len(waiting_room), waiting_room.used), (0, 0, 0, 0))
        self.assertEqual(proxied.net.clock.getDelayedCalls(), [])

    def client_of(self, proxied: Proxied, random: Random, target: bytes) -> tuple[Recorder, bytearray]:
        """A client, and what it has still to send."""
        body = body_of(target, random.choice(SIZES))
        asked = get(target) if random.random() < 0.5 else post(body, target=target)
        return proxied.client(), bytearray(asked)

    def assert_own(self, client: Recorder, target: bytes) -> None:
        """One answer at most, of this request, and of one node."""
        got: list[Message] = []
        reader = Reader(got.append, lambda message: None, requests=False)
        reader.expect(b"GET")
        reader.feed(client.received)
        for message in got:
            if message.get(b"x-for") is not None:
                self.assertEqual(message.get(b"x-for"), target)
                self.assertEqual(message.body, body_of(target, len(message.body)))
