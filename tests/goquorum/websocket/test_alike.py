"""What a member tells many subscribers alike."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.websocket.alike import SIZES, SMALL, Alike
from quorumha.goquorum.websocket.frames import Frames
from quorumha.goquorum.websocket.said import Notification, read_said

HEAD = b'{"number":"0xb","hash":"0x11"}'


def told(id: bytes, result: bytes = HEAD) -> bytes:
    return b'{"method":"eth_subscription","params":{"subscription":"%b","result":%b}}\n' % (id, result)


class AlikeTests(SynchronousTestCase):
    """The test reads what is not known."""

    def setUp(self) -> None:
        self.alike = Alike()

    def say(self, message: bytes) -> Notification | None:
        """What is known of a message before it is read; it never differs from what is read."""
        wire = Frames(1 << 20).message(message)
        known, read = self.alike.known(wire), read_said(message)
        if known is not None:
            self.assertEqual(known, read)
        elif isinstance(read, Notification):
            self.alike.was_read(wire, read)
        return known

    def test_two_are_read(self) -> None:
        """The others are known, until there is another head."""
        for head in (HEAD, HEAD.replace(b"11", b"12")):
            self.assertIsNone(self.say(told(b"0xa1", head)))
            self.assertIsNone(self.say(told(b"0xb2", head)))
            for id in (b"0xa1", b"0xb2", b"0xc3"):
                self.assertEqual(self.say(told(id, head)), Notification(id.decode(), head))

    def test_one_subscription_alone(self) -> None:
        """Where its id stands is not sure, however often it is told the same."""
        for _ in range(3):
            self.assertIsNone(self.say(told(b"0xa1")))

    def test_the_id_elsewhere(self) -> None:
        """A place that is not the id's is taken for it by no second message."""
        for id, other in ((b"0xa1", b"0xa1"), (b"0xb2", b"0xa1"), (b"0xa1", b"0xb2"), (b"0xa1", b"0xc3")):
            self.assertIsNone(self.say(b'{"x":"%b",' % other + told(id)[1:]))

    def test_what_stands_there_is_no_id(self) -> None:
        """It is read: it may end the text, or be written otherwise."""
        for id in (b"0xa1", b"0xb2"):
            self.say(told(id))
        for id in (b'0x"2', b"0x\\n", b"0x b", "0xß".encode()):
            self.assertIsNone(self.say(told(id)), id)
        self.assertIsNotNone(self.say(told(b"0xc3")))

    def test_an_id_that_cannot_be_found(self) -> None:
        """Written otherwise than it is, or of other letters."""
        for id in (b"\\u0030xa1", b"\\u0030xb2", b"\\u0030xc3", "ßa".encode(), "ßb".encode(), "ßc".encode()):
            self.assertIsNone(self.say(told(id)), id)

    def test_another_size(self) -> None:
        """Ids have no zeros in front; a shorter one is another kind, and takes away none."""
        for id in (b"0xa1", b"0xb2", b"0xa", b"0xb"):
            self.assertIsNone(self.say(told(id)))
        for id in (b"0xc3", b"0xc"):
            self.assertIsNotNone(self.say(told(id)))

    def test_what_is_remembered(self) -> None:
        """What is small, of the last sizes."""
        for id in (b"0xa1", b"0xb2", b"0xc3"):
            self.assertIsNone(self.say(told(id, b'"%b"' % bytes(SMALL).replace(b"\0", b"x"))))
        for id in (b"0xa1", b"0xb2"):
            self.say(told(id))
        for size in range(SIZES):
            self.assertIsNotNone(self.say(told(b"0xc3")))
            self.say(told(b"0xa1", b'"%b"' % (b"x" * size)))
        self.assertIsNone(self.say(told(b"0xc3")))
