"""FailoverEndpoint: which upstream is dialled, for how long, and what is told when none is there."""

from __future__ import annotations

import treq
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectingCancelledError, DNSLookupError, NoProtocol
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.wire import Echo
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.client import Agent
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer
from zope.interface.verify import verifyObject

from quorumha.errors import NoUpstream, UpstreamError, UpstreamTimeout
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.relay.endpoint import FailoverEndpoint
from quorumha.testing import MemoryTopology, Recorder
from quorumha.testing.http.plays import respond
from quorumha.testing.http.scripted import ScriptedUpstream
from tests.relay.pools import make_pool


@implementer(IStreamClientEndpoint)
class Stubborn:
    """An endpoint that does not stop when it is told to, and connects later all the same."""

    def __init__(self) -> None:
        self.factory: Factory | None = None
        self.deferred: Deferred[Protocol] = Deferred()

    def connect(self, factory):
        self.factory = factory
        return self.deferred


@implementer(IStreamClientEndpoint)
class Raising:
    """An endpoint with a bug, or one that cannot even begin."""

    def connect(self, factory):
        raise DNSLookupError("no such name")


@implementer(IStreamClientEndpoint)
class Chained:
    """An endpoint whose Deferred has fired, with one that has not."""

    def connect(self, factory):
        chained: Deferred[None] = Deferred()
        chained.addCallback(lambda _: Deferred())
        chained.callback(None)
        return chained


