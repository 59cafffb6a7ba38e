"""Bridge: one idle limit for both directions, the time of a side that is left alone, and TLS."""

from __future__ import annotations

import contextlib

from twisted.internet.endpoints import wrapClientTLS, wrapServerTLS
from twisted.internet.protocol import Factory

from quorumha.endpoints.certificates import Certificates
from quorumha.endpoints.handshake import HandshakeClientEndpoint, HandshakeFactory
from quorumha.endpoints.tls import client_creator
from quorumha.relay.bridge import LINGER
from quorumha.relay.factory import RelayFactory
from quorumha.testing import NeverQuiet, Recorder
from tests.endpoints.papers import Papers
from tests.relay.relayed import RelayCase


class IdleTests(RelayCase):
    """No byte in either direction for so long: both sides are cut."""

    idle_timeout = 60.0

    def test_silence(self) -> None:
        client, node = self.joined()
        self.net.advance(59)
        self.assertIsNone(client.how_it_ended)
        self.net.advance(1)
        self.assertEqual((client.how_it_ended, node.how_it_ended), ("ConnectionLost", "ConnectionLost"))
        self.assert_all_gone()

    def test_either_direction_counts(self) -> None:
        client, node = self.joined()
        for writer in (client, node, node, client):
            self.net.advance(50)
            writer.write(b"x")
            self.net.run()
        self.net.advance(59)
        self.assertIsNone(client.how_it_ended)
        self.assertEqual(len(self.net.clock.getDelayedCalls()), 1)
        self.net.advance(1)
        self.assertEqual(client.how_it_ended, "ConnectionLost")

    def test_half_closed(self) -> None:
        """A half-closed connection is no longer exempt from it."""
        client, node = self.joined()
        client.end()
        self.net.advance(60)
        self.assertEqual(client.how_it_ended, "ConnectionLost")
        node.close()
        self.assert_all_gone()

    def test_reader_that_reads_nothing(self) -> None:
        """Bytes that nobody takes do not count for ever."""
        client, node = self.joined()
        client.pause()
        node.write(bytes(1 << 20))
        self.net.advance(60)
        client.resume()
        self.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionLost")
        self.assertLess(len(client.received), 1 << 20)
        self.assert_all_gone()

    def test_slow_reader(self) -> None:
        """One that takes a little now and then is served to the end."""
        client, node = self.joined()
        client.pause()
        node.write(bytes(1 << 20))
        for _ in range(80):
            self.net.advance(25)
            client.resume()
            with contextlib.suppress(NeverQuiet):
                self.net.run(1)
            client.pause()
        client.resume()
        self.net.run()
        self.assertEqual(len(client.received), 1 << 20)


class NoLimitTests(RelayCase):
    """The TCP default: a silent connection may be silent for ever."""

    def test_silence(self) -> None:
        client, node = self.joined()
        self.net.advance(1_000_000)
        node.write(b"a new block")
        self.net.run()
        self.assertEqual(client.received, b"a new block")
        self.assertEqual(self.net.clock.getDelayedCalls(), [])


class HalfClosedTests(RelayCase):
    """One direction has ended; there is no idle limit."""

    def test_node_ended_and_the_client_never_does(self) -> None:
        """The client has all bytes: it is not waited for for ever."""
        client, node = self.joined()
        node.write(b"bye")
        node.end()
        self.net.advance(LINGER - 1)
        self.assertEqual((client.received, client.read_ended), (b"bye", True))
        self.assertEqual((client.how_it_ended, node.how_it_ended), (None, None))
        self.net.advance(1)
        self.net.run()
        self.assertEqual(node.how_it_ended, "ConnectionLost")
        client.close()
        self.assert_all_gone()

    def test_client_goes_on_sending(self) -> None:
        """It is silence that ends it."""
        client, node = self.joined()
        node.end()
        for _ in range(10):
            self.net.advance(LINGER - 1)
            client.write(b"x")
            self.net.run()
        self.assertEqual(node.received, b"x" * 10)
        client.end()
        node.close()
        self.assert_all_gone()

    def test_client_has_not_all_bytes(self) -> None:
        """As long as it has bytes to take, it is no half-closed rest."""
        client, node = self.joined()
        client.pause()
        node.write(bytes(1 << 20))
        node.end()
        self.net.advance(10 * LINGER)
        client.resume()
        self.net.run()
        self.assertEqual((len(client.received), client.read_ended), (1 << 20, True))

    def test_client_ended_and_waits(self) -> None:
        """A response may take minutes."""
        client, node = self.joined()
        client.write(b"trace")
        client.end()
        self.net.advance(100 * LINGER)
        node.write(b"response")
        node.end()
        self.net.run()
        self.assertEqual((client.received, client.read_ended), (b"response", True))
        self.assertEqual(self.relay.connections, set())


