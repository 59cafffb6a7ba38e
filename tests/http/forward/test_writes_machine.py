"""Random schedules: whatever members and checks do, each write has one response; nothing stays behind."""

from __future__ import annotations

from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.forward.round_policy import Response
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.forward.writes import Overtaking
from quorumha.http.server.resource import ProxyResource
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import Member
from quorumha.tessera.decide.send import ROLLED_BACK, SendPolicy
from quorumha.testing import FactRecorder, Recorder
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.plays import RESET, Play, Wait, no_response, respond
from tests.http.forward.test_rounds_schedules import check_facts
from tests.http.server.proxied import Proxied, fast_limits, post
from tests.nightly import play

NAMES = st.sampled_from("abc")
#: Seconds; what then comes: a status, or the end of the connection; seconds in its midst.
PLAYS = st.tuples(
    st.sampled_from([0.0, 0.1, 0.5, 2.5, 6.0, 30.0]),
    st.sampled_from([201, 201, 201, 400, 404, 500, 502, 0]),
    # Between head and body.
    st.sampled_from([0.0, 0.0, 0.0, 3.0]),
)


class WritesMachine(RuleBasedStateMachine):
    """Three members behind a line as C{/send} has it."""

    @initialize(total=st.sampled_from([0.0, 4.5, 20.0]))
    def build(self, total: float) -> None:
        self.proxied = Proxied("abc")
        self.net, self.pool = self.proxied.net, self.proxied.pool
        self.pool.checks_override = True
        self.members = dict(zip("abc", self.pool.members, strict=True))
        self.late = LateResponses(self.net.clock)
        self.facts = FactRecorder()
        self.pool.observers.add(self.facts, requests=True)
        self.waiting_room = WaitingRoom("l", observers=self.pool.observers)
        overtaking = self.overtaking = Overtaking(self.late, self.orphaned)
        self.pool.watch_down(overtaking.down)
        self.pool.watch(lambda member: self.waiting_room.wake())
        forwarder = self.forwarder = PoolForwarder(
            self.pool,
            self.proxied.connections,
            self.net.clock,
            limits=fast_limits(total=total, first_byte=total, between=10.0),
            policy=RetryPolicy(statuses=ROLLED_BACK, repeat_within=2.0),
        )
        wait = 0.0 if total else 5.0
        self.proxied.serve(
            ProxyResource(
                WaitingForwarder(forwarder, SendPolicy(), self.waiting_room, forwarder, 0.0, wait, overtaking)
            )
        )
        self.clients: list[Recorder] = []
        self.left: set[Recorder] = set()
        self.orphans: list[bytes] = []
        #: By member, what its next requests get, and what each so far got.
        self.plays: dict[str, list[tuple[float, int, float]]] = {name: [] for name in "abc"}
        self.played: dict[str, list[int]] = {name: [] for name in "abc"}
        for name, node in self.proxied.nodes.items():
            node.then = partial(self.play, name)

    def orphaned(self, head: RequestHead, member: Member, late: Response) -> None:
        self.orphans.append(late.body)

    @rule(name=NAMES, plays=st.lists(PLAYS, min_size=1, max_size=4))
    def will_say(self, name: str, plays: list[tuple[float, int, float]]) -> None:
        self.plays[name] += plays

    def play(self, name: str, request: Message) -> Play:
        seconds, status, more = self.plays[name].pop(0) if self.plays[name] else (0.0, 201, 0.0)
        body = b"%b%d" % (name.encode(), len(self.played[name]))
        self.played[name].append(status)
        head, rest = respond(status or 201, body).steps
        return no_response(Wait(seconds), *([head, Wait(more), rest] if status else [RESET]))

    @rule(count=st.sampled_from([1, 1, 4]))
    def write(self, count: int) -> None:
        for _ in range(count):
            self.clients.append(self.proxied.client(post(b"request %d." % len(self.clients))))

    @rule(name=NAMES, silent=st.booleans())
    def down(self, name: str, silent: bool) -> None:
        member = self.members[name]
        member.silent = member.faulty = silent
        self.pool.checked(member, "bad", self.net.clock.seconds(), "", fell_silent=silent)
        self.net.run()

    @rule(name=NAMES)
    def up(self, name: str) -> None:
        member = self.members[name]
        member.silent = member.faulty = False
        self.pool.checked(member, None, self.net.clock.seconds(), "")
        self.net.run()

    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        waiting = [one for one in self.clients if not one.received and one not in self.left]
        if waiting:
            client = data.draw(st.sampled_from(waiting))
            self.left.add(client)
            assert client.transport is not None
            client.transport.abortConnection()
            self.net.run()

    @rule(seconds=st.sampled_from([0.05, 0.4, 1.0, 3.0, 8.0]))
    def wait(self, seconds: float) -> None:
        self.net.advance(seconds)

    @invariant()
    def nobody_is_asked_twice(self) -> None:
        """Not while its first response may still come."""
        if not hasattr(self, "clients"):
            return
        for name, node in self.proxied.nodes.items():
            seen: dict[bytes, int] = {}
            ended: dict[bytes, int] = {}
            for request, status in zip(node.requests, self.played[name], strict=True):
                seen[request.body] = seen.get(request.body, 0) + 1
                ended[request.body] = ended.get(request.body, 0) + (status != 201)
            for body, times in seen.items():
                assert times <= 1 + ended[body], (name, body)

    def teardown(self) -> None:
        if not hasattr(self, "clients"):
            return
        for name in "abc":
            self.up(name)
        self.net.advance(150)
        told = []
        for client in self.clients:
            got = self.proxied.responses(client, b"POST")
            assert len(got) == (0 if client in self.left else 1), got
            told += [one.body for one in got if one.status < 300]
        assert len(set(self.orphans)) == len(self.orphans)
        assert not set(self.orphans) & set(told)
        counters = self.pool.counters
        assert counters.answered + counters.failed == len(self.clients) - len(self.left)
        # Who left while nothing was under way for it is not counted.
        assert counters.answered + counters.failed <= counters.requests <= len(self.clients)
        check_facts(self.facts, counters)
        assert [member.in_flight for member in self.pool.members] == [0, 0, 0]
        assert (len(self.late), len(self.waiting_room), self.waiting_room.used) == (0, 0, 0)
        assert (self.forwarder.budget.used, self.overtaking.writes) == (0, set())


class MachineTests(SynchronousTestCase):
    """See the module."""

    def test_schedules(self) -> None:
        play(WritesMachine, 100, night=2000)
