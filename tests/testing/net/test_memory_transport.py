"""One connection in memory behaves as Twisted's TCP transport does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.interfaces import IConsumer, IPullProducer, IPushProducer, ITCPTransport
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from quorumha.testing import MemoryTopology, MemoryTransport, Recorder
from quorumha.testing.http.chunking import drawn, seeded
from quorumha.testing.net.memory_transport import WRITE_BUFFER
from tests.testing.net.connected import PLACE, Connection


@implementer(IPushProducer)
class Pushing:
    """Notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def pauseProducing(self) -> None:
        self.told.append("pause")

    def resumeProducing(self) -> None:
        self.told.append("resume")

    def stopProducing(self) -> None:
        self.told.append("stop")


@implementer(IPullProducer)
class Pulled:
    """Writes one block each time it is asked, then ends."""

    def __init__(self, consumer: MemoryTransport, blocks: int) -> None:
        self.consumer, self.blocks = consumer, blocks
        self.stopped = False

    def resumeProducing(self) -> None:
        if self.blocks:
            self.blocks -= 1
            self.consumer.write(bytes(1000))
        else:
            self.consumer.unregisterProducer()

    def stopProducing(self) -> None:
        self.stopped = True


class WritingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology(capacity=1000)
        pair = Connection(self.net)
        self.client, self.node = pair.client, pair.node

    def test_provides_what_tcp_provides(self) -> None:
        for interface in (ITCPTransport, IConsumer, IPushProducer):
            verifyObject(interface, self.client.wire)
        self.client.wire.setTcpNoDelay(True)
        self.client.wire.setTcpKeepAlive(True)
        self.assertFalse(self.client.wire.getTcpNoDelay() or self.client.wire.getTcpKeepAlive())
        self.assertFalse(hasattr(self.client.wire, "getHandle"))

    def test_nothing_arrives_inside_write(self) -> None:
        self.client.write(b"hello")
        self.assertEqual(self.node.received, b"")
        self.net.run()
        self.assertEqual(self.node.received, b"hello")

    def test_pieces_are_as_written(self) -> None:
        self.client.write(b"one")
        self.client.wire.writeSequence([b"t", b"w", b"o"])
        self.client.write(b"")
        self.net.run()
        self.assertEqual(self.node.pieces, [b"one", b"two"])

    def test_only_bytes(self) -> None:
        for wrong in ("text", bytearray(b"x"), None):
            self.assertRaises(TypeError, self.client.wire.write, wrong)

    def test_what_a_paused_reader_does_not_take_stays_with_the_writer(self) -> None:
        self.node.pause()
        self.client.write(bytes(5000))
        self.net.run()
        self.assertEqual(
            (self.node.received, self.node.wire.unread, self.client.wire.unsent), (b"", 1000, 4000)
        )
        self.assertEqual(self.net.buffered.now, 5000)
        self.node.resume()
        self.net.run()
        self.assertEqual(len(self.node.received), 5000)
        self.assertEqual(self.node.wire.read, 5000)
        self.assertEqual((self.net.buffered.now, self.net.buffered.most), (0, 5000))

    def test_paused_inside_a_delivery(self) -> None:
        self.node.dataReceived = lambda data: (self.node.pieces.append(data), self.node.pause())
        for piece in (b"one", b"two"):
            self.client.write(piece)
        self.net.run()
        self.assertEqual(self.node.pieces, [b"one"])

    def test_a_protocol_may_be_replaced(self) -> None:
        later = Recorder()
        self.node.wire.protocol = later
        self.client.write(b"hello")
        self.net.run()
        self.assertEqual((self.node.received, later.received), (b"", b"hello"))

    def test_a_protocol_that_raises_loses_its_connection(self) -> None:
        def raises(data: bytes) -> None:
            raise ArithmeticError("on purpose")

        self.node.dataReceived = raises
        self.client.write(b"x")
        self.net.run()
        self.assertEqual(len(self.flushLoggedErrors(ArithmeticError)), 1)
        self.assertEqual(self.node.how_it_ended, "ArithmeticError")
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")


class ClosingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology(capacity=1000)
        pair = Connection(self.net)
        self.client, self.node = pair.client, pair.node

    def test_flushes_first(self) -> None:
        self.node.pause()
        self.client.write(bytes(5000))
        self.client.close()
        self.net.run()
        self.assertTrue(self.client.wire.disconnecting)
        self.assertIs(self.client.reason, None)
        self.node.resume()
        self.net.run()
        self.assertEqual(len(self.node.received), 5000)
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")
        self.assertEqual(self.node.how_it_ended, "ConnectionDone")

    def test_ends_in_a_later_turn_and_once(self) -> None:
        self.client.close()
        self.client.close()
        self.assertIs(self.client.reason, None)
        self.net.run()
        self.client.write(b"too late")
        self.client.close()
        self.client.abort()
        self.net.run()
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")
        self.assertEqual(self.node.received, b"")

    def test_reads_nothing_while_closing(self) -> None:
        self.node.pause()
        self.client.write(bytes(5000))
        self.client.close()
        self.node.write(b"too late")
        self.net.run()
        self.client.resume()
        self.net.run()
        self.assertEqual(self.client.received, b"")

    def test_bytes_never_read_make_it_a_break(self) -> None:
        self.client.pause()
        self.node.write(b"unread")
        self.net.run()
        self.client.close()
        self.net.run()
        self.assertEqual(self.node.how_it_ended, "ConnectionLost")

    def test_abort(self) -> None:
        self.node.pause()
        self.client.write(bytes(5000))
        self.net.run()
        self.client.abort()
        self.client.abort()
        self.assertIs(self.client.reason, None)
        self.net.run()
        self.assertEqual(self.client.how_it_ended, "ConnectionAborted")
        self.assertEqual(self.client.wire.unsent, 0)
        self.node.resume()
        self.net.run()
        self.assertEqual(len(self.node.received), 1000)
        self.assertEqual(self.node.how_it_ended, "ConnectionLost")

    def test_a_paused_reader_does_not_see_the_end(self) -> None:
        self.node.pause()
        self.client.close()
        self.net.run()
        self.assertIs(self.node.reason, None)
        self.node.resume()
        self.net.run()
        self.assertEqual(self.node.how_it_ended, "ConnectionDone")

    def test_a_paused_reader_that_writes_learns_of_it(self) -> None:
        self.node.pause()
        self.client.close()
        self.net.run()
        self.node.write(b"anybody?")
        self.net.run()
        self.assertEqual(self.node.how_it_ended, "ConnectionLost")

    def test_transport_as_producer_stops(self) -> None:
        self.client.wire.stopProducing()
        self.net.run()
        self.assertEqual(self.node.how_it_ended, "ConnectionDone")


class HalfClosingTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology(capacity=1000)
        pair = Connection(self.net, half_close=True)
        self.client, self.node = pair.client, pair.node

    def test_carried_after_the_bytes_and_the_other_way_lives(self) -> None:
        self.client.write(bytes(5000))
        self.client.end()
        self.client.write(b"in time")
        self.net.run()
        self.client.write(b"too late")
        self.node.write(b"answer")
        self.net.run()
        self.assertEqual(self.node.received, bytes(5000) + b"in time")
        self.assertEqual((self.client.write_ended, self.node.read_ended), (True, True))
        self.assertEqual(self.client.received, b"answer")
        self.assertEqual((self.client.reason, self.node.reason), (None, None))
        self.node.close()
        self.net.run()
        self.assertEqual(self.node.how_it_ended, "ConnectionDone")
        self.assertTrue(self.client.read_ended)
        self.client.close()
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")

    def test_a_protocol_that_knows_nothing_of_it_is_closed(self) -> None:
        plain = Recorder()
        self.node.wire.protocol = plain
        self.client.end()
        self.net.run()
        self.assertEqual(plain.how_it_ended, "ConnectionDone")
        self.assertTrue(self.client.read_ended)

    def test_writing_to_who_is_gone(self) -> None:
        self.client.close()
        self.net.run()
        self.assertIs(self.node.reason, None)
        self.node.write(b"anybody?")
        self.net.run()
        self.assertEqual(self.node.how_it_ended, "ConnectionLost")


class ProducerTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology(capacity=1000)
        pair = Connection(self.net)
        self.client, self.node = pair.client, pair.node
        self.wire = self.client.wire

    def test_streaming(self) -> None:
        producer = Pushing()
        self.wire.registerProducer(producer, True)
        self.node.pause()
        self.client.write(bytes(WRITE_BUFFER))
        self.assertEqual(producer.told, [])
        self.client.write(b"x")
        self.assertEqual(producer.told, ["pause"])
        self.net.run()
        self.assertEqual(producer.told, ["pause"])
        self.node.resume()
        self.net.run()
        self.assertEqual(producer.told, ["pause", "resume"])

    def test_pulled(self) -> None:
        producer = Pulled(self.wire, 7)
        self.wire.registerProducer(producer, False)
        self.assertEqual(self.wire.unsent, 1000)
        self.client.close()
        self.net.run()
        self.assertEqual(len(self.node.received), 7000)
        self.assertLessEqual(self.net.buffered.most, 2000)
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")
        self.assertFalse(producer.stopped)

    def test_stopped_when_the_connection_ends(self) -> None:
        producer = Pushing()
        self.wire.registerProducer(producer, True)
        self.node.close()
        self.net.run()
        self.assertEqual(producer.told, ["stop"])
        late = Pushing()
        self.wire.registerProducer(late, True)
        self.assertEqual(late.told, ["stop"])

    def test_one_at_a_time(self) -> None:
        self.wire.registerProducer(Pushing(), True)
        self.assertRaises(RuntimeError, self.wire.registerProducer, Pushing(), True)
        self.wire.unregisterProducer()
        self.wire.registerProducer(Pushing(), True)

    def test_a_paused_producer_holds_the_close_back(self) -> None:
        producer = Pushing()
        self.wire.registerProducer(producer, True)
        self.node.pause()
        self.client.write(bytes(WRITE_BUFFER + 1))
        self.client.close()
        self.node.resume()
        self.net.run()
        self.assertEqual(producer.told, ["pause", "resume"])
        self.assertIs(self.client.reason, None)
        self.wire.unregisterProducer()
        self.net.run()
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")