class IdleForTests(RelayCase):
    """Whether anybody waits for anything."""

    def idle_for(self) -> float:
        (connection,) = self.relay.connections
        return max(self.net.clock.seconds() - connection.idle_since, 0.0)

    def test_before_there_is_an_upstream(self) -> None:
        self.net.black_hole("a:1")
        self.client()
        self.net.run()
        self.net.advance(0.5)
        self.assertEqual(self.idle_for(), 0)

    def test_silent_from_the_beginning(self) -> None:
        self.joined()
        self.net.advance(3)
        self.assertEqual(self.idle_for(), 3)

    def test_who_spoke_last(self) -> None:
        """Nobody knows how long a node works on what it was sent."""
        client, node = self.joined()
        client.write(b"question")
        self.net.advance(3)
        self.assertEqual(self.idle_for(), 0)
        node.write(b"response")
        self.net.run()
        self.assertEqual(self.idle_for(), 0)
        self.net.advance(2)
        self.assertEqual(self.idle_for(), 2)
        client.write(b"question")
        self.net.run()
        self.assertEqual(self.idle_for(), 0)

    def test_early_question(self) -> None:
        """What the client sent before there was an upstream counts, too."""
        client = self.client()
        client.write(b"question")
        self.net.run()
        self.net.advance(3)
        self.assertEqual(self.idle_for(), 0)

    def test_client_has_not_all(self) -> None:
        client, node = self.joined()
        client.pause()
        node.write(bytes(1 << 20))
        self.net.advance(3)
        self.assertEqual(self.idle_for(), 0)
        client.resume()
        self.net.run()
        self.net.advance(3)
        self.assertEqual(self.idle_for(), 3)

    def test_close(self) -> None:
        """Ended, after what was sent."""
        client, node = self.joined()
        node.write(b"response")
        self.net.run()
        (connection,) = self.relay.connections
        connection.bridge.close()
        self.net.run()
        self.assertEqual((client.received, client.read_ended, node.read_ended), (b"response", True, True))
        client.close()
        node.close()
        self.assert_all_gone()


class LingerTests(RelayCase):
    """One side is gone, the other has a limited time to take what is left."""

    def joined_and_left(self) -> Recorder:
        """A client that has not read all, and whose node is gone."""
        client, node = self.joined()
        client.pause()
        for size in (65_536, 30_000):
            node.write(bytes(size))
            self.net.run()
        node.close()
        self.net.run()
        client.write(b"more, which is a reset to a node that is gone")
        self.net.run()
        self.assertEqual(self.pool.members[0].in_flight, 0)
        self.assertEqual(len(self.relay.connections), 1)
        return client

    def test_in_time(self) -> None:
        client = self.joined_and_left()
        self.net.advance(LINGER - 1)
        client.resume()
        self.net.run()
        self.assertEqual((len(client.received), client.read_ended), (95_536, True))
        client.close()
        self.assert_all_gone()

    def test_too_late(self) -> None:
        client = self.joined_and_left()
        self.net.advance(LINGER)
        client.resume()
        self.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionLost")
        self.assert_all_gone()

    def test_slow_reader(self) -> None:
        """Who takes a little now and then is served to the end."""
        client, node = self.joined()
        client.pause()
        for size in (65_536,) * 5:
            node.write(bytes(size))
            self.net.run()
        node.close()
        self.net.run()
        for _ in range(60):
            self.net.advance(LINGER - 5)
            client.resume()
            with contextlib.suppress(NeverQuiet):
                self.net.run(1)
            client.pause()
        client.resume()
        self.net.run()
        self.assertEqual((len(client.received), client.read_ended), (5 * 65_536, True))

    def test_what_still_comes_is_dropped(self) -> None:
        """A client that goes on writing is read, so that it need not be reset, and nothing is kept."""
        client = self.joined_and_left()
        client.write(bytes(4 << 20))
        self.net.run()
        self.assertEqual(client.transport.unsent, 0)
        client.resume()
        self.net.run()
        self.assertEqual((len(client.received), client.read_ended), (95_536, True))


