"""Plays are values: what they are made of."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.http.plays import (
    CLOSE,
    RESET,
    Moment,
    Send,
    Wait,
    bytes_of,
    chunks_of,
    drip,
    head_of,
    raw,
    respond,
)


class PlayTests(SynchronousTestCase):
    def test_made_longer(self) -> None:
        play = raw(b"x") + CLOSE
        self.assertEqual((play.at, play.steps), (Moment.REQUEST, (Send(b"x"), CLOSE)))
        self.assertEqual((raw(b"x") + raw(b"y") + RESET).steps, (Send(b"x"), Send(b"y"), RESET))

    def test_begun_earlier(self) -> None:
        self.assertEqual(respond().early().at, Moment.HEAD)
        self.assertEqual(respond().early().steps, respond().steps)

    def test_dripped(self) -> None:
        steps = drip(b"abc", 2.0, size=2).steps
        self.assertEqual(steps, (Wait(2.0), Send(b"ab"), Wait(2.0), Send(b"c")))
        self.assertEqual(bytes_of(drip(b"abc", 1)), b"abc")

    def test_heads_and_chunks(self) -> None:
        self.assertEqual(head_of(404, [(b"A", b"1")]), b"HTTP/1.1 404 Not Found\r\nA: 1\r\n\r\n")
        self.assertEqual(chunks_of([b"one", b"", b"x" * 16])[:8], b"3\r\none\r\n")
        self.assertTrue(chunks_of([b"x" * 16]).startswith(b"10\r\n"))
        self.assertFalse(chunks_of([b"x"], last=False).endswith(b"0\r\n\r\n"))
