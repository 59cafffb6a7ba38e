"""Bytes in flight, and how many there are."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.http.chunking import as_written
from quorumha.testing.net.pipe import Gauge, Pipe, Segments


class PipeTests(SynchronousTestCase):
    def test_counts_all_ways_out(self) -> None:
        gauge = Gauge()
        first, second = Pipe(10, as_written, gauge), Pipe(10, as_written, gauge)
        first.put(b"abc")
        first.put(b"de")
        second.put(b"fgh")
        self.assertEqual((first.room, first.size, gauge.now), (5, 5, 8))
        self.assertEqual(first.take(), b"abc")
        self.assertEqual((first.carried, gauge.now), (3, 5))
        first.clear()
        second.clear()
        self.assertEqual((gauge.now, gauge.most), (0, 8))

    def test_segments_are_cut_and_joined(self) -> None:
        segments = Segments(Gauge())
        segments.put(b"abc")
        segments.put(b"")
        segments.put(b"def")
        self.assertEqual((segments.take(1), segments.first), (b"a", 2))
        self.assertEqual(segments.take(4), b"bcde")
        self.assertEqual(segments.take(9), b"f")
        self.assertEqual(segments.size, 0)