class TLSTests(RelayCase):
    """TLS in front of the relay, and behind it: it cannot half-close, and its truncation shows."""

    def setUp(self) -> None:
        super().setUp()
        self.papers = Papers(self.mktemp())

    def shake(self, place: str) -> Recorder:
        """A client that speaks TLS."""
        recorder = Recorder()
        creator = client_creator(self.papers.client())
        tls = wrapClientTLS(creator, self.net.client_endpoint(place), self.net.clock)
        HandshakeClientEndpoint(tls).connect(Factory.forProtocol(lambda: recorder))
        self.net.advance(0)
        return recorder

    def front(self) -> tuple[Recorder, Recorder]:
        """A TLS client of the relay, and the plain node."""
        options = Certificates().server(self.papers.server())
        tls = wrapServerTLS(options, self.net.server_endpoint("tls:443"), self.net.clock)
        tls.listen(HandshakeFactory(self.relay, self.net.clock, lambda: 10))
        client = self.shake("tls:443")
        return client, self.a.taken[-1]

    def behind(self) -> tuple[Recorder, Recorder]:
        """A plain client, and the node that speaks TLS."""
        options = Certificates().server(self.papers.server())
        tls = wrapServerTLS(options, self.net.server_endpoint("node:443"), self.net.clock)
        tls.listen(HandshakeFactory(self.a, self.net.clock, lambda: 10))
        creator = client_creator(self.papers.client())
        endpoint = wrapClientTLS(creator, self.net.client_endpoint("node:443"), self.net.clock)
        self.relay = RelayFactory(HandshakeClientEndpoint(endpoint), self.net.clock)
        self.net.listen("plain:1", self.relay)
        client = self.net.connect("plain:1", half_close=True)
        self.net.advance(0)
        return client, self.a.taken[-1]

    def assert_both_ways(self, client: Recorder, node: Recorder) -> None:
        client.write(b"up" * 100_000)
        node.write(b"down" * 100_000)
        self.net.advance(0)
        self.assertEqual((len(node.received), len(client.received)), (200_000, 400_000))

    def test_front(self) -> None:
        client, node = self.front()
        self.assert_both_ways(client, node)
        client.close()
        self.net.advance(0)
        self.assertTrue(node.read_ended)
        node.close()
        self.net.advance(0)
        self.assertEqual(self.relay.connections, set())

    def test_behind(self) -> None:
        client, node = self.behind()
        self.assert_both_ways(client, node)
        node.close()
        self.net.advance(0)
        self.assertEqual((client.read_ended, client.how_it_ended), (True, None))
        client.close()
        self.net.advance(0)
        self.assertEqual(self.relay.connections, set())

    def test_nobody_is_dialled_before_the_handshake(self) -> None:
        self.front()
        silent = self.net.connect("tls:443")
        self.net.advance(0)
        self.assertEqual(len(self.a.taken), 1)
        silent.abort()

    def test_front_node_ends(self) -> None:
        """A node's end closes a TLS client, after all bytes, with close_notify."""
        client, node = self.front()
        node.write(b"all of it" * 100_000)
        node.end()
        self.net.advance(0)
        self.assertEqual(len(client.received), 900_000)
        self.assertEqual(client.how_it_ended, "ConnectionDone")

    def test_front_node_ends_and_the_client_says_nothing(self) -> None:
        """TLS waits for the client's word, but not for ever."""
        client, node = self.front()
        client.transport.transport.frozen = True
        node.end()
        self.net.advance(LINGER - 1)
        self.assertEqual(len(self.relay.connections), 1)
        self.net.advance(1)
        self.net.run()
        self.assertEqual(self.relay.connections, set())

    def test_front_closed(self) -> None:
        """With TLS's own word; who does not respond to it has a limited time."""
        for frozen in (False, True):
            client, node = self.front() if not frozen else (self.shake("tls:443"), self.a.taken[-1])
            node = self.a.taken[-1]
            node.write(b"response")
            self.net.advance(0)
            client.transport.transport.frozen = frozen
            (connection,) = self.relay.connections
            connection.bridge.close()
            self.net.advance(0)
            self.assertEqual(client.received, b"response")
            self.assertTrue(node.read_ended)
            if not frozen:
                self.assertEqual(client.how_it_ended, "ConnectionDone")
            self.net.advance(LINGER)
            self.net.run()
            self.assertEqual(self.relay.connections, set())
            node.close()
            self.net.run()

    def test_front_node_resets(self) -> None:
        """A node's break is a truncation for a TLS client, too."""
        client, node = self.front()
        node.write(b"half an ans")
        self.net.advance(0)
        node.abort()
        self.net.advance(0)
        self.assertEqual((client.received, client.how_it_ended), (b"half an ans", "ConnectionLost"))

    def test_front_client_truncates(self) -> None:
        """A TLS client that ends without close_notify is a break for the node."""
        client, node = self.front()
        client.write(b"half a quest")
        self.net.advance(0)
        # The plain connection below TLS, closed without a word of TLS.
        client.transport.transport.loseConnection()
        self.net.advance(0)
        self.assertEqual((node.received, node.how_it_ended), (b"half a quest", "ConnectionLost"))

    def test_behind_node_truncates(self) -> None:
        client, node = self.behind()
        node.write(b"half an ans")
        self.net.advance(0)
        node.transport.transport.loseConnection()
        self.net.advance(0)
        self.assertEqual((client.received, client.how_it_ended), (b"half an ans", "ConnectionLost"))
        self.assertFalse(client.read_ended)

    def test_behind_client_half_closes(self) -> None:
        """It cannot be told to the node without closing; the answer still comes, if it comes in time."""
        client, node = self.behind()
        client.write(b"question")
        client.end()
        self.net.advance(LINGER - 1)
        node.write(b"answer")
        self.net.advance(LINGER - 1)
        node.close()
        self.net.advance(0)
        self.assertEqual((client.received, client.read_ended), (b"answer", True))
        client.close()
        self.net.advance(0)
        self.assertEqual(self.relay.connections, set())

    def test_behind_client_waits(self) -> None:
        """A response may take minutes; once it came, silence is limited."""
        client, node = self.behind()
        client.write(b"trace")
        client.end()
        self.net.advance(20 * LINGER)
        node.write(b"response")
        self.net.advance(LINGER - 1)
        self.assertEqual((client.received, node.how_it_ended), (b"response", None))
        self.net.advance(1)
        self.net.run()
        self.assertEqual(node.how_it_ended, "ConnectionLost")
        self.assertEqual(self.relay.connections, set())

    def test_behind_client_gone(self) -> None:
        """A client that closed leaves no connection behind, though the node never says a word."""
        client, node = self.behind()
        client.close()
        self.net.advance(LINGER)
        self.net.run()
        self.assertEqual(node.how_it_ended, "ConnectionLost")
        self.assertEqual(self.relay.connections, set())
