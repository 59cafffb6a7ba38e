"""An answer that is there whole, on its way to a slow client."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.kept_responses import KeptResponses
from quorumha.goquorum.forward.unsent import PIECE, UnsentBody
from tests.goquorum.forward.asked import RecordingSink

BODY = bytes(range(256)) * (PIECE // 64)


class SlowSink(RecordingSink):
    """Takes one piece at a time.

    @ivar unsent: what comes.
    """

    unsent: UnsentBody

    def response_data(self, data: bytes) -> None:
        super().response_data(data)
        self.unsent.pause()


class UnsentBodyTests(SynchronousTestCase):
    """What is kept, and how it ends."""

    def begin(self, sink: RecordingSink, limit: int = 10 * len(BODY)) -> UnsentBody:
        self.bound = KeptResponses(limit)
        unsent = UnsentBody(BODY, sink, self.bound)
        if isinstance(sink, SlowSink):
            sink.unsent = unsent
        unsent.go_on()
        return unsent

    def test_whoever_reads_has_it_at_once(self) -> None:
        """Nothing counts."""
        sink = RecordingSink()
        self.begin(sink)
        self.assertEqual((sink.body, sink.how, self.bound.size), (BODY, "whole", 0))

    def test_what_waits_counts_and_goes_on(self) -> None:
        """Piece by piece."""
        sink = SlowSink()
        unsent = self.begin(sink)
        left = []
        while not sink.how:
            left.append(self.bound.size)
            unsent.resume()
        self.assertEqual(left, [len(BODY) - n * PIECE for n in (1, 2, 3)] + [0] * (len(left) - 3))
        self.assertEqual((sink.body, sink.how, self.bound.size), (BODY, "whole", 0))

    def test_above_the_bound_it_ends(self) -> None:
        """The client sees that it is not whole."""
        sink = SlowSink()
        self.begin(sink, 2 * PIECE)
        self.assertEqual((sink.how, len(sink.body), self.bound.size), ("cut", PIECE, 0))

    def test_the_client_is_gone(self) -> None:
        """Nothing is kept, and nothing comes of it later."""
        sink = SlowSink()
        unsent = self.begin(sink)
        unsent.leave()
        unsent.resume()
        self.assertEqual((sink.how, len(sink.body), self.bound.size), ("", PIECE, 0))
