"""A write whose member is put down by its checks while it is waited for."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.forward.round_policy import Again, Deliver, Fail, Next, Response, RoundFacts
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.forward.writes import Overtaking
from quorumha.http.server.resource import ProxyResource
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import Member
from quorumha.testing import Recorder
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.plays import RESET, Play, Wait, no_response, respond
from tests.http.forward.test_rounds import ScriptedPolicy
from tests.http.server.proxied import Proxied, fast_limits, post

STATUSES = frozenset({404, 500})
BODY = b"x" * 1000


class OvertakenCase(SynchronousTestCase):
    """Members C{a} to C{c}, asked in that order.  The first hangs for a while."""

    total = 10.0
    wait = 0.0
    policy = RetryPolicy(statuses=STATUSES, repeat_within=2.0)

    def setUp(self) -> None:
        self.round_policy = ScriptedPolicy()
        self.proxied = Proxied("abc")
        self.net = self.proxied.net
        self.members = dict(zip("abc", self.proxied.pool.members, strict=True))
        self.orphans: list[tuple[str, bytes]] = []
        self.forwarder = forwarder = PoolForwarder(
            self.proxied.pool,
            self.proxied.connections,
            self.net.clock,
            limits=fast_limits(total=self.total, first_byte=0),
            policy=self.policy,
        )
        self.waiting_room = WaitingRoom("l")
        self.late = LateResponses(self.net.clock)
        overtaking = Overtaking(self.late, self.orphaned)
        self.proxied.pool.watch_down(overtaking.down)
        self.line = WaitingForwarder(
            forwarder, self.round_policy, self.waiting_room, forwarder, 0.0, self.wait, overtaking
        )
        self.proxied.serve(ProxyResource(self.line))

    def orphaned(self, head: RequestHead, member: Member, late: Response) -> None:
        self.orphans.append((member.upstream.name, late.body))

    def script(self, **plays: Play) -> None:
        for name, play in plays.items():
            self.proxied.script(name, play)

    def down(self, *names: str, silent: bool = True) -> None:
        """Their checks put them down."""
        for name in names:
            self.members[name].silent = silent
            self.proxied.pool.checked(self.members[name], "no answer", self.net.clock.seconds(), "")
        self.net.run()

    def asked(self) -> Recorder:
        return self.proxied.client(post(BODY))

    def told(self, client: Recorder) -> Message | None:
        got = self.proxied.responses(client, b"POST")
        return got[0] if got else None

    def response(self, client: Recorder) -> Message:
        told = self.told(client)
        assert told is not None
        return told

    def body(self, client: Recorder) -> bytes:
        return self.response(client).body

    def told_after(self, seconds: float, client: Recorder) -> Message:
        """Its response, which comes then and not before."""
        self.net.advance(seconds - 0.1)
        self.assertIsNone(self.told(client))
        self.net.advance(0.2)
        return self.response(client)

    def nothing_left(self) -> None:
        self.net.advance(70)
        self.assertEqual([m.in_flight for m in self.proxied.pool.members], [0, 0, 0])
        self.assertEqual((self.forwarder.budget.used, len(self.late), len(self.waiting_room)), (0, 0, 0))
        overtaking = self.line.overtaking
        assert overtaking is not None
        self.assertEqual(overtaking.writes, set())

    def counted(self, requests: int, answered: int, failed: int) -> None:
        counters = self.proxied.pool.counters
        self.assertEqual(
            (counters.requests, counters.answered, counters.failed), (requests, answered, failed)
        )


def slow(seconds: float, body: bytes, status: int = 201) -> Play:
    return no_response(Wait(seconds), *respond(status, body).steps)


class OvertakenTests(OvertakenCase):
    """The next member is asked at once, the first one is listened to."""

    def test_the_next_member_is_asked_at_once(self) -> None:
        self.script(a=slow(8, b"a"), b=respond(201, b"b"))
        client = self.asked()
        self.net.advance(1)
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0, "c": 0})
        self.down("a")
        self.assertEqual(self.body(client), b"b")
        self.assertEqual(self.proxied.nodes["b"].requests[0].body, BODY)
        self.counted(1, 1, 0)
        self.assertEqual(self.proxied.pool.counters.failovers, 1)

    def test_what_the_first_made_is_told(self) -> None:
        """Nobody asks for it any more."""
        self.script(a=slow(8, b"a"), b=respond(201, b"b"))
        self.asked()
        self.down("a")
        self.assertEqual((self.orphans, len(self.late)), ([], 1))
        self.assertEqual(self.members["a"].in_flight, 1)
        self.net.advance(8)
        self.assertEqual(self.orphans, [("a", b"a")])
        self.assertIn((201, b"a", True), self.round_policy.passed_down)
        self.counted(1, 1, 0)
        self.nothing_left()
        self.assertEqual(len(self.proxied.nodes["a"].connections), 1)

    def test_the_first_wakes_first(self) -> None:
        """Its response is the one; what the second makes is the orphan."""
        self.script(a=slow(3, b"a"), b=slow(2, b"b"))
        client = self.asked()
        self.net.advance(2)
        self.down("a")
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1, "c": 0})
        self.net.advance(1.1)
        self.assertEqual(self.body(client), b"a")
        self.counted(1, 1, 0)
        self.assertEqual(self.orphans, [])
        self.net.advance(1)
        self.assertEqual(self.orphans, [("b", b"b")])
        self.assertFalse(any(m.failed for m in self.proxied.pool.members))
        self.nothing_left()

    def test_slowness_alone_is_no_reason(self) -> None:
        """At a member whose checks are good it has as long as its client waits."""
        self.script(a=slow(9, b"a"))
        client = self.asked()
        self.net.advance(9.1)
        self.assertEqual(self.body(client), b"a")
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0, "c": 0})

    def test_not_because_traffic_ejected_it(self) -> None:
        """One client that gave up may do that."""
        self.script(a=slow(5, b"a"))
        self.proxied.script("a", no_response(RESET))
        client = self.asked()
        self.asked()
        self.assertFalse(self.members["a"].usable(self.net.clock.seconds()))
        self.assertEqual([len(self.proxied.nodes[n].requests) for n in "abc"], [2, 1, 0])
        self.net.advance(5.1)
        self.assertEqual(self.body(client), b"a")

    def test_one_after_the_other(self) -> None:
        """The next may go down, too; each is asked once, all are listened to."""
        self.script(a=slow(8, b"a"), b=slow(5, b"b"), c=slow(6, b"c"))
        client = self.asked()
        self.down("a")
        self.down("b")
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1, "c": 1})
        self.net.advance(5.1)
        self.assertEqual(self.body(client), b"b")
        self.net.advance(5)
        self.assertEqual(self.orphans, [("c", b"c"), ("a", b"a")])
        self.nothing_left()

    def test_all_down(self) -> None:
        """Nobody is asked twice while it may respond yet; whoever wakes first responds."""
        self.script(a=slow(8, b"a"), b=slow(5, b"b"), c=slow(6, b"c"))
        client = self.asked()
        for name in "abc":
            self.down(name)
        self.assertEqual(len(self.waiting_room), 1)
        self.assertEqual(self.told_after(5, client).body, b"b")
        self.counted(1, 1, 0)
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1, "c": 1})
        self.nothing_left()

    def test_who_broke_off_is_asked_again(self) -> None:
        """It is dead and was started anew: what it had begun was rolled back, or is an orphan already."""
        for name in "bc":
            self.net.kill(f"{name}:1")
        self.script(a=no_response(Wait(3), RESET))
        client = self.asked()
        self.down("a")
        self.net.advance(2.9)
        self.assertEqual(self.proxied.seen()["a"], 1)
        self.members["a"].silent = False
        self.net.advance(2)
        self.assertEqual(self.told(client) and self.body(client), b"ok")
        self.assertEqual(self.proxied.seen()["a"], 2)
        self.nothing_left()

    def test_part_of_it_was_sent(self) -> None:
        """It can't be acted on: that connection ends, and the next one is asked."""
        self.net.hang("a:1")
        client = self.proxied.client(post(b"x" * 4_000_000))
        self.net.advance(1)
        self.down("a")
        self.net.advance(1)
        self.assertEqual(self.body(client), b"ok")
        self.assertEqual((len(self.late), self.members["a"].in_flight), (0, 0))
        self.net.revive("a:1")
        self.net.advance(1)
        self.assertEqual(self.proxied.nodes["a"].live, [])
        self.nothing_left()

    def test_it_could_not_be_connected_to_yet(self) -> None:
        self.net.black_hole("a:1")
        client = self.asked()
        self.net.advance(0.5)
        self.down("a")
        self.assertEqual(self.body(client), b"ok")
        self.nothing_left()

    def test_a_body_that_is_not_kept(self) -> None:
        """It can't be sent again: whoever has it may still answer."""
        self.forwarder.budget.limit = 1
        self.script(a=slow(3, b"a"))
        client = self.proxied.client(post(b"x" * 100_000))
        self.down("a")
        self.net.advance(3.1)
        self.assertEqual(self.body(client), b"a")
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0, "c": 0})

    def test_time_is_over(self) -> None:
        """The client hears of it in its time; what comes later is an orphan."""
        self.script(a=slow(15, b"a"), b=slow(20, b"b"), c=slow(25, b"c"))
        client = self.asked()
        for name in "abc":
            self.down(name)
        told = self.told_after(10, client)
        self.assertEqual((told.status, told.body.count(b"was put down by its checks")), (504, 3))
        self.net.advance(20)
        self.assertEqual([name for name, _ in self.orphans], ["a", "b", "c"])
        self.counted(1, 0, 1)
        self.nothing_left()

    def test_the_client_leaves(self) -> None:
        """The first one does it anyhow."""
        self.script(a=slow(5, b"a"), b=slow(6, b"b"))
        client = self.asked()
        self.down("a")
        assert client.transport is not None
        client.transport.abortConnection()
        self.net.advance(7)
        self.assertEqual(self.orphans, [("a", b"a")])
        self.assertEqual(self.proxied.nodes["b"].live, [])
        self.nothing_left()


