"""The request's body: kept, streamed, sent again."""

from __future__ import annotations

import sys
from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.request_body import PIECE_COST, RequestBody
from quorumha.http.wire.chunked import ChunkedDecoder
from quorumha.net.writer import Writer


class BodyTests(SynchronousTestCase):
    """One request's body."""

    def writer(self) -> tuple[Writer, StringTransport]:
        transport = StringTransport()
        return Writer(transport, lambda: None), transport

    @given(st.lists(st.binary(min_size=1, max_size=20), max_size=6), st.booleans(), st.integers(0, 6))
    def test_every_attempt_sends_all(self, parts: list[bytes], chunked: bool, first: int) -> None:
        """The first attempt begins when some of it is there, the second when all is."""
        body = RequestBody(ReplayBudget(), 0, chunked=chunked)
        sent = []
        for _ in range(2):
            writer, transport = self.writer()
            if not sent:
                for part in parts[:first]:
                    body.add(part)
            writer.write(body.begin(b"HEAD"))
            body.send_to(writer)
            if not sent:
                for part in parts[first:]:
                    body.add(part)
                    body.send_to(writer)
                body.complete = True
                body.send_to(writer)
            self.assertTrue(body.sent)
            raw = transport.value()
            self.assertTrue(raw.startswith(b"HEAD"))
            sent.append(b"".join(ChunkedDecoder().feed(raw[4:])) if chunked else raw[4:])
        self.assertEqual(sent, [b"".join(parts)] * 2)

    def test_one_that_is_whole(self) -> None:
        """It is sent as often as it has to be, and takes no room of the budget's."""
        for data in (b"abc", b"a" * 100_000):
            body = RequestBody.whole(data)
            self.assertEqual(
                (body.complete, body.replayable, body.size, body.shared), (True, True, len(data), 0)
            )
            for _ in range(2):
                writer, transport = self.writer()
                writer.write(body.begin(b"HEAD"))
                body.send_to(writer)
                self.assertEqual((transport.value(), body.sent), (b"HEAD" + data, True))
            body.release()
            self.assertEqual(body.pieces, [])

    def test_stops_when_the_upstream_is_full(self) -> None:
        body = RequestBody(ReplayBudget(), 0, chunked=False)
        writer, transport = self.writer()
        body.add(b"a" * 5000)
        body.add(b"b")
        body.complete = True
        writer.pauseProducing()
        body.begin(b"")
        body.send_to(writer)
        self.assertEqual((transport.value(), body.sent), (b"", False))
        writer.resumeProducing()
        body.send_to(writer)
        self.assertEqual((transport.value(), body.sent), (b"a" * 5000 + b"b", True))

    def test_too_large_is_sent_once(self) -> None:
        budget = ReplayBudget()
        body = RequestBody(budget, 3, chunked=False)
        self.assertTrue(body.add(b"abc"))
        self.assertFalse(body.add(b"d"))
        writer, transport = self.writer()
        writer.write(body.begin(b""))
        body.send_to(writer)
        self.assertEqual((transport.value(), body.pieces, budget.used), (b"abcd", [], 0))

    def test_budget_is_shared(self) -> None:
        budget = ReplayBudget(600, beginning=0)
        first = RequestBody(budget, 0, chunked=False)
        second = RequestBody(budget, 0, chunked=False)
        self.assertTrue(first.add(b"abcd" * 100))
        self.assertFalse(second.add(b"ef" * 100))
        first.release()
        self.assertEqual(budget.used, 0)
        self.assertTrue(RequestBody(budget, 0, chunked=False).add(b"abcde" * 100))

    def test_counted_as_it_is_in_memory(self) -> None:
        """Whatever its pieces: they are joined, and what Python needs for each is counted, too."""
        for size, count in ((1, 20_000), (100, 2000), (4000, 50), (70_000, 3)):
            budget = ReplayBudget()
            body = RequestBody(budget, 0, chunked=False)
            for _ in range(count):
                self.assertTrue(body.add(b"x" * size))
            taken = sys.getsizeof(body.pieces) + sum(map(sys.getsizeof, body.pieces))
            self.assertEqual(b"".join(body.pieces), b"x" * size * count)
            self.assertLessEqual(taken, budget.used + 1000)
            self.assertLess(budget.used, size * count * 1.03 + 200)
            body.release()
            self.assertEqual(budget.used, 0)

    def test_given_back_as_it_is_sent(self) -> None:
        """One that lost its replay holds no more than what was not sent yet."""
        budget = ReplayBudget(1 << 20, beginning=5000)
        body = RequestBody(budget, 0, chunked=False)
        for _ in range(4):
            body.add(b"x" * 10_000)
        writer, transport = self.writer()
        writer.write(body.begin(b""))
        body.lose_replay()
        # One piece goes, then the upstream is full.
        transport.write = lambda data: writer.pauseProducing()  # type: ignore[method-assign,assignment]
        for left in (3, 2, 1, 0):
            writer.queued = False
            body.send_to(writer)
            self.assertEqual((len(body.pieces), budget.used), (left, left * (10_000 + PIECE_COST)))
        self.assertEqual(budget.leaving, 0)

    def test_others_need_the_room(self) -> None:
        """Whose body it is is told; not when it is whole."""
        budget = ReplayBudget(10_000, beginning=0)
        first, second, third = (RequestBody(budget, 0, chunked=False) for _ in range(3))
        told: list[str] = []
        first.replay_lost, second.replay_lost = (partial(told.append, name) for name in ("first", "second"))
        first.add(b"x" * 4000)
        second.add(b"x" * 3000)
        first.complete = True
        third.add(b"x" * 2500)
        self.assertEqual((told, first.replayable, second.replayable), (["second"], True, False))

    def test_released_twice(self) -> None:
        budget = ReplayBudget(5)
        body = RequestBody(budget, 0, chunked=False)
        body.add(b"abc")
        body.release()
        body.release()
        self.assertEqual(budget.used, 0)
