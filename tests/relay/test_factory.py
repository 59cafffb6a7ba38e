"""RelayFactory: every connection is accounted for, and draining ends them all."""

from __future__ import annotations

import gc
import socket
import weakref

from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import ConnectionDone, Observers
from quorumha.net.accept import SocketServerEndpoint
from quorumha.net.connect import SocketClientEndpoint
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.relay.factory import RelayFactory
from tests.net.turns import Turns
from tests.relay.relayed import RelayCase


class AccountTests(RelayCase):
    """Who is there, and how many there were."""

    def test_counts(self) -> None:
        pairs = [self.joined() for _ in range(3)]
        self.assertEqual((len(self.relay.connections), self.relay.counters.requests), (3, 3))
        self.assertEqual(self.pool.members[0].in_flight, 3)
        pairs[0][0].abort()
        self.net.run()
        self.assertEqual((len(self.relay.connections), self.relay.counters.requests), (2, 3))

    def test_nothing_is_made_when_nobody_wants_it(self) -> None:
        """Only what failed is always told."""
        made: list[object] = []

        class Noted(Observers):
            def notify(self, fact: object) -> None:
                made.append(fact)

        observers = self.pool.observers = Noted()
        relay = RelayFactory(self.pool, self.net.clock)
        self.net.listen("relay:22001", relay)
        for wanted in (False, True):
            if wanted:
                observers.add(made.append, requests=True)
            client = self.net.connect("relay:22001", half_close=True)
            self.net.run()
            client.abort()
            self.net.run()
            self.assertEqual(len(made), int(wanted))
        self.assertIsInstance(made[0], ConnectionDone)

    def test_listened_with_once(self) -> None:
        """Whoever derives from it is told so once, whatever it serves later."""
        told: list[str] = []

        class Derived(RelayFactory):
            def startFactory(self) -> None:
                super().startFactory()
                told.append("start")

        derived = Derived(self.pool, self.net.clock, fail_back=5)
        self.addCleanup(derived.stop)
        self.net.listen("relay:22001", derived)
        self.assertTrue(derived.turn(RelayFactory(self.pool, self.net.clock, fail_back=7)))
        self.assertEqual(told, ["start"])

    def test_half_gone_is_not_gone(self) -> None:
        """A connection lives until both its sides are gone."""
        client, node = self.joined()
        node.pause()
        client.write(bytes(1 << 20))
        self.net.run()
        client.close()
        self.net.run()
        self.assertEqual(len(self.relay.connections), 1)
        node.resume()
        self.net.run()
        node.close()
        self.assert_all_gone()

    def test_500_silent_clients(self) -> None:
        """They cost no other client anything; afterwards all is as before."""
        silent = [self.client() for _ in range(500)]
        self.net.run()
        client, node = self.joined()
        client.write(b"hello")
        self.net.run()
        self.assertEqual(node.received, b"hello")
        self.assertEqual(len(self.relay.connections), 501)
        client.abort()
        for other in silent:
            other.abort()
        self.assert_all_gone()
        self.assertEqual(self.relay.counters.requests, 501)

    def test_2000_in_a_row(self) -> None:
        for number in range(2000):
            client, node = self.joined()
            client.write(b"%d" % number)
            self.net.run()
            self.assertEqual(node.received, b"%d" % number)
            client.close()
            node.close()
            self.net.run()
            self.assertEqual(len(self.relay.connections), 0)
        self.assert_all_gone()

    def test_member_that_is_removed(self) -> None:
        """Its connections live on; new ones go elsewhere; it is told when the last one is gone."""
        client, node = self.joined()
        self.pool.add(Upstream("other", self.net.client_endpoint("other:1")))
        member = self.pool.members[0]
        done = self.pool.remove(member)
        client.write(b"hello")
        self.net.run()
        self.assertEqual((node.received, member.in_flight), (b"hello", 1))
        self.assertNoResult(done)
        client.abort()
        self.net.run()
        self.assertIsNone(self.successResultOf(done))
        self.client()
        self.net.run()
        self.assertEqual((member.picked, self.pool.members[0].picked), (1, 1))

    def test_name_and_counters(self) -> None:
        """They are the pool's, unless told otherwise."""
        self.assertIs(self.relay.counters, self.pool.counters)
        self.assertEqual(self.relay.name, "rpc")
        self.assertEqual(RelayFactory(self.pool, self.net.clock, name="front").name, "front")


