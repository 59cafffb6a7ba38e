"""Bridge.pause: both sides stand still, whatever was under way, and go on in order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from quorumha.testing import Recorder
from tests.relay.relayed import RelayCase

MEGABYTE = 1 << 20


class PausedTests(RelayCase):
    """Bytes, back-pressure and limits."""

    idle_timeout = 60.0

    def pause(self) -> None:
        for one in self.relay.connections:
            one.bridge.pause()

    def resume(self) -> None:
        for one in self.relay.connections:
            one.bridge.resume()

    def test_full_buffers(self) -> None:
        """Both directions are full, and both readers slow: nothing is lost, and nothing comes early."""
        client, node = self.joined()
        up, down = bytes(range(256)) * 4096, bytes(reversed(range(256))) * 4096
        for one in (client, node):
            one.pause()
        client.write(up)
        node.write(down)
        self.net.run()
        self.pause()
        for one in (client, node):
            one.resume()
        self.net.run()
        got = len(client.received), len(node.received)
        self.net.advance(5)
        self.assertEqual((len(client.received), len(node.received)), got)
        self.assertLess(max(got), MEGABYTE)
        self.resume()
        self.net.run()
        self.assertTrue(node.received == up)
        self.assertTrue(client.received == down)

    def test_in_hand(self) -> None:
        """What was read already when it was told to stand still goes on with it, first, and is not much."""
        client, node = self.joined()
        (connection,) = self.relay.connections
        self.pause()
        connection.dataReceived(b"one, ")
        connection.upstream.dataReceived(b"two")
        client.write(b"three")
        self.net.run()
        self.assertEqual((node.received, client.received), (b"", b""))
        self.assertEqual((connection.may_splice(), connection.passed), (0, 0))
        self.resume()
        self.net.run()
        self.assertEqual((node.received, client.received), (b"one, three", b"two"))
        self.assertEqual(connection.passed, len(b"one, three"))

    def test_in_hand_and_slow(self) -> None:
        """Who does not take it holds up who said it."""
        client, node = self.joined()
        (connection,) = self.relay.connections
        node.pause()
        self.pause()
        connection.dataReceived(b"1" * MEGABYTE)
        self.resume()
        client.write(b"2" * MEGABYTE)
        self.net.run()
        self.assertLess(connection.passed, 2 * MEGABYTE)
        node.resume()
        self.net.run()
        self.assertTrue(node.received == b"1" * MEGABYTE + b"2" * MEGABYTE)

    def test_idle_limit_runs_on(self) -> None:
        """A paused connection is no less idle."""
        client, node = self.joined()
        self.net.advance(30)
        self.pause()
        client.write(b"nobody reads this")
        self.net.advance(29)
        self.assertIsNone(client.how_it_ended)
        self.net.advance(2)
        self.assertEqual((client.how_it_ended, node.how_it_ended), ("ConnectionLost", "ConnectionLost"))
        self.assert_all_gone()

    def test_either_end_is_the_end_of_both(self) -> None:
        """Also of a half, and behind bytes; none of these arrives."""
        for leaves in ("client", "node"):
            client, node = self.joined()
            self.pause()
            left, stays = (client, node) if leaves == "client" else (node, client)
            left.write(b"last word")
            left.end()
            self.net.run()
            self.assertEqual((stays.received, stays.how_it_ended), (b"", "ConnectionLost"))
            left.close()
            self.assert_all_gone()

    def test_ended_from_here(self) -> None:
        """A relay that drains, or cuts, ends those that are paused as any other."""
        for end in ("cut", "end_whole", "end_idle"):
            client, node = self.joined()
            client.write(b"said before")
            self.net.run()
            self.pause()
            for one in list(self.relay.connections):
                getattr(one, end)()
            self.net.run()
            self.assertIsNotNone(client.how_it_ended if end == "cut" else client.read_ended)
            client.close()
            node.close()
            self.assert_all_gone()

    @settings(deadline=None, max_examples=40)
    @given(st.lists(st.sampled_from(["pause", "resume", "up", "down", "slow", "fast"]), max_size=30))
    def test_in_order(self, steps: list[str]) -> None:
        """Whatever is done in between, each byte arrives once, in order."""
        self.set_up()
        client, node = self.joined()
        up = down = b""
        still = False
        slow: set[Recorder] = set()
        for number, step in enumerate(steps):
            piece = number.to_bytes(2, "big") * 30_000
            before = len(client.received), len(node.received)
            if step in ("pause", "resume"):
                still = step == "pause"
                getattr(self, step)()
            elif step == "up":
                up += piece
                client.write(piece)
            elif step == "down":
                down += piece
                node.write(piece)
            elif step == "slow" and not slow:
                client.pause()
                slow.add(client)
            elif step == "fast" and slow:
                client.resume()
                slow.clear()
            self.net.run()
            if still and step in ("up", "down"):
                self.assertEqual((len(client.received), len(node.received)), before)
        self.resume()
        if slow:
            client.resume()
        self.net.run()
        self.assertTrue(node.received == up)
        self.assertTrue(client.received == down)


del RelayCase