WRITES = st.lists(st.tuples(st.booleans(), st.binary(max_size=300)), max_size=30)


class PropertyTests(SynchronousTestCase):
    @settings(max_examples=60, deadline=None)
    @given(data=st.data(), writes=WRITES, capacity=st.integers(1, 200), half_close=st.booleans())
    def test_no_byte_is_lost_or_moved(
        self, data: st.DataObject, writes: list[tuple[bool, bytes]], capacity: int, half_close: bool
    ) -> None:
        """Whatever the pieces, the order of turns and the pauses, both ends read what was written."""
        net = MemoryTopology(
            capacity=capacity,
            chunker=drawn(lambda low, high: data.draw(st.integers(low, high))),
            order=lambda count: data.draw(st.integers(0, count - 1)),
        )
        pair = Connection(net, half_close)
        for upward, block in writes:
            writer, reader = (pair.client, pair.node) if upward else (pair.node, pair.client)
            match data.draw(st.integers(0, 4)):
                case 0:
                    reader.pause()
                case 1:
                    reader.resume()
                case 2:
                    net.run()
            writer.write(block)
        pair.client.resume()
        pair.node.resume()
        net.run()
        pair.client.end() if half_close else pair.client.close()
        net.run()
        self.assertEqual(pair.node.received, b"".join(block for up, block in writes if up))
        self.assertEqual(pair.client.received, b"".join(block for up, block in writes if not up))
        self.assertEqual(net.buffered.now, 0)

    @settings(max_examples=60, deadline=None)
    @given(blocks=st.lists(st.binary(max_size=50), max_size=20), seed=st.integers(), stop=st.integers(0, 100))
    def test_a_break_leaves_a_true_beginning(self, blocks: list[bytes], seed: int, stop: int) -> None:
        """After a break, what was read is how the written bytes begin, and nothing is held."""
        net = MemoryTopology(capacity=64, chunker=seeded(seed))
        pair = Connection(net)
        for block in blocks:
            pair.client.write(block)
        net.clock.callLater(0, pair.client.abort)
        if stop % 2:
            net.kill(PLACE, reset=True)
        net.run()
        self.assertTrue(b"".join(blocks).startswith(pair.node.received))
        self.assertEqual(net.buffered.now, 0)
        self.assertEqual(net.connections(PLACE), [])


class StillTests(SynchronousTestCase):
    """C{stand_still}: no byte moves, and any end is seen at once, as on sockets."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        connection = Connection(self.net, half_close=True)
        self.node, self.client = connection.node, connection.client
        (self.transport,) = self.net.connections(PLACE)

    def test_bytes(self) -> None:
        """Neither way, until it goes on; then in order."""
        self.transport.stand_still()
        self.client.write(b"question")
        self.transport.write(b"answer")
        self.net.run()
        self.assertEqual((self.node.received, self.client.received), (b"", b""))
        self.transport.move_on(True)
        self.client.write(b"!")
        self.net.run()
        self.assertEqual((self.node.received, self.client.received), (b"question!", b"answer"))

    def test_stays_paused(self) -> None:
        """Who was not read is not read."""
        self.transport.pauseProducing()
        self.transport.stand_still()
        self.transport.move_on(False)
        self.client.write(b"question")
        self.net.run()
        self.assertEqual(self.node.received, b"")

    def test_ends(self) -> None:
        """A half that ends behind bytes is a break; so is an end that was there before."""
        self.client.write(b"last word")
        self.client.end()
        self.transport.stand_still()
        self.net.run()
        self.assertEqual((self.node.received, self.node.how_it_ended), (b"", "ConnectionLost"))
        self.assertEqual(self.net.connections(PLACE), [])
