"""Side: bytes both ways, back-pressure both ways, and every kind of end carried as it is."""

from __future__ import annotations

import contextlib

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import NeverQuiet, Recorder
from quorumha.testing.http.chunking import drawn
from tests.relay.relayed import RelayCase

MEGABYTE = 1 << 20


class BytesTests(RelayCase):
    """What goes in comes out."""

    def test_both_ways(self) -> None:
        client, node = self.joined()
        client.write(b"question")
        node.write(b"greeting ")
        self.net.run()
        self.assertEqual(node.received, b"question")
        node.write(b"answer")
        self.net.run()
        self.assertEqual(client.received, b"greeting answer")

    def test_large(self) -> None:
        """More than any buffer holds, both ways at once."""
        client, node = self.joined()
        up, down = bytes(range(256)) * 4096, bytes(reversed(range(256))) * 4096
        client.write(up)
        node.write(down)
        self.net.run()
        self.assertTrue(node.received == up)
        self.assertTrue(client.received == down)

    def test_many(self) -> None:
        """Connections do not mix."""
        pairs = [self.joined() for _ in range(20)]
        for number, (client, node) in enumerate(pairs):
            client.write(b"c%d" % number)
            node.write(b"n%d" % number)
        self.net.run()
        for number, (client, node) in enumerate(pairs):
            self.assertEqual((node.received, client.received), (b"c%d" % number, b"n%d" % number))


class BackPressureTests(RelayCase):
    """Who reads nothing stops the writer; memory is bounded by buffers, not by what is offered."""

    def assert_bounded(self, writer: Recorder, reader: Recorder) -> None:
        reader.pause()
        self.net.run()
        self.net.buffered.most = 0
        for _ in range(32):
            writer.write(bytes(MEGABYTE))
            self.net.run()
        # What the writer itself could not send yet is its own affair.
        inside = self.net.buffered.now - writer.transport.unsent
        self.assertLess(inside, MEGABYTE)
        reader.resume()
        self.net.run()
        self.assertEqual(len(reader.received), 32 * MEGABYTE)

    def test_client_reads_nothing(self) -> None:
        client, node = self.joined()
        self.assert_bounded(node, client)

    def test_node_reads_nothing(self) -> None:
        client, node = self.joined()
        self.assert_bounded(client, node)

    def test_other_direction_lives(self) -> None:
        """A full direction does not stop the other one."""
        client, node = self.joined()
        client.pause()
        node.write(bytes(4 * MEGABYTE))
        client.write(b"still here")
        self.net.run()
        self.assertEqual(node.received, b"still here")

    def test_end_waits_for_the_reader(self) -> None:
        """A writer that ends while the reader is slow loses no byte."""
        client, node = self.joined()
        client.pause()
        node.write(bytes(MEGABYTE))
        node.end()
        self.net.run()
        self.assertFalse(client.read_ended)
        client.resume()
        self.net.run()
        self.assertEqual(len(client.received), MEGABYTE)
        self.assertTrue(client.read_ended)

    def test_close_waits_for_the_reader(self) -> None:
        """So does one that closes, as a process that ends does."""
        client, node = self.joined()
        client.pause()
        node.write(bytes(MEGABYTE))
        node.close()
        self.net.run()
        client.resume()
        self.net.run()
        self.assertEqual(len(client.received), MEGABYTE)
        self.assertTrue(client.read_ended)
        client.close()
        self.assert_all_gone()