class JudgedTests(OvertakenCase):
    """What is never sent again unjudged."""

    policy = RetryPolicy(statuses=STATUSES, repeat_within=0.0)

    def test_the_judge_says_what_follows(self) -> None:
        self.script(a=slow(3, b"a"))
        client = self.asked()
        self.round_policy.script = [Again(0.1)]
        self.down("a")
        self.assertTrue(self.round_policy.facts[0].resent)
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 0, "c": 0})
        self.net.advance(0.2)
        self.assertEqual(self.body(client), b"ok")
        self.assertEqual(self.proxied.seen(), {"a": 1, "b": 1, "c": 0})
        self.net.advance(3)
        self.assertEqual(self.orphans, [("a", b"a")])


class ErrorTests(OvertakenCase):
    """An error of one waits for the other."""

    def decides(self, facts: RoundFacts) -> Next:
        return Deliver(facts.response) if facts.response is not None else Fail(facts.error)  # type: ignore[arg-type]

    def setUp(self) -> None:
        super().setUp()
        self.round_policy.script = [self.decides] * 100
        self.script(c=respond(404, b"c"))

    def test_of_the_second(self) -> None:
        self.script(a=slow(4, b"a"), b=respond(404, b"b"))
        client = self.asked()
        self.down("a")
        self.assertEqual(self.told_after(4, client).body, b"a")
        self.counted(1, 1, 0)
        self.assertEqual(self.orphans, [])
        self.nothing_left()

    def test_of_both(self) -> None:
        """The one that was judged."""
        self.script(a=slow(4, b"a", 500), b=respond(404, b"b"))
        client = self.asked()
        self.down("a")
        self.net.advance(4.1)
        told = self.response(client)
        self.assertEqual(told.status, 404)
        self.counted(1, 1, 0)
        self.nothing_left()

    def test_of_the_first(self) -> None:
        """The second's response is waited for."""
        self.script(a=slow(1, b"a", 500), b=slow(4, b"b"))
        client = self.asked()
        self.down("a")
        self.assertEqual(self.told_after(4, client).body, b"b")
        self.nothing_left()

    def test_of_the_first_while_the_others_are_dead(self) -> None:
        """An answer beats an error."""
        for name in "bc":
            self.net.kill(f"{name}:1")
        self.round_policy.script = []
        self.script(a=slow(2, b"a", 404))
        client = self.asked()
        self.down("a")
        self.net.advance(1.9)
        self.assertEqual(len(self.waiting_room), 1)
        self.round_policy.script = [self.decides]
        self.net.advance(0.2)
        told = self.response(client)
        self.assertEqual((told.status, told.body), (404, b"a"))
        self.counted(1, 1, 0)
        self.nothing_left()

    def test_of_the_first_then_the_others_die(self) -> None:
        self.net.kill("c:1")
        self.script(a=slow(1, b"a", 404), b=no_response(Wait(3), RESET))
        client = self.asked()
        self.down("a")
        self.net.advance(3.1)
        told = self.response(client)
        self.assertEqual((told.status, told.body), (404, b"a"))
        self.nothing_left()

    def test_a_large_one_of_the_second(self) -> None:
        """Its rest waits meanwhile; then it goes down whole, or is dropped."""
        large = b"b" * 200_000
        for status, body in ((500, large), (201, b"a")):
            self.setUp()
            self.script(a=slow(4, b"a", status), b=respond(404, large))
            self.net.kill("c:1")
            client = self.asked()
            self.down("a")
            self.net.advance(3.9)
            self.assertIsNone(self.told(client))
            self.net.advance(0.2)
            self.assertEqual(self.body(client), body)
            self.assertEqual(self.orphans, [])
            self.nothing_left()

    def test_a_large_one_that_cannot_wait(self) -> None:
        """There is no room to keep it: it goes down, and nothing stays behind."""
        large = b"b" * 200_000
        for overtaken in (False, True):
            self.setUp()
            self.forwarder.budget.limit = 1000
            self.script(a=slow(4, b"a") if overtaken else respond(404, large), b=respond(404, large))
            client = self.asked()
            if overtaken:
                self.down("a")
            self.assertEqual(self.body(client), large)
            self.nothing_left()

    def test_one_that_is_not_whole_when_the_first_responds(self) -> None:
        """It is dropped, and one response counted."""
        self.net.kill("c:1")
        head, body = respond(404, b"b" * 100).steps
        self.script(a=slow(4, b"a"), b=no_response(head, Wait(8), body))
        client = self.asked()
        self.down("a")
        self.net.advance(4.1)
        self.assertEqual(self.body(client), b"a")
        self.counted(1, 1, 0)
        self.nothing_left()

    def test_of_the_second_that_is_not_judged(self) -> None:
        """It waits for the other as well, and goes down if that has none better."""
        for status, body in ((201, b"a"), (404, b"b" * 3000)):
            self.setUp()
            self.script(a=slow(4, b"a", status), b=respond(502, b"b" * 3000, chunked=True))
            client = self.asked()
            self.down("a")
            self.net.advance(3.9)
            self.assertIsNone(self.told(client))
            self.net.advance(0.2)
            self.assertEqual(self.body(client), body)
            self.counted(1, 1, 0)
            self.nothing_left()

    def test_of_the_first_that_is_not_judged(self) -> None:
        """As well."""
        for status in (400, 502):
            self.setUp()
            self.script(a=slow(1, b"a", status), b=slow(4, b"b"))
            client = self.asked()
            self.down("a")
            self.assertEqual(self.told_after(4, client).body, b"b")
            self.counted(1, 1, 0)
            self.nothing_left()

    def test_for_as_long_as_the_client_waits(self) -> None:
        self.script(a=slow(30, b"a"), b=respond(404, b"b"))
        client = self.asked()
        self.down("a")
        told = self.told_after(10, client)
        self.assertEqual(told.status, 404)
        self.net.advance(21)
        self.assertEqual(self.orphans, [("a", b"a")])
        self.nothing_left()


class ForEverTests(ErrorTests):
    """Where the client waits for ever, five seconds are enough."""

    total = 0.0
    wait = 5.0

    def test_for_as_long_as_the_client_waits(self) -> None:
        self.script(a=slow(30, b"a"), b=respond(404, b"b"))
        client = self.asked()
        self.net.advance(2)
        self.down("a")
        told = self.told_after(5, client)
        self.assertEqual(told.status, 404)
        self.nothing_left()
