"""What waits for a client that does not read."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.websocket.frames import Closed, Frames, Incoming
from quorumha.goquorum.websocket.outgoing import Outgoing
from quorumha.http.wire.contracts import Nobody


class Sink(Nobody):
    """Keeps what it gets; says after so many pieces that it is enough for now."""

    def __init__(self) -> None:
        self.got: list[Incoming] = []
        self.frames = Frames(1000, client=True)
        self.takes = 0

    def response_data(self, data: bytes) -> None:  # type: ignore[override]
        self.frames.feed(data)
        while (one := self.frames.next()) is not None:
            self.got.append(one)
        self.takes -= 1
        if not self.takes:
            self.outgoing.pause()

    outgoing: Outgoing


class OutgoingTests(SynchronousTestCase):
    """Ten bytes may wait."""

    def setUp(self) -> None:
        self.sink = Sink()
        self.slow = 0
        self.outgoing = self.sink.outgoing = Outgoing(self.sink, Frames(1000), 10, self.too_slow)

    def too_slow(self) -> None:
        self.slow += 1

    def test_in_order(self) -> None:
        """However the client reads."""
        self.sink.takes = 2
        for n in range(6):
            self.outgoing.message(b"%d" % n)
        self.assertEqual((len(self.sink.got), self.outgoing.size), (2, 4))
        self.sink.takes = 1
        self.outgoing.resume()
        self.outgoing.message(b"6")
        self.outgoing.resume()
        self.assertEqual(self.sink.got, [b"%d" % n for n in range(7)])
        self.assertEqual((self.outgoing.size, self.slow), (0, 0))

    def test_too_slow(self) -> None:
        """Nothing waits any more but what is said last."""
        self.outgoing.paused = True
        for _ in range(5):
            self.outgoing.message(b"xxx")
            if self.slow:
                break
        self.assertEqual((self.slow, self.outgoing.size, self.sink.got), (1, 0, []))
        self.outgoing.close_now(1013, "")
        self.assertEqual(self.sink.got, [Closed(1013)])

    def test_the_last_frame(self) -> None:
        """Behind what waits."""
        self.outgoing.pause()
        self.outgoing.message(b"a")
        self.outgoing.close(1001, "")
        self.assertEqual(self.sink.got, [])
        self.outgoing.resume()
        self.assertEqual(self.sink.got, [b"a", Closed(1001)])

    def test_pings_and_pongs_wait_too(self) -> None:
        """So whoever sends many is too slow, too."""
        self.outgoing.pause()
        for _ in range(6):
            self.outgoing.control(self.outgoing.frames.pong(b""))
        self.assertEqual(self.slow, 1)
