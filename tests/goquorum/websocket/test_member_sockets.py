"""Which members have WebSockets of clients, and until when."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.read_choice import ReadChoice
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.goquorum.websocket.member_socket import MemberSocket, SocketLost
from quorumha.goquorum.websocket.member_sockets import MemberSockets
from quorumha.goquorum.websocket.place import Place
from quorumha.http.wire.headers import Client, HeaderRules
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing.http.recording import Recorder
from quorumha.testing.net.memory import MemoryTopology


class MemberSocketsTests(SynchronousTestCase):
    """Two members, at which nothing is said."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        for name in "ab":
            self.net.listen(f"{name}:1", Factory.forProtocol(Recorder))
        upstreams = [Upstream(name, self.net.client_endpoint(f"{name}:1")) for name in "ab"]
        self.pool = UpstreamPool("p", upstreams)
        place = Place(self.net.clock, HeaderRules(), 0.0, 5.0)
        self.sockets = MemberSockets(self.pool, place, ReadChoice(self.pool))
        self.stops = self.sockets.begin()

    def open(self, index: int) -> Deferred[MemberSocket]:
        caller = Caller(Client(), RequestHead.get(b"/", b"x"), "key")
        opening = self.sockets.open(self.pool.members[index], caller, lambda id, result: None)
        opened = Deferred.fromCoroutine(opening)
        self.net.run()
        return opened

    def lost(self, opened: Deferred[MemberSocket]) -> str:
        return str(self.failureResultOf(opened, SocketLost).value)

    def test_put_down_disabled_removed(self) -> None:
        """Its own end, those of others do not."""
        first, second, other = self.open(0), self.open(0), self.open(1)
        a, b = self.pool.members
        self.pool.checked(a, "silent", 1.0, "")
        self.assertEqual([self.lost(one) for one in (first, second)], ["its checks put it down"] * 2)
        self.assertNoResult(other)
        b.enabled = False
        self.assertEqual(self.lost(other), "it is disabled")
        b.enabled = True
        other = self.open(1)
        self.pool.remove(b)
        self.assertEqual(self.lost(other), "it is removed")
        for stop in self.stops:
            stop()
        self.assertEqual([a.in_flight, b.in_flight], [0, 0])

    def test_next(self) -> None:
        """One that has the block, then one that has not, then one that is down."""
        a, b = self.pool.members
        signs_of(b).has(10, 0.0)
        self.assertIs(self.sockets.next(10, ()), b)
        self.assertIs(self.sockets.next(10, (b,)), a)
        self.pool.checked(a, "silent", 1.0, "")
        self.assertIs(self.sockets.next(10, (b,)), a)
        self.assertIsNone(self.sockets.next(10, (a, b)))

    def test_pause(self) -> None:
        """Until a member is up, or it is time."""
        a, _ = self.pool.members
        first = Deferred.fromCoroutine(self.sockets.pause())
        self.pool.checked(a, "silent", 1.0, "")
        self.assertNoResult(first)
        self.pool.checked(a, None, 1.0, "")
        self.successResultOf(first)
        second = Deferred.fromCoroutine(self.sockets.pause())
        self.net.advance(0.3)
        self.successResultOf(second)
        third = Deferred.fromCoroutine(self.sockets.pause())
        third.cancel()
        self.failureResultOf(third)
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