class EndingTests(RelayCase):
    """Each kind of end comes out as it went in."""

    def assert_over(self, client: Recorder, node: Recorder) -> None:
        """Both directions have ended, and the relay has closed both sides by itself."""
        self.assertEqual(self.relay.connections, set())
        client.close()
        node.close()
        self.assert_all_gone()

    def test_client_half_closes(self) -> None:
        """The client says it is done; the answer still comes."""
        client, node = self.joined()
        client.write(b"question")
        client.end()
        self.net.run()
        self.assertEqual((node.received, node.read_ended), (b"question", True))
        self.assertFalse(client.read_ended)
        node.write(b"answer")
        node.end()
        self.net.run()
        self.assertEqual((client.received, client.read_ended), (b"answer", True))
        self.assert_over(client, node)

    def test_node_half_closes(self) -> None:
        client, node = self.joined()
        node.write(b"that was all")
        node.end()
        self.net.run()
        self.assertEqual((client.received, client.read_ended), (b"that was all", True))
        client.write(b"thanks")
        client.end()
        self.net.run()
        self.assertEqual((node.received, node.read_ended), (b"thanks", True))
        self.assert_over(client, node)

    def test_client_closes(self) -> None:
        client, node = self.joined()
        client.write(b"bye")
        client.close()
        self.net.run()
        self.assertEqual((node.received, node.read_ended), (b"bye", True))
        node.close()
        self.assert_all_gone()

    def test_client_resets(self) -> None:
        client, node = self.joined()
        client.abort()
        self.net.run()
        self.assertEqual(node.how_it_ended, "ConnectionLost")
        self.assert_all_gone()

    def test_client_ends_and_resets(self) -> None:
        """Nobody waits for the response any more: the upstream is left at once, all of the request sent."""
        client, node = self.joined()
        client.write(b"question")
        client.end()
        self.net.run()
        (connection,) = self.relay.connections
        connection.transport.lost(Failure(ConnectionLost()))
        self.assertEqual(self.relay.connections, {connection})
        self.net.run()
        self.assertEqual((node.received, node.read_ended), (b"question", True))
        self.assertEqual(self.relay.connections, set())
        node.close()
        self.assert_all_gone()

    def test_client_ends_and_resets_while_the_node_is_slow(self) -> None:
        """What it had sent reaches the node all the same."""
        client, node = self.joined()
        node.pause()
        for size in (65_536, 30_000):
            client.write(bytes(size))
            self.net.run()
        client.end()
        self.net.run()
        (connection,) = self.relay.connections
        self.assertTrue(connection.read_ended)
        connection.transport.lost(Failure(ConnectionLost()))
        node.resume()
        self.net.run()
        self.assertEqual((len(node.received), node.read_ended), (95_536, True))
        node.close()
        self.assert_all_gone()

    def test_node_resets(self) -> None:
        """A break in mid-stream looks like one: not like the end of the answer."""
        client, node = self.joined()
        node.write(b"half an ans")
        self.net.run()
        node.abort()
        self.net.run()
        self.assertEqual(client.received, b"half an ans")
        self.assertFalse(client.read_ended)
        self.assertEqual(client.how_it_ended, "ConnectionLost")
        self.assert_all_gone()

    def test_node_killed(self) -> None:
        """Its connections end at once, and a new client is served by the other node."""
        client, _ = self.joined()
        self.net.kill("a:1")
        self.net.run()
        self.assertTrue(client.read_ended)
        client.close()
        late = self.client()
        self.net.run()
        late.write(b"hello")
        self.net.run()
        self.assertEqual(self.b.taken[0].received, b"hello")

    def test_node_killed_with_reset(self) -> None:
        client, _ = self.joined()
        self.net.kill("a:1", reset=True)
        self.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionLost")
        self.assert_all_gone()

    def test_node_accepts_and_closes(self) -> None:
        """Closed without a byte is closed without a byte; on layer 4 nobody can tell better."""
        client, node = self.joined()
        node.close()
        self.net.run()
        self.assertEqual((client.received, client.read_ended), (b"", True))

    def test_node_gone_after_its_end(self) -> None:
        """A node that ended and then breaks what the client still sends has lost nothing of its answer."""
        client, node = self.joined()
        client.pause()
        for size in (65_536, 34_464):
            node.write(bytes(size))
            self.net.run()
        node.end()
        self.net.run()
        node.abort()
        self.net.run()
        client.resume()
        self.net.run()
        self.assertEqual((len(client.received), client.read_ended), (100_000, True))
        client.write(b"more")
        self.net.run()
        client.close()
        self.assert_all_gone()

    def test_client_gone_while_the_reader_is_slow(self) -> None:
        """All that a client sent before it closed reaches a node that was slow."""
        client, node = self.joined()
        node.pause()
        client.write(b"x" * MEGABYTE)
        client.close()
        self.net.run()
        node.resume()
        self.net.run()
        self.assertEqual((len(node.received), node.read_ended), (MEGABYTE, True))


