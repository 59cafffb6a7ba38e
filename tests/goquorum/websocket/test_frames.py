"""One end of a WebSocket without I/O."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection

from quorumha.goquorum.websocket.frames import SMALL, Closed, Frames, Incoming, Pinged, Ponged

#: wsproto's own client masks with fresh bytes: tests only look at what arrives.
TEXTS = st.lists(st.text(max_size=300), max_size=6)


def all_of(frames: Frames) -> list[Incoming]:
    found = []
    while (one := frames.next()) is not None:
        found.append(one)
    return found


class FramesTests(SynchronousTestCase):
    """Both ends."""

    def setUp(self) -> None:
        self.server, self.client = Frames(1000), Frames(1000, client=True)

    @given(TEXTS, st.integers(1, 50), st.integers(1, 40))
    def test_messages_come_whole_however_they_are_cut(self, texts: list[str], at: int, part: int) -> None:
        """Into frames, and into pieces of bytes."""
        server, client = Frames(4000), Frames(4000, client=True)
        wire = b""
        for text in texts:
            cut = [text[i : i + part] for i in range(0, len(text), part)] or [""]
            for index, one in enumerate(cut):
                wire += client.part(one, last=index == len(cut) - 1)
        found: list[Incoming] = []
        for i in range(0, len(wire), at):
            server.feed(wire[i : i + at])
            found += all_of(server)
        self.assertEqual(found, [text.encode() for text in texts])

    def test_a_message_is_as_wsproto_writes_it(self) -> None:
        """Of each kind of size; what is no UTF-8 is replaced, and what is large is not remembered."""
        for size in (0, 1, 125, 126, 65535, SMALL, SMALL + 1):
            for data in (b"x" * size, b"x" * size + "ß".encode(), b"\xff" * (size // 3)):
                text = data.decode("utf-8", "replace")
                for _ in range(2):
                    self.assertEqual(self.server.message(data), self.server.part(text, last=True))

    def test_where_a_message_begins(self) -> None:
        """Not in a frame, not in a message, not behind the end."""
        found = []
        for wire in (b"\x01", b"\x01a", b"\x89\0", b"\x80", b"\x01b", b"\x88\0"):
            found.append(self.client.between)
            self.client.feed(wire)
            all_of(self.client)
        self.assertEqual([*found, self.client.between], [True, False, False, False, False, True, False])

    def test_what_is_not_taken_is_not_read(self) -> None:
        """One at a time."""
        self.server.feed(b"".join(self.client.message(b"%d" % n) for n in range(3)))
        self.assertEqual(self.server.next(), b"0")
        self.server.feed(self.client.ping())
        self.assertEqual(all_of(self.server), [b"1", b"2", Pinged(b"")])

    def test_a_control_frame_between_parts(self) -> None:
        """It is taken at once."""
        self.server.feed(
            self.client.part("a", last=False) + self.client.pong(b"") + self.client.part("b", last=True)
        )
        self.assertEqual(all_of(self.server), [Ponged(), b"ab"])

    def test_too_large(self) -> None:
        """As soon as it is known; nothing is read behind it."""
        self.server.feed(self.client.part("x" * 1001, last=False) + self.client.message(b"{}"))
        (found,) = all_of(self.server)
        assert isinstance(found, Closed)
        self.assertEqual(found.code, 1009)

    def test_mistakes(self) -> None:
        """A frame without a mask; text that is no UTF-8; a close frame is none."""
        self.server.feed(Frames(10).message(b"{}"))
        self.assertEqual(self.server.next(), Closed(1002, "server received unexpected unmasked frame"))
        other = Frames(1000)
        other.feed(b"\x81\x81\0\0\0\0\xff")
        found = other.next()
        assert isinstance(found, Closed)
        self.assertEqual(found.code, 1007)
        self.assertTrue(found.fault)
        third = Frames(1000)
        third.feed(self.client.close(1000, "bye"))
        self.assertEqual(third.next(), Closed(1000))

    def test_close_frames(self) -> None:
        """As wsproto's own connections take them."""
        payloads = [struct.pack("!H", code) for code in (*range(990, 1020), 2999, 3000, 4999, 5000, 65535)]
        for payload in (*payloads, b"", b"\x03", b"\x03\xe8bye", b"\x03\xe8\xff"):
            wire = bytes([0x88, len(payload)]) + payload
            other = Connection(ConnectionType.CLIENT)
            other.receive_data(wire)
            (event,) = other.events()
            assert isinstance(event, CloseConnection)
            client = Frames(10, client=True)
            client.feed(wire)
            found = client.next()
            assert isinstance(found, Closed)
            self.assertEqual(found.code, event.code, payload)
            self.assertEqual(bool(found.fault), other.state is ConnectionState.OPEN, payload)

    def test_order_of_parts(self) -> None:
        """No message begins as a continuation, or in another one."""
        for wire in (b"\x80\x01a", b"\x00\x01a", b"\x01\x01a\x81\x01b", b"\x02\x01a\x01\x01b"):
            client = Frames(10, client=True)
            client.feed(wire + b"\x81\x01z")
            (found,) = all_of(client)
            assert isinstance(found, Closed)
            self.assertEqual(found.code, 1002)
            self.assertTrue(found.fault)

    def test_text_and_bytes(self) -> None:
        """A letter may be cut in two; bytes are no text."""
        client = Frames(10, client=True)
        client.feed(b"\x01\x01\xc3\x80\x01\xa9" + b"\x82\x01\xff" + b"\x81\x00" + b"\x81\x01\xff")
        *found, last = all_of(client)
        self.assertEqual(found, ["é".encode(), b"\xff", b""])
        assert isinstance(last, Closed)
        self.assertEqual(last.code, 1007)

    def test_closing(self) -> None:
        """Once; the other side's close frame comes then, too."""
        wire = self.server.close(1013, "é" * 100)
        self.assertEqual(self.server.close(1000), b"")
        self.client.feed(bytes(wire))
        self.assertEqual(self.client.next(), Closed(1013))
        self.server.feed(self.client.close(1013))
        self.assertEqual(self.server.next(), Closed(1013))
        self.server.feed(b"anything")
        self.assertIsNone(self.server.next())

    def test_a_close_frame_without_a_code(self) -> None:
        """Is responded to with one."""
        self.server.feed(b"\x88\x80\0\0\0\0")
        found = self.server.next()
        assert isinstance(found, Closed)
        self.assertEqual((found.code, found.fault), (1005, ""))
        self.assertEqual(self.server.close(found.code), b"\x88\x02\x03\xe8")

    def test_many_small_parts_take_no_more_room_than_their_bytes(self) -> None:
        """Nor do empty ones."""
        server, client = Frames(100_000), Frames(10, client=True)
        wire = client.part("ab", last=False) + client.part("", last=False) * 3
        again = client.part("cd", last=False)
        server.feed(wire + again * 20_000)
        self.assertIsNone(server.next())
        self.assertLess(len(server._pieces), 6)
        server.feed(client.part("", last=True))
        self.assertEqual(server.next(), b"ab" + b"cd" * 20_000)