class DiallingTests(SynchronousTestCase):
    """Primary a, backups b and c."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.pool = make_pool(self.net, "a:1", "b:1", "c:1")
        self.endpoint = FailoverEndpoint(self.pool, self.net.clock)
        self.a, self.b, self.c = self.pool.members
        self.recorder = Recorder()

    def listen(self, *hosts: str) -> None:
        for host in hosts:
            self.net.listen(f"{host}:1", Factory.forProtocol(Echo))

    def connect(self, endpoint=None):
        connecting = (endpoint or self.endpoint).connect(Factory.forProtocol(lambda: self.recorder))
        self.net.run()
        return connecting

    def test_interface(self) -> None:
        verifyObject(IStreamClientEndpoint, self.endpoint)
        self.assertIn("rpc", repr(self.endpoint))

    def test_primary_takes_it(self) -> None:
        """The caller gets its own protocol, connected, and no backup is asked."""
        self.listen("a", "b")
        self.assertIs(self.successResultOf(self.connect()), self.recorder)
        self.recorder.write(b"hello")
        self.net.run()
        self.assertEqual(self.recorder.received, b"hello")
        self.assertEqual((self.net.accepted("a:1"), self.net.accepted("b:1")), (1, 0))
        self.assertEqual(self.pool.counters.failovers, 0)
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_refused(self) -> None:
        """Refused: the next one at once, no time passes."""
        self.listen("b")
        self.successResultOf(self.connect())
        self.assertEqual(self.net.accepted("b:1"), 1)
        self.assertEqual(self.pool.counters.failovers, 1)
        self.assertEqual((self.a.failed, self.b.failed), (1, 0))
        self.assertEqual(self.net.clock.seconds(), 0)

    def test_black_hole(self) -> None:
        """Connecting never completes: the next one after the connect limit, and only the first pays."""
        self.net.black_hole("a:1")
        self.listen("b")
        connecting = self.connect()
        self.net.advance(0.9)
        self.assertNoResult(connecting)
        self.net.advance(0.1)
        self.successResultOf(connecting)
        before = self.net.clock.seconds()
        self.successResultOf(self.connect())
        self.assertEqual(self.net.clock.seconds(), before)
        self.assertEqual(self.net.accepted("b:1"), 2)

    def test_comes_back(self) -> None:
        """One that was put aside is tried again after its time, without a restart."""
        self.listen("b")
        self.successResultOf(self.connect())
        self.listen("a")
        self.net.advance(10)
        self.successResultOf(self.connect())
        self.assertEqual(self.net.accepted("a:1"), 1)
        self.assertEqual(self.a.health.ejected_until, 0)

    def test_flapping(self) -> None:
        """Up and down, over and over: always served by one that is up, nothing piles up."""
        self.listen("a", "b")
        for turn in range(50):
            self.net.kill(f"{'ab'[turn % 2]}:1")
            self.recorder = Recorder()
            self.successResultOf(self.connect())
            self.recorder.close()
            self.net.run()
            self.net.revive(f"{'ab'[turn % 2]}:1")
        self.assertEqual([m.in_flight for m in self.pool.members], [0, 0, 0])
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_all_refuse(self) -> None:
        """The error names the pool and every upstream's cause; it comes at once; it heals by itself."""
        error = self.failureResultOf(self.connect(), UpstreamError).value
        self.assertNotIsInstance(error, UpstreamTimeout)
        self.assertEqual(
            str(error),
            "pool rpc: a could not connect (refused); b could not connect (refused); "
            "c could not connect (refused)",
        )
        self.assertEqual(self.pool.counters.failovers, 2)
        self.listen("a")
        self.successResultOf(self.connect())

    def test_all_hang(self) -> None:
        """Each has its own limit; then a time-out is told."""
        for host in "abc":
            self.net.black_hole(f"{host}:1")
        connecting = self.connect()
        self.net.advance(2.99)
        self.assertNoResult(connecting)
        self.net.advance(0.01)
        error = self.failureResultOf(connecting, UpstreamTimeout).value
        self.assertEqual(
            str(error),
            "pool rpc: a timed out (connect); b timed out (connect); c timed out (connect)",
        )
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_all_disabled(self) -> None:
        """The operator's word holds: nobody is dialled."""
        self.listen("a", "b", "c")
        for member in self.pool.members:
            member.enabled = False
        error = self.failureResultOf(self.connect(), NoUpstream).value
        self.assertIn("pool rpc", str(error))
        self.assertEqual(self.net.accepted("a:1"), 0)

    def test_no_limit(self) -> None:
        """A connect limit of 0 is none."""
        endpoint = FailoverEndpoint(make_pool(self.net, "a:1", connect_timeout=0), self.net.clock)
        self.net.black_hole("a:1")
        connecting = self.connect(endpoint)
        self.net.advance(100_000)
        self.assertNoResult(connecting)
        connecting.cancel()
        self.failureResultOf(connecting, CancelledError)

    def test_cancel(self) -> None:
        """Cancelling stops the dial, leaves nothing behind and blames nobody."""
        self.net.black_hole("a:1")
        connecting = self.connect()
        connecting.cancel()
        self.failureResultOf(connecting, CancelledError)
        self.net.revive("a:1")
        self.listen("a", "b")
        self.net.advance(5)
        self.assertEqual((self.net.accepted("a:1"), self.net.accepted("b:1")), (0, 0))
        self.assertEqual((self.a.failed, self.a.in_flight), (0, 0))
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_in_flight(self) -> None:
        """A member's work is counted from the dial to the end of the connection."""
        self.listen("a")
        connecting = self.endpoint.connect(Factory.forProtocol(lambda: self.recorder))
        self.assertEqual(self.a.in_flight, 1)
        self.net.run()
        self.successResultOf(connecting)
        self.assertEqual(self.a.in_flight, 1)
        self.net.kill("a:1")
        self.net.run()
        self.assertEqual(self.recorder.how_it_ended, "ConnectionDone")
        self.assertEqual(self.a.in_flight, 0)

    def test_half_close_passes_through(self) -> None:
        """Optional interfaces of the caller's protocol are seen by the transport."""
        self.recorder = Recorder.half_closing()
        node = Recorder.half_closing()
        self.net.listen("a:1", Factory.forProtocol(lambda: node))
        self.successResultOf(self.connect())
        node.end()
        self.net.run()
        self.assertTrue(self.recorder.read_ended)
        self.assertIsNone(self.recorder.how_it_ended)