#: What may happen: who does it, what, and how many bytes.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["client", "node"]),
        st.sampled_from(["write", "write", "write", "pause", "resume", "end", "close", "abort", "turns"]),
        st.integers(1, 300),
    ),
    max_size=40,
)


class Talker:
    """One end of the conversation, and what it has written and done."""

    def __init__(self, recorder: Recorder, letters: bytes) -> None:
        self.recorder = recorder
        self.written = b""
        self.done = ""
        self.ended = False
        self._letters = letters

    def act(self, action: str, size: int) -> None:
        recorder = self.recorder
        if recorder.reason is not None:
            return
        if action == "write" and not self.done:
            at = len(self.written) % len(self._letters)
            data = (self._letters * 20)[at : at + size]
            self.written += data
            recorder.write(data)
        elif action in ("end", "close", "abort") and self.done in ("", "end"):
            if action != self.done:
                self.done = action
                self.ended = self.ended or action != "abort"
                getattr(recorder, action)()
        elif action in ("pause", "resume") and self.done in ("", "end"):
            getattr(recorder, action)()


class InterleavingTests(RelayCase):
    """Any order of writes, pauses, ends and breaks, any cut of the bytes, any order of the turns."""

    @settings(max_examples=150, deadline=None)
    @given(st.data(), STEPS)
    def test_any_order(self, data: st.DataObject, steps: list[tuple[str, str, int]]) -> None:
        """No byte is lost, reordered, doubled, or comes after the end."""

        def draw(low: int, high: int) -> int:
            return data.draw(st.integers(low, high))

        self.set_up(chunker=drawn(draw, largest=128), capacity=256, order=lambda count: draw(0, count - 1))
        client, node = self.joined()
        talkers = {
            "client": Talker(client, bytes(range(97, 123))),
            "node": Talker(node, bytes(range(48, 58))),
        }
        for who, action, size in steps:
            if action == "turns":
                with contextlib.suppress(NeverQuiet):
                    self.net.run(size)
            else:
                talkers[who].act(action, size)
        for talker in talkers.values():
            talker.act("resume", 0)
        self.net.run()
        self.check(talkers["client"], talkers["node"])
        for talker in talkers.values():
            talker.act("abort", 0)
        self.net.run()
        self.net.advance(60)
        self.assert_all_gone()

    def check(self, one: Talker, other: Talker) -> None:
        """All has arrived, or a beginning of it and a break."""
        broken = "abort" in (one.done, other.done)
        for writer, reader in ((one, other), (other, one)):
            got = reader.recorder.received
            self.assertEqual(got, writer.written[: len(got)])
            if reader.recorder.read_ended:
                self.assertEqual(got, writer.written)
                self.assertTrue(writer.ended)
            if broken:
                continue
            # Closing with bytes unread is a reset: TCP itself promises nothing then.
            may_reset = writer.done == "close" and reader.written
            if reader.done != "close" and not may_reset:
                self.assertEqual(got, writer.written)
                self.assertEqual(reader.recorder.read_ended, writer.ended)
        if broken and not one.ended and not other.ended:
            ends = {one.recorder.how_it_ended, other.recorder.how_it_ended}
            self.assertNotIn(None, ends)


class TwiceTests(SynchronousTestCase):
    """hypothesis runs one test case's method many times; nothing of one example may stay for the next."""

    def test_set_up_again(self) -> None:
        case = InterleavingTests("test_any_order")
        case.set_up()
        first = case.net
        case.set_up()
        self.assertIsNot(case.net, first)
