"""RelayProtocol: what happens between a client's arrival and an upstream's connection."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, fail
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from zope.interface import implementer

from quorumha.events import ConnectionDone
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.relay.factory import RelayFactory
from quorumha.relay.side import EARLY_LIMIT
from quorumha.testing import FactRecorder
from tests.relay.relayed import RelayCase


class EarlyTests(RelayCase):
    """The upstream is not there yet."""

    def setUp(self) -> None:
        super().setUp()
        self.net.black_hole("a:1")

    def test_early_bytes(self) -> None:
        """What the client says first reaches the node that takes the connection in the end."""
        client = self.client()
        client.write(b"first ")
        self.net.run()
        client.write(b"second ")
        self.net.advance(1)
        client.write(b"third")
        self.net.run()
        self.assertEqual(self.b.taken[0].received, b"first second third")

    def test_early_end(self) -> None:
        """So does its end, after the bytes."""
        client = self.client()
        client.write(b"all there is")
        self.net.run()
        client.end()
        self.net.advance(1)
        node = self.b.taken[0]
        self.assertEqual((node.received, node.read_ended), (b"all there is", True))
        node.write(b"answer")
        self.net.run()
        self.assertEqual(client.received, b"answer")

    def test_early_bytes_are_bounded(self) -> None:
        """A flood before there is an upstream stays with its writer, and is whole in the end."""
        client = self.client()
        self.net.run()
        client.write(bytes(10 << 20))
        self.net.run()
        (wire,) = self.net.connections("relay:22000")
        self.assertLess(wire.read, 2 * EARLY_LIMIT)
        self.net.advance(1)
        self.assertEqual(len(self.b.taken[0].received), 10 << 20)

    def test_client_leaves(self) -> None:
        """A client that breaks off while the relay dials is not dialled for any longer."""
        client = self.client()
        self.net.run()
        self.assertEqual(self.pool.members[0].in_flight, 1)
        client.abort()
        self.assert_all_gone()
        self.net.revive("a:1")
        self.net.advance(10)
        self.assertEqual((self.a.taken, self.b.taken), ([], []))
        counters = self.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (1, 0, 0))


class FactTests(RelayCase):
    """What is told of a connection, once it has ended."""

    def test_done(self) -> None:
        """Who had it, how long, and how many bytes went each way; to whoever wants to know that of each."""
        facts = FactRecorder()
        remove = self.pool.observers.add(facts, requests=True)
        client = self.client()
        client.write(b"early")
        self.net.run()
        self.net.advance(2)
        client.write(b"question" * 100_000)
        self.net.run()
        self.a.taken[0].write(b"answer" * 50_000)
        self.net.run()
        self.assertEqual(facts.facts, [])
        self.a.taken[0].close()
        client.close()
        self.net.run()
        expected = ConnectionDone("rpc", "rpc", "127.0.0.1", "a", "", 800_005, 300_000, 2.0, "upstream")
        self.assertEqual(facts.facts, [expected])
        remove()
        self.joined()[0].abort()
        self.assert_all_gone()
        self.assertEqual(len(facts.facts), 1)


class FailoverTests(RelayCase):
    """Primary first, backup only when the primary cannot be reached."""

    def test_primary(self) -> None:
        for _ in range(10):
            self.joined()
        self.assertEqual((len(self.a.taken), len(self.b.taken)), (10, 0))
        counters = self.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failovers), (10, 10, 0))

    def test_refused(self) -> None:
        """A dead primary costs nobody anything, and gets its clients back when it lives."""
        self.net.kill("a:1")
        for _ in range(10):
            self.client()
        self.net.run()
        self.assertEqual((len(self.a.taken), len(self.b.taken)), (0, 10))
        self.assertEqual(self.net.clock.seconds(), 0)
        self.net.revive("a:1")
        self.net.advance(10)
        self.joined()
        self.assertEqual(len(self.a.taken), 1)

    def test_black_hole(self) -> None:
        """Only the first client waits."""
        self.net.black_hole("a:1")
        self.client()
        self.net.advance(1)
        for _ in range(5):
            self.client()
        self.net.run()
        self.assertEqual(len(self.b.taken), 6)

    def test_all_refuse(self) -> None:
        """The client is dropped at once, one event says why, and the next client is served again."""
        self.net.kill("a:1")
        self.net.kill("b:1")
        facts = FactRecorder()
        self.pool.observers.add(facts)
        client = self.client()
        client.write(b"a secret")
        self.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionLost")
        (done,) = facts.of(ConnectionDone)
        error = "pool rpc: a could not connect (refused); b could not connect (refused)"
        self.assertEqual(
            (done.listener, done.pool, done.client, done.error), ("rpc", "rpc", "127.0.0.1", error)
        )
        self.assertNotIn("secret", repr(facts.facts))
        counters = self.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (1, 0, 1))
        self.assert_all_gone()
        self.net.revive("b:1")
        self.client()
        self.net.run()
        self.assertEqual(len(self.b.taken), 1)

    def test_very_many_refuse_at_once(self) -> None:
        """The client is closed, and the walk along the members is a loop: no stack overflows."""

        @implementer(IStreamClientEndpoint)
        class Refusing:
            def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
                return fail(ConnectionRefusedError())

        many = [Upstream(f"m{number}", Refusing(), max_fails=0) for number in range(400)]
        pool = UpstreamPool("many", many)
        self.net.listen("many:22000", RelayFactory(pool, self.net.clock))
        client = self.net.connect("many:22000")
        self.net.run()
        self.assertTrue(client.how_it_ended)
        self.assertEqual(self.net.connections("many:22000"), [])
        self.assertEqual({member.in_flight for member in pool.members}, {0})

    def test_all_restarted(self) -> None:
        """All nodes at once, over and over: it recovers by itself and nothing is left over."""
        for _ in range(20):
            self.net.kill("a:1")
            self.net.kill("b:1")
            dropped = self.client()
            self.net.run()
            self.assertEqual(dropped.how_it_ended, "ConnectionLost")
            self.net.revive("a:1")
            self.net.revive("b:1")
            served, node = self.joined()
            served.write(b"hello")
            self.net.run()
            self.assertEqual(node.received, b"hello")
            served.abort()
            self.net.run()
        self.assert_all_gone()


@implementer(IStreamClientEndpoint)
class Racing:
    """Connects, but says so only when the test wants it, or when it is told to stop."""

    def __init__(self, real: IStreamClientEndpoint) -> None:
        self.sides: list[Any] = []
        self._real = real

    def connect(self, factory: Any) -> Deferred[Any]:
        self._real.connect(factory).addCallback(self.sides.append)
        self.deferred: Deferred[Any] = Deferred(lambda _: self.go())
        return self.deferred

    def go(self) -> None:
        self.deferred.callback(self.sides[0])


class AnyEndpointTests(RelayCase):
    """Over any client endpoint, not just a pool."""

    def listen(self, endpoint: IStreamClientEndpoint) -> RelayFactory:
        relay = RelayFactory(endpoint, self.net.clock, name="any")
        self.net.listen("any:1", relay)
        return relay

    def test_plain_endpoint(self) -> None:
        relay = self.listen(self.net.client_endpoint("a:1"))
        client = self.net.connect("any:1")
        client.write(b"hello")
        self.net.run()
        self.assertEqual(self.a.taken[0].received, b"hello")
        self.assertEqual((relay.counters.requests, relay.counters.answered), (1, 1))

    def test_refused(self) -> None:
        relay = self.listen(self.net.client_endpoint("nobody:1"))
        client = self.net.connect("any:1")
        self.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionLost")
        self.assertEqual((relay.counters.failed, relay.connections), (1, set()))

    def test_connects_when_told_to_stop(self) -> None:
        """A connection that wins the race against its cancellation is broken off."""
        relay = self.listen(Racing(self.net.client_endpoint("a:1")))
        client = self.net.connect("any:1")
        self.net.run()
        client.abort()
        self.net.run()
        self.assertEqual(self.a.taken[0].how_it_ended, "ConnectionLost")
        self.assertEqual((relay.connections, relay.counters.answered), (set(), 0))

    def test_node_is_faster_than_the_endpoint(self) -> None:
        """What an upstream says, and its end, are kept until the endpoint is done."""
        racing = Racing(self.net.client_endpoint("a:1"))
        relay = self.listen(racing)
        client = self.net.connect("any:1", half_close=True)
        self.net.run()
        self.a.taken[0].write(b"greeting")
        self.a.taken[0].end()
        self.net.run()
        racing.go()
        self.net.run()
        self.assertEqual((client.received, client.read_ended), (b"greeting", True))
        client.close()
        self.net.run()
        self.assertEqual(relay.connections, set())

    def test_node_breaks_before_the_endpoint_is_done(self) -> None:
        racing = Racing(self.net.client_endpoint("a:1"))
        relay = self.listen(racing)
        client = self.net.connect("any:1")
        self.net.run()
        self.a.taken[0].abort()
        self.net.run()
        racing.go()
        self.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionLost")
        self.assertEqual(relay.connections, set())
