"""Any schedule of faults, clients and pieces: each promise of L{quorumha.http.forward.request}, to the byte.

Nodes refuse, reset, hang, break off and come back; clients send in any pieces, pipelined,
read slowly, or leave.  Single cases stand in the contract of both lanes (tests/http/server).
"""

from __future__ import annotations

from random import Random
from typing import Any

from attrs import define, field, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.server.client_limits import ServerLimits
from quorumha.http.server.resource import ProxyResource
from quorumha.http.server.site import ProxySite
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.upstream.limits import Limits
from quorumha.pool.balancing import LeastConnections, PrimaryFirst, RoundRobin
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing import FactRecorder, MemoryTopology, Message, Reader, Recorder, ScriptedUpstream
from quorumha.testing.http.chunking import seeded
from quorumha.testing.http.plays import (
    CLOSE,
    HANG,
    RESET,
    Moment,
    Play,
    Send,
    Step,
    Wait,
    accept_then,
    chunks_of,
    head_of,
)
from tests.http.forward.test_rounds_schedules import check_facts

MEMBERS = "abc"


@frozen
class Wanted:
    """One request of a client."""

    method: bytes
    body: bytes | None
    chunked: bool


@frozen
class Deed:
    """What a node does with one request."""

    status: int
    framing: str
    size: int
    pieces: int
    ending: str
    waits: float
    early: bool

    def play(self, target: bytes) -> Play:
        """The answer says whose it is."""
        if self.ending == "silent":
            return Play(Moment.REQUEST, (HANG,))
        if self.ending in ("close at once", "reset at once"):
            return Play(Moment.REQUEST, (CLOSE if self.ending == "close at once" else RESET,))
        body = body_of(target, self.size)
        fields = [(b"X-For", target)]
        sent = body
        if self.framing == "chunked":
            fields.append((b"Transfer-Encoding", b"chunked"))
            sent = chunks_of([body[i : i + 700] for i in range(0, len(body), 700)])
        elif self.framing == "length":
            fields.append((b"Content-Length", b"%d" % len(body)))
        head = head_of(self.status, fields)
        if self.ending == "half a head":
            head, sent = head[: len(head) // 2], b""
        elif self.ending in ("cut", "hang"):
            sent = sent[: len(sent) // 2]
        steps: list[Step] = []
        out = head + sent
        size = max(1, len(out) // self.pieces)
        for at in range(0, len(out), size):
            if at and self.waits:
                steps.append(Wait(self.waits))
            # An answer to HEAD is its head alone.
            steps.append(Send(out[at : at + size]))
        if self.ending == "hang":
            steps.append(HANG)
        elif self.ending == "cut":
            # A clean end would make a body until the close look whole.
            steps.append(RESET if self.framing == "close" else CLOSE)
        elif self.ending == "half a head" or self.framing == "close":
            steps.append(CLOSE)
        return Play(Moment.HEAD if self.early else Moment.REQUEST, tuple(steps))


def body_of(target: bytes, size: int) -> bytes:
    """What a whole answer says."""
    return (target + b"|") * (size // (len(target) + 1) + 1)


REQUESTS = st.lists(
    st.builds(
        Wanted,
        st.sampled_from([b"GET", b"POST", b"PUT"]),
        st.none() | st.binary(max_size=60) | st.integers(1, 9000).map(lambda n: b"z" * n),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
DEEDS = st.lists(
    st.builds(
        Deed,
        st.sampled_from([200, 200, 404, 404, 500]),
        st.sampled_from(["length", "chunked", "close"]),
        st.sampled_from([1, 50, 3000, 200_000]),
        st.integers(1, 5),
        st.sampled_from(
            ["whole"] * 4 + ["cut", "hang", "half a head", "silent", "close at once", "reset at once"]
        ),
        st.sampled_from([0.0, 0.0, 0.3, 1.5]),
        st.booleans(),
    ),
    max_size=8,
)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["send"] * 6
            + ["wait"] * 3
            + ["pause", "resume", "abort", "close", "kill", "hang", "revive", "hole"]
        ),
        st.integers(0, 2),
        st.sampled_from([1, 7, 100, 5000, 20_000]),
    ),
    max_size=30,
)
SETTINGS = st.fixed_dictionaries(
    {
        "balancing": st.sampled_from([PrimaryFirst, RoundRobin, LeastConnections]),
        "non_idempotent": st.booleans(),
        "tries": st.sampled_from([0, 0, 1, 2]),
        "replay_limit": st.sampled_from([0, 1000, 100_000]),
        "budget": st.sampled_from([0, 5000, 100_000]),
        "keepalive": st.sampled_from([0, 1, 16]),
        "closes": st.booleans(),
        "old": st.booleans(),
        "seed": st.integers(0, 1 << 16),
    }
)


@define
class Talker:
    """One client: what it sends, and what is known of it."""

    number: int
    wanted: list[Wanted]
    recorder: Recorder
    out: bytes = b""
    left: bool = False
    paused: bool = False
    targets: list[bytes] = field(factory=list)
    #: Of responses that it saw; some may have been lost where it left, or was reset.
    heads: int = 0

    @property
    def was_reset(self) -> bool:
        return self.recorder.how_it_ended == "ConnectionLost"

    def prepare(self, closes: bool, old: bool) -> None:
        """Put all its requests in a row."""
        for index, one in enumerate(self.wanted):
            target = b"/%d/%d" % (self.number, index)
            self.targets.append(target)
            last = index == len(self.wanted) - 1
            chunked = one.chunked and one.body is not None and not (last and old)
            lines = [b"%b %b HTTP/1.%d" % (one.method, target, not (last and old)), b"Host: proxy"]
            body = one.body or b""
            if last and closes:
                lines.append(b"Connection: close")
            if chunked:
                lines.append(b"Transfer-Encoding: chunked")
                body = chunks_of([body[i : i + 999] for i in range(0, len(body), 999)])
            elif one.body is not None:
                lines.append(b"Content-Length: %d" % len(body))
            self.out += b"\r\n".join(lines) + b"\r\n\r\n" + body


class World:
    """A proxy without limits towards clients, three nodes, some clients."""

    def __init__(self, case: SynchronousTestCase, deeds: list[list[Deed]], chosen: dict[str, Any]) -> None:
        self.case = case
        random = Random(chosen["seed"])
        self.net = MemoryTopology(chunker=seeded(chosen["seed"], 9000), order=random.randrange)
        self.nodes = {name: ScriptedUpstream(self.net.clock) for name in MEMBERS}
        self.talkers: list[Talker] = []
        self.hung: set[str] = set()
        for name, todo in zip(MEMBERS, deeds, strict=True):
            self.nodes[name].then = self.chooser(name, list(todo))
            if chosen["seed"] % 5 == 0:
                self.nodes[name].script.append(accept_then(CLOSE))
            self.net.listen(f"{name}:1", self.nodes[name])
        self.pool = UpstreamPool(
            "any",
            [
                Upstream(n, self.net.client_endpoint(f"{n}:1"), backup=n == "c", fail_timeout=3.0)
                for n in MEMBERS
            ],
            chosen["balancing"](),
        )
        self.facts = FactRecorder()
        self.pool.observers.add(self.facts, requests=True)
        self.connections = Connections(self.net.clock, chosen["keepalive"])
        self.budget = ReplayBudget(chosen["budget"], beginning=chosen["seed"] % 2 * 1000)
        self.forwarder = PoolForwarder(
            self.pool,
            self.connections,
            self.net.clock,
            RetryPolicy(non_idempotent=chosen["non_idempotent"], tries=chosen["tries"]),
            Limits(total=4.5, first_byte=2.0, between=3.0, send=2.5),
            replay_limit=chosen["replay_limit"],
            budget=self.budget,
        )
        limits = ServerLimits(header_timeout=0, idle_timeout=0, client_send_timeout=0, body_limit=0)
        self.site = ProxySite(ProxyResource(self.forwarder), self.net.clock, limits)
        self.port = self.net.listen("proxy:80", self.site)

    def chooser(self, name: str, todo: list[Deed]) -> Any:
        def choose(request: Message) -> Play:
            down = b"X-For: %b\r\n" % request.target
            # Who hung may read only now what was sent long ago.
            for talker in self.talkers if name not in self.hung else ():
                self.case.assertNotIn(down, talker.recorder.received, "sent up after an answer went down")
            deed = todo.pop(0) if todo else Deed(200, "length", 5, 1, "whole", 0.0, False)
            return deed.play(request.target)

        return choose

    def happen(self, event: tuple[str, int, int]) -> None:
        """One event."""
        what, who, size = event
        place = f"{MEMBERS[who]}:1"
        talker = self.talkers[who % len(self.talkers)]
        match what:
            case "send" if not talker.left:
                talker.recorder.write(talker.out[:size])
                talker.out = talker.out[size:]
            case "wait":
                self.net.advance({1: 0.0, 7: 0.1, 100: 1.0, 5000: 2.1, 20_000: 5.0}[size])
            case "pause" if not talker.left and talker.recorder.connected:
                talker.recorder.pause()
            case "resume" if not talker.left and talker.recorder.connected:
                talker.recorder.resume()
            case "abort" if size < 10:
                talker.left = True
                talker.recorder.abort()
            case "close" if size < 10:
                talker.left = True
                talker.recorder.close()
            case "kill":
                # A clean end would make a body until the close look whole.
                self.net.kill(place, reset=True)
            case "hang":
                self.hung.add(MEMBERS[who])
                self.net.hang(place)
            case "hole":
                self.net.black_hole(place)
            case "revive":
                self.net.revive(place)
        if size != 7:
            self.net.run()

    def come_to_an_end(self) -> None:
        """Everybody who stayed sends and reads all there is, until nothing happens any more."""
        for talker in self.talkers:
            if not talker.left and talker.recorder.connected:
                talker.recorder.resume()
                talker.recorder.write(talker.out)
        for name in MEMBERS:
            self.net.revive(f"{name}:1")
        self.net.advance(200)

    # What must hold.

    def check_clients(self) -> None:
        for talker in self.talkers:
            if not talker.left:
                self.check_client(talker)

    def check_client(self, talker: Talker) -> None:
        """Each answer is its own request's, in order; whole, or seen not to be."""
        case, recorder = self.case, talker.recorder
        answers: list[Message] = []
        reader = Reader(answers.append, lambda _: None, requests=False)
        if recorder.received:
            reader.feed(recorder.received)
        if answers and answers[-1].framing == "close" and recorder.how_it_ended == "ConnectionDone":
            reader.end()
        talker.heads = len(answers)
        case.assertLessEqual(len(answers), len(talker.targets))
        for target, got in zip(talker.targets, answers, strict=False):
            whose = got.get(b"x-for")
            if whose is None:
                case.assertIn(got.status, (502, 503, 504))
                case.assertTrue(got.complete)
                continue
            case.assertEqual(whose, target, "another request's answer")
            said = body_of(target, len(got.body))
            case.assertTrue(said.startswith(got.body), "bytes that nobody sent")
            if got.complete:
                case.assertIn(len(got.body), {len(body_of(target, n)) for n in (1, 5, 50, 3000, 200_000)})
            else:
                case.assertIsNotNone(recorder.reason, "cut, and the client waits for ever")
        if recorder.how_it_ended == "ConnectionLost":
            # A reset shows a cut answer too, and may overtake its first bytes.
            case.assertGreater(self.pool.counters.failed, 0)
        elif len(answers) < len(talker.targets) or not answers[-1].complete:
            case.assertTrue(answers, f"no answer at all {recorder.how_it_ended}")
            case.assertFalse(answers[-1].complete, "requests without an answer")

    def check_nodes(self) -> None:
        """No member is tried twice for a request, but for stale connections; bodies are exact."""
        bodies = {
            target: one.body or b""
            for talker in self.talkers
            for target, one in zip(talker.targets, talker.wanted, strict=True)
        }
        for name, node in self.nodes.items():
            self.case.assertEqual(node.bad, [], name)
            fresh: list[bytes] = []
            for connection in node.connections:
                for index, request in enumerate(connection.requests):
                    if request.complete:
                        self.case.assertEqual(request.body, bodies[request.target])
                    else:
                        self.case.assertTrue(bodies[request.target].startswith(request.body))
                    if not index:
                        fresh.append(request.target)
            self.case.assertEqual(len(fresh), len(set(fresh)), "a member was tried twice")

    def check_counts(self) -> None:
        """Everything is given back."""
        case, counters = self.case, self.pool.counters
        check_facts(self.facts, counters)
        abandoned = counters.requests - counters.answered - counters.failed
        if not any(talker.left for talker in self.talkers):
            case.assertEqual(abandoned, 0)
        case.assertGreaterEqual(abandoned, 0)
        case.assertEqual([m.in_flight for m in self.pool.members], [0, 0, 0])
        case.assertEqual(self.budget.used, 0)

    def check_numbers(self) -> None:
        """Each head that went down counts once, and each attempt."""
        case, counters, numbers = self.case, self.pool.counters, self.site.numbers
        heads, gone = sum(numbers.statuses), any(talker.left or talker.was_reset for talker in self.talkers)
        seen = sum(talker.heads for talker in self.talkers)
        case.assertEqual(numbers.connections, len(self.talkers))
        case.assertEqual(sum(numbers.seconds.counts), heads)
        (case.assertGreaterEqual if gone else case.assertEqual)(heads, seen)
        case.assertLessEqual(sum(numbers.own.values()), counters.failed)
        case.assertLessEqual(counters.answered + sum(numbers.own.values()), heads)
        case.assertEqual(sum(counters.failovers_by.values()), counters.failovers)
        for member in self.pool.members:
            one = member.numbers
            over = one.responded + one.connect_failed + one.timed_out + one.broken + one.cancelled
            case.assertLessEqual(over, member.picked)
            case.assertLessEqual(one.responded, sum(one.first_byte.counts))
            case.assertLessEqual(sum(one.first_byte.counts), over)
        responded = sum(member.numbers.responded for member in self.pool.members)
        case.assertLessEqual(counters.answered, responded)

    def check_nothing_is_left(self) -> None:
        for end in self.net.connections("proxy:80"):
            end.other.abortConnection()
        self.port.stopListening()
        self.net.run()
        self.connections.stop()
        for name in MEMBERS:
            self.net.kill(f"{name}:1")
        self.net.run()
        self.case.assertEqual(self.site.connections, set())
        self.case.assertEqual(self.net.clock.getDelayedCalls(), [])


class AnyScheduleTests(SynchronousTestCase):
    """See the module."""

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(REQUESTS, min_size=1, max_size=3),
        st.lists(DEEDS, min_size=3, max_size=3),
        EVENTS,
        SETTINGS,
    )
    def test_promises(
        self,
        wanted: list[list[Wanted]],
        deeds: list[list[Deed]],
        events: list[tuple[str, int, int]],
        chosen: dict[str, Any],
    ) -> None:
        world = World(self, deeds, chosen)
        for number, requests in enumerate(wanted):
            talker = Talker(number, requests, world.net.connect("proxy:80"))
            talker.prepare(chosen["closes"], chosen["old"])
            world.talkers.append(talker)
        world.net.run()
        for event in events:
            world.happen(event)
        world.come_to_an_end()
        world.check_clients()
        world.check_nodes()
        world.check_counts()
        world.check_numbers()
        world.check_nothing_is_left()
        self.assertEqual(self.flushLoggedErrors(), [])
