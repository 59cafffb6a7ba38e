"""What waits for a client that does not read."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.websocket.outgoing import Outgoing
from quorumha.http.wire.contracts import Nobody


class Sink(Nobody):
    """Keeps what it gets; says after so many pieces that it is enough for now."""

    def __init__(self) -> None:
        self.got: list[bytes] = []
        self.takes = 0

    def response_data(self, data: bytes) -> None:  # type: ignore[override]
        self.got.append(data)
        self.takes -= 1
        if not self.takes:
            self.outgoing.paused = True

    outgoing: Outgoing


class OutgoingTests(SynchronousTestCase):
    """Ten bytes may wait."""

    def setUp(self) -> None:
        self.sink = Sink()
        self.slow = 0
        self.outgoing = self.sink.outgoing = Outgoing(self.sink, 10, self.too_slow)

    def too_slow(self) -> None:
        self.slow += 1

    def test_in_order(self) -> None:
        """However the client reads."""
        self.sink.takes = 2
        for n in range(6):
            self.outgoing.write(b"%d" % n)
        self.assertEqual((len(self.sink.got), self.outgoing.size), (2, 4))
        self.sink.takes = 1
        self.outgoing.resume()
        self.outgoing.write(b"6")
        self.outgoing.resume()
        self.assertEqual(b"".join(self.sink.got), b"0123456")
        self.assertEqual((self.outgoing.size, self.slow), (0, 0))

    def test_too_slow(self) -> None:
        """Nothing waits any more but what is said last."""
        self.outgoing.paused = True
        for _ in range(5):
            self.outgoing.write(b"xxx")
            if self.slow:
                break
        self.assertEqual((self.slow, self.outgoing.size, self.sink.got), (1, 0, []))
        self.outgoing.write_now(b"bye")
        self.assertEqual(self.sink.got, [b"bye"])