class OddEndpointTests(SynchronousTestCase):
    """Endpoints and factories that do not do as the usual ones."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.net.listen("b:1", Factory.forProtocol(Echo))

    def pool(self, endpoint: IStreamClientEndpoint) -> UpstreamPool:
        return UpstreamPool(
            "odd", [Upstream("odd", endpoint), Upstream("b", self.net.client_endpoint("b:1"), backup=True)]
        )

    def connect(self, pool: UpstreamPool, recorder: Recorder | None = None):
        factory = Factory.forProtocol(lambda: recorder or Recorder())
        connecting = FailoverEndpoint(pool, self.net.clock).connect(factory)
        self.net.run()
        return connecting

    def test_late_connection(self) -> None:
        """A connection that comes after its limit is dropped, and never reaches the caller."""
        stubborn = Stubborn()
        pool = self.pool(stubborn)
        recorder = Recorder()
        connecting = self.connect(pool, recorder)
        self.net.advance(1)
        self.assertIs(self.successResultOf(connecting), recorder)
        late = self.net.client_endpoint("b:1").connect(stubborn.factory)
        self.net.run()
        self.failureResultOf(late, NoProtocol)
        self.assertEqual([m.in_flight for m in pool.members], [0, 1])

    def test_connected_but_unfinished(self) -> None:
        """One that has its connection but is not done with it (a handshake) is aborted at its limit."""
        stubborn = Stubborn()
        pool = self.pool(stubborn)
        connecting = self.connect(pool)
        half_done = self.net.client_endpoint("b:1").connect(stubborn.factory)
        self.net.run()
        self.successResultOf(half_done)
        self.net.advance(1)
        self.successResultOf(connecting)
        self.net.run()
        self.assertEqual(len(self.net.connections("b:1")), 1)
        self.assertEqual([m.in_flight for m in pool.members], [0, 1])

    def test_raises(self) -> None:
        """An exception is one upstream that could not be reached: a name that does not resolve."""
        pool = self.pool(Raising())
        self.successResultOf(self.connect(pool))
        self.assertEqual([m.failed for m in pool.members], [1, 0])

    def test_many_that_fail_at_once(self) -> None:
        """A walk along the members is a loop, however many there are."""
        many = [Upstream(f"m{number}", Raising(), max_fails=0) for number in range(400)]
        error = self.failureResultOf(self.connect(UpstreamPool("many", many)), UpstreamError).value
        self.assertLess(len(str(error)), 200)
        self.assertIn("400 times", str(error))
        last = Upstream("b", self.net.client_endpoint("b:1"), backup=True)
        pool = UpstreamPool("many", [*many, last])
        self.successResultOf(self.connect(pool))
        self.assertEqual(pool.counters.failovers, 400)

    def test_chained(self) -> None:
        """The limit holds for a Deferred that waits for another one."""
        connecting = self.connect(self.pool(Chained()))
        self.net.advance(1)
        self.successResultOf(connecting)

    def test_caller_builds_nothing(self) -> None:
        """No upstream is blamed for a factory that builds nothing."""
        pool = UpstreamPool("b", [Upstream("b", self.net.client_endpoint("b:1"))])
        factory = Factory()
        factory.buildProtocol = lambda addr: None
        connecting = FailoverEndpoint(pool, self.net.clock).connect(factory)
        self.net.run()
        self.failureResultOf(connecting, NoProtocol)
        self.assertEqual((pool.members[0].failed, pool.members[0].in_flight), (0, 0))

    def test_plain_endpoint_cancelled(self) -> None:
        """(The memory endpoint cancels as TCP's does, which the tests above rely on.)"""
        self.net.black_hole("b:1")
        connecting = self.net.client_endpoint("b:1").connect(Factory.forProtocol(Echo))
        connecting.cancel()
        self.failureResultOf(connecting, ConnectingCancelledError)


@implementer(IAgentEndpointFactory)
class AlwaysThis:
    """Whatever the URI names, one endpoint."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        self.endpoint = endpoint

    def endpointForURI(self, uri):
        return self.endpoint


class AgentTests(SynchronousTestCase):
    """An ordinary HTTP client dials through it."""

    def test_agent(self) -> None:
        """Agent asks the backup when the primary is down, and knows nothing of it."""
        net = MemoryTopology()
        pool = make_pool(net, "a:1", "b:1")
        node = ScriptedUpstream(net.clock, then=respond(body=b"from b"))
        net.listen("b:1", node)
        agent = Agent.usingEndpointFactory(net.clock, AlwaysThis(FailoverEndpoint(pool, net.clock)))
        asking = agent.request(b"GET", b"http://tessera/upcheck")
        net.run()
        reading = treq.content(self.successResultOf(asking))
        net.run()
        self.assertEqual(self.successResultOf(reading), b"from b")
        self.assertEqual(pool.members[1].in_flight, 0)
