"""The request's body: kept, streamed, sent again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.testing import StringTransport
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.body import ReplayBudget, RequestBody
from quorumha.http.chunked import ChunkedDecoder
from quorumha.http.outlet import Outlet


class BodyTests(SynchronousTestCase):
    """One request's body."""

    def outlet(self) -> tuple[Outlet, StringTransport]:
        transport = StringTransport()
        return Outlet(transport, lambda: None), transport

    @given(st.lists(st.binary(min_size=1, max_size=20), max_size=6), st.booleans(), st.integers(0, 6))
    def test_every_attempt_sends_all(self, parts: list[bytes], chunked: bool, first: int) -> None:
        """The first attempt begins when some of it is there, the second when all is."""
        body = RequestBody(ReplayBudget(), 0, chunked=chunked)
        sent = []
        for _ in range(2):
            outlet, transport = self.outlet()
            if not sent:
                for part in parts[:first]:
                    body.add(part)
            outlet.write(body.begin(b"HEAD"))
            body.send_to(outlet)
            if not sent:
                for part in parts[first:]:
                    body.add(part)
                    body.send_to(outlet)
                body.complete = True
                body.send_to(outlet)
            self.assertTrue(body.sent)
            raw = transport.value()
            self.assertTrue(raw.startswith(b"HEAD"))
            sent.append(b"".join(ChunkedDecoder().feed(raw[4:])) if chunked else raw[4:])
        self.assertEqual(sent, [b"".join(parts)] * 2)

    def test_stops_when_the_upstream_is_full(self) -> None:
        body = RequestBody(ReplayBudget(), 0, chunked=False)
        outlet, transport = self.outlet()
        body.add(b"a")
        body.add(b"b")
        body.complete = True
        outlet.pauseProducing()
        body.begin(b"")
        body.send_to(outlet)
        self.assertEqual((transport.value(), body.sent), (b"", False))
        outlet.resumeProducing()
        body.send_to(outlet)
        self.assertEqual((transport.value(), body.sent), (b"ab", True))

    def test_too_large_is_sent_once(self) -> None:
        budget = ReplayBudget()
        body = RequestBody(budget, 3, chunked=False)
        self.assertTrue(body.add(b"abc"))
        self.assertFalse(body.add(b"d"))
        outlet, transport = self.outlet()
        body.begin(b"")
        body.send_to(outlet)
        self.assertEqual((transport.value(), body.pieces, budget.used), (b"abcd", [], 0))

    def test_budget_is_shared(self) -> None:
        budget = ReplayBudget(500)
        first = RequestBody(budget, 0, chunked=False)
        second = RequestBody(budget, 0, chunked=False)
        self.assertTrue(first.add(b"abcd" * 100))
        self.assertFalse(second.add(b"ef" * 100))
        first.release()
        self.assertEqual(budget.used, 0)
        self.assertTrue(RequestBody(budget, 0, chunked=False).add(b"abcde" * 100))

    def test_tiny_pieces_count_for_what_they_take(self) -> None:
        """A body that comes byte by byte holds many times its size in memory."""
        budget = ReplayBudget(10_000)
        body = RequestBody(budget, 0, chunked=False)
        kept = sum(body.add(b"x") for _ in range(1000))
        self.assertLess(kept, 200)
        body.release()
        self.assertEqual(budget.used, 0)

    def test_released_twice(self) -> None:
        budget = ReplayBudget(5)
        body = RequestBody(budget, 0, chunked=False)
        body.add(b"abc")
        body.release()
        body.release()
        self.assertEqual(budget.used, 0)
