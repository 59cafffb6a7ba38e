"""Tests for L{quorumha.postgresql.writer_endpoint}; what clients see of it is in test_listener."""

from __future__ import annotations

from attrs import evolve
from twisted.internet.defer import succeed
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.endpoints.named import NamedEndpoint
from quorumha.errors import Unavailable
from quorumha.events import Lack
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.postgresql.role_word import RoleVerdict, RoleWord
from quorumha.postgresql.writer_endpoint import WriterEndpoint
from quorumha.postgresql.writer_group import WriterGroup
from quorumha.postgresql.writer_sessions import Change
from quorumha.testing import FactRecorder, MemoryTopology, Recorder


class EndpointTests(SynchronousTestCase):
    """Two databases, a: C{a}, b: C{b}; a is written to once it says so."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.facts = FactRecorder()
        upstreams = [
            Upstream(name, self.net.client_endpoint(f"{name}:1"), address=f"{name}:1", max_in_flight=2)
            for name in "ab"
        ]
        self.pool = UpstreamPool("db", upstreams, observers=self.facts.observers)
        for name in "ab":
            self.net.listen(f"{name}:1", Factory.forProtocol(Recorder))
        self.group = WriterGroup("db", self.net.clock, self.facts.observers, 3.0)
        self.group.of(self.pool).start()
        self.endpoint = WriterEndpoint(self.pool, self.group, self.net.clock, 10.0, 3)
        self.group.watch(self)
        self.results: list[object] = []

    def apply(self, change: Change) -> int:
        """Nobody has a session here."""
        self.endpoint.apply(change)
        return 0

    def opened(self) -> None:
        self.endpoint.open_all()

    def say(self, name: str, timeline: int, primary: bool = True, address: str = "") -> None:
        """A database's word."""
        word = RoleWord(primary, timeline, "7", address=address)
        verdict = RoleVerdict(word=word, asked_at=self.net.clock.seconds())
        self.group.said(self.pool.member(name), verdict)

    def start(self) -> None:
        """Both are known, and a is written to."""
        self.say("b", 1, primary=False)
        self.say("a", 1)

    def connect(self) -> Recorder:
        """Somebody connects; what comes of it is in C{results}."""
        recorder = Recorder()
        connecting = self.endpoint.connect(Factory.forProtocol(lambda: recorder))
        connecting.addBoth(self.results.append)
        return recorder

    def in_flight(self) -> list[int]:
        return [member.in_flight for member in self.pool.members]

    def test_dialled(self) -> None:
        """The writer, by whoever asks; it counts as its work."""
        self.start()
        recorder = self.connect()
        self.net.run()
        self.assertEqual((self.results, self.in_flight()), ([recorder], [1, 0]))

    def test_dialled_where_it_said_so(self) -> None:
        """A name that leads elsewhere by now leads no session there; one whose address is new is dialled."""
        named = NamedEndpoint(
            lambda: succeed(["10.0.0.9"]), lambda address: self.net.client_endpoint(f"{address}:1")
        )
        for place in ("10.0.0.1:1", "10.0.0.2:1", "10.0.0.9:1"):
            self.net.listen(place, Factory.forProtocol(Recorder))
        a, b = (member.upstream for member in self.pool.members)
        self.pool.arrange([evolve(a, endpoint=named, named=True), b])
        self.say("b", 1, primary=False)
        for address in ("10.0.0.1", "10.0.0.2"):
            self.net.advance(3.0)
            self.say("b", 1, primary=False)
            self.say("a", 1, address=address)
            self.connect()
            self.net.run()
            self.assertEqual(self.net.accepted(f"{address}:1"), 1)
        self.assertEqual(self.net.accepted("10.0.0.9:1"), 0)

    def test_switch_while_dialling(self) -> None:
        """A dial of the old writer is given up in the same turn; the session is at the new one."""
        self.start()
        self.net.black_hole("a:1")
        recorder = self.connect()
        self.net.run()
        self.assertEqual((self.results, self.in_flight()), ([], [1, 0]))
        self.say("b", 2)
        self.assertEqual(self.in_flight(), [0, 1])
        self.net.run()
        self.assertEqual(self.results, [recorder])
        self.assertEqual(self.net.accepted("b:1"), 1)

    def test_paused_while_dialling(self) -> None:
        """Whoever says nothing is not dialled."""
        self.start()
        self.net.black_hole("a:1")
        self.pool.connect_timeout = 0.0
        self.connect()
        self.net.advance(3.1)
        self.assertEqual((self.in_flight(), len(self.endpoint.waiting)), ([0, 0], 1))
        self.net.revive("a:1")
        # The other one may have been promoted meanwhile: it is asked as well.
        self.say("b", 1, primary=False)
        self.say("a", 1)
        self.net.run()
        self.assertEqual(self.in_flight(), [1, 0])

    def test_full(self) -> None:
        """C{max_in_flight} holds; who waits gets the first place."""
        self.start()
        first, _, _ = self.connect(), self.connect(), self.connect()
        self.net.run()
        self.assertEqual((len(self.results), len(self.endpoint.waiting)), (2, 1))
        self.assertIn("max_in_flight", self.endpoint.why)
        first.close()
        self.say("a", 1)
        self.net.advance(0.3)
        self.assertEqual((len(self.results), len(self.endpoint.waiting)), (3, 0))

    def test_fails(self) -> None:
        """A dial that fails is no reason to be put out of use; it is why, in the end."""
        self.start()
        self.net.kill("a:1")
        self.connect()
        for _ in range(21):
            self.net.advance(0.5)
            self.say("a", 1)
        (failure,) = self.results
        assert isinstance(failure, Failure)
        self.assertTrue(failure.check(Unavailable))
        self.assertIn("a, which is written to, could not connect", str(failure.value))
        member = self.pool.member("a")
        self.assertTrue(member.usable(self.net.clock.seconds()))
        self.assertGreater(member.failed, 20)
        self.assertEqual((self.facts.of(Lack), self.in_flight()), ([], [0, 0]))

    def test_cancelled(self) -> None:
        """Who leaves is forgotten, whether he waits or is dialled for."""
        for ready in (False, True):
            if ready:
                self.start()
                self.net.black_hole("a:1")
            connecting = self.endpoint.connect(Factory.forProtocol(Recorder))
            connecting.addErrback(self.results.append)
            self.net.run()
            connecting.cancel()
            self.net.run()
            self.assertEqual((len(self.endpoint.waiting), self.in_flight()), (0, [0, 0]))
        self.assertEqual(len(self.results), 2)

    def test_nobody_is_left_behind(self) -> None:
        """No delayed call outlives those that waited."""
        self.connect()
        self.net.advance(11)
        self.assertEqual(len(self.results), 1)
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