class IdleTests(RelayCase):
    """Whose connection may be closed for another client."""

    def test_who(self) -> None:
        """Silent, and nobody waits: the last bytes went to the client, or there were none."""
        (silent, _), (asks, _), (told, node) = (self.joined() for _ in range(3))
        self.net.advance(5)
        asks.write(b"call")
        node.write(b"result")
        self.net.run()
        self.net.advance(5)
        self.assertEqual(sorted(one.since for one in self.relay.idle()), [0, 5])
        first = min(self.relay.idle(), key=lambda one: one.since)
        self.assertTrue(first.close())
        self.net.run()
        self.assertEqual([one.read_ended for one in (silent, asks, told)], [True, False, False])

    def test_busy_again(self) -> None:
        """What moved since it was looked at is not closed."""
        client, _ = self.joined()
        (found,) = self.relay.idle()
        self.net.advance(1)
        client.write(b"call")
        self.net.run()
        self.assertFalse(found.close())
        self.assertFalse(client.read_ended)

    def test_not_yet_joined(self) -> None:
        self.client()
        self.assertEqual(list(self.relay.idle()), [])


class LetGoTests(SynchronousTestCase):
    """On sockets: what ended is let go of at once, and does not wait for the garbage collector."""

    def setUp(self) -> None:
        self.reactor = Turns()
        self.nodes = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.nodes.close)
        upstream = Upstream("a", SocketClientEndpoint(self.reactor, socket.AF_INET, self.nodes.getsockname()))
        self.relay = RelayFactory(UpstreamPool("rpc", [upstream]), self.reactor)
        endpoint = SocketServerEndpoint(self.reactor, 0, 10, "127.0.0.1")
        self.port = self.successResultOf(endpoint.listen(self.relay))
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)

    def tearDown(self) -> None:
        stopped = self.port.stopListening()
        self.reactor.run()
        if stopped is not None:
            self.successResultOf(stopped)

    def begin(self) -> socket.socket:
        """A client; also keep an eye on the parts of its connection."""
        address = self.port.getHost()
        client = socket.create_connection((address.host, address.port))
        client.send(b"hello")
        self.reactor.run()
        (connection,) = self.relay.connections
        self.watched = [weakref.ref(connection), weakref.ref(connection.bridge)]
        return client

    def assert_let_go(self) -> None:
        self.reactor.run()
        self.assertEqual(self.relay.connections, set())
        self.assertEqual([one() for one in self.watched], [None, None])

    def test_closed(self) -> None:
        client = self.begin()
        node, _ = self.nodes.accept()
        self.assertEqual(node.recv(10), b"hello")
        client.close()
        node.close()
        self.assert_let_go()

    def test_broken(self) -> None:
        for broken in ("client", "node"):
            client = self.begin()
            node, _ = self.nodes.accept()
            gone, left = (client, node) if broken == "client" else (node, client)
            gone.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            gone.close()
            self.assert_let_go()
            with self.assertRaises(ConnectionResetError):
                while left.recv(10):
                    pass
            left.close()


