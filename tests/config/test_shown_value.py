"""A value as a file would have it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.shown_value import shown_value, size_text, time_text
from quorumha.config.units import seconds, size
from quorumha.config.values import Seconds, Size
from quorumha.tessera.config import ClientTimeout


class TextTests(SynchronousTestCase):
    """What is shown could be written."""

    @given(st.integers(0, 10**9))
    def test_times_are_read_again(self, milliseconds: int) -> None:
        value = milliseconds / 1000
        self.assertAlmostEqual(seconds(time_text(value)), value, places=6)

    @given(st.integers(0, 2**62))
    def test_sizes_are_read_again(self, value: int) -> None:
        self.assertEqual(size(size_text(value)), value)

    def test_each_kind(self) -> None:
        for value, kind, wanted in (
            (0.4, Seconds, "400ms"),
            (60.0, Seconds | None, "1m"),
            (0.0, Seconds, "0"),
            (0.0, ClientTimeout | None, "none"),
            (64 * 1024, Size, "64KiB"),
            (7, None, "7"),
            (True, bool, "true"),
            (None, Size | None, "not given"),
            ((1.0, 0.5), tuple[Seconds, ...], "[1s, 500ms]"),
            (("error", "404"), tuple[str, ...], "[error, 404]"),
            ("http://me:word@h:1", str, "http://***@h:1"),
        ):
            self.assertEqual(shown_value(value, kind), wanted)
