"""Answers kept in hand."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.best_response import BUFFERED_RESPONSE_LIMIT, BestResponse
from quorumha.http.wire.messages import ResponseHead


def answer(status: int, length: int | None = 1) -> ResponseHead:
    return ResponseHead(status, b"", [], length, False, True, length)


class FilesTests(SynchronousTestCase):
    """Which one is the best."""

    def best(self, *statuses: int) -> int:
        held = BestResponse()
        for status in statuses:
            held.begin(answer(status), b"x")
            held.whole()
        assert held.best is not None
        return held.best[0].status

    def test_best(self) -> None:
        self.assertEqual(self.best(404, 404), 404)
        self.assertEqual(self.best(404, 500), 404)
        self.assertEqual(self.best(500, 404), 404)
        self.assertEqual(self.best(500, 503), 503)
        self.assertEqual(self.best(404, 403), 403)

    def test_beats(self) -> None:
        held = BestResponse()
        self.assertFalse(held.beats(500))
        held.begin(answer(404), b"")
        self.assertFalse(held.beats(500), "it is not whole yet")
        held.whole()
        self.assertTrue(held.beats(500))
        self.assertFalse(held.beats(403))

    def test_too_large(self) -> None:
        held = BestResponse()
        held.begin(answer(404), b"x")
        self.assertTrue(held.add(b"x" * (BUFFERED_RESPONSE_LIMIT - 1)))
        self.assertFalse(held.add(b"x"))
        head, data = held.release()
        self.assertEqual((head.status, len(data), held.reading), (404, BUFFERED_RESPONSE_LIMIT + 1, False))

    def test_length_is_known_afterwards(self) -> None:
        held = BestResponse()
        held.begin(answer(404, None), b"gone")
        held.whole()
        assert held.best is not None
        self.assertEqual((held.best[0].length, held.best[0].stated_length), (4, 4))