class DrainTests(RelayCase):
    """Accept nothing new, finish what lives, cut what lasts too long."""

    def test_nothing_there(self) -> None:
        self.successResultOf(self.relay.drain(5))
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_finishes(self) -> None:
        client, node = self.joined()
        drained = self.relay.drain(5)
        client.write(b"still served")
        self.net.run()
        self.assertEqual(node.received, b"still served")
        self.assertNoResult(drained)
        client.close()
        node.close()
        self.net.run()
        self.successResultOf(drained)
        self.assert_all_gone()

    def test_new_clients_are_turned_away(self) -> None:
        self.joined()
        self.relay.drain()
        late = self.client()
        self.net.run()
        self.assertTrue(late.read_ended)
        self.assertEqual(self.relay.counters.requests, 1)

    def test_cuts(self) -> None:
        """What is left at the deadline is broken off, on both sides."""
        client, node = self.joined()
        drained = self.relay.drain(5)
        self.net.advance(4.9)
        self.assertNoResult(drained)
        self.net.advance(0.1)
        self.successResultOf(drained)
        self.assertEqual((client.how_it_ended, node.how_it_ended), ("ConnectionLost", "ConnectionLost"))
        self.assert_all_gone()

    def test_cuts_while_dialling(self) -> None:
        self.net.black_hole("a:1")
        self.net.black_hole("b:1")
        client = self.client()
        self.net.run()
        drained = self.relay.drain(0.5)
        self.net.advance(0.5)
        self.successResultOf(drained)
        self.assertEqual(client.how_it_ended, "ConnectionLost")
        self.assert_all_gone()

    def test_no_limit(self) -> None:
        self.joined()
        drained = self.relay.drain()
        self.net.advance(100_000)
        self.assertNoResult(drained)
        self.relay.cut()
        self.net.run()
        self.successResultOf(drained)

    def test_waited_for_twice(self) -> None:
        """Whoever asks is told; one that is cancelled does not disturb the other."""
        client, _ = self.joined()
        first, second, third = self.relay.drain(), self.relay.drain(7), self.relay.drain(8)
        third.addErrback(lambda _: None)
        third.cancel()
        client.abort()
        self.net.run()
        self.successResultOf(first)
        self.successResultOf(second)
        self.assert_all_gone()

    def test_the_last_bytes_went_to_the_client(self) -> None:
        """Half a second after them nobody waits for anything, and the connection ends, with all its bytes."""
        client, node = self.joined()
        client.write(b"call")
        self.net.run()
        drained = self.relay.drain(5, 0.5)
        self.net.advance(2)
        node.write(b"result")
        self.net.run()
        self.net.advance(0.4)
        self.assertNoResult(drained)
        self.net.advance(0.2)
        self.net.run()
        self.successResultOf(drained)
        self.assertEqual((client.received, client.read_ended), (b"result", True))
        self.assertTrue(node.read_ended)

    def test_idle_for_long(self) -> None:
        """It ends at once."""
        client, node = self.joined()
        node.write(b"greeting")
        self.net.run()
        self.net.advance(60)
        drained = self.relay.drain(5, 0.5)
        self.net.run()
        self.net.advance(0)
        self.net.run()
        self.successResultOf(drained)
        self.assertEqual((client.received, client.read_ended), (b"greeting", True))

    def test_the_last_bytes_went_to_the_node(self) -> None:
        """It may be at work: it has until the deadline."""
        client, node = self.joined()
        client.write(b"commit")
        self.net.run()
        drained = self.relay.drain(5, 0.5)
        self.net.advance(4.9)
        self.assertIsNone(client.how_it_ended)
        self.assertNoResult(drained)
        self.net.advance(0.1)
        self.net.run()
        self.successResultOf(drained)
        self.assertEqual(node.how_it_ended, "ConnectionLost")

    def test_speaks_again(self) -> None:
        """Bytes that come meanwhile begin the silence anew."""
        client, node = self.joined()
        node.write(b"1")
        self.net.run()
        drained = self.relay.drain(9, 0.5)
        for _ in range(5):
            self.net.advance(0.4)
            node.write(b"x")
            self.net.run()
        self.assertNoResult(drained)
        self.assertEqual(client.received, b"1xxxxx")
