"""Frames of the nodes of the study of JSON-RPC, as wsproto reads and writes them."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from wsproto.connection import Connection, ConnectionType
from wsproto.events import Message, TextMessage

from bench.rpc_nodes import FRAGMENT, frame_in, frames


class FrameTests(SynchronousTestCase):
    """L{frames} and L{frame_in}."""

    def test_fragments(self) -> None:
        """A message is whole after its last one, whatever its length."""
        for size in (5, 125, 126, FRAGMENT, FRAGMENT + 1, 3 * FRAGMENT):
            client = Connection(ConnectionType.CLIENT)
            client.receive_data(frames(b"x" * size))
            told = [one for one in client.events() if isinstance(one, Message)]
            self.assertEqual("".join(str(one.data) for one in told), "x" * size)
            self.assertEqual(
                [one.message_finished for one in told], [False] * ((size - 1) // FRAGMENT) + [True]
            )

    def test_of_a_client(self) -> None:
        """A masked frame is read as it was meant, when it is there whole."""
        client = Connection(ConnectionType.CLIENT)
        for text in ("", "call", "c" * 300):
            data = client.send(TextMessage(text))
            self.assertEqual(frame_in(data + b"rest"), (1, text.encode(), b"rest"))
            self.assertIsNone(frame_in(data[:-1]))
