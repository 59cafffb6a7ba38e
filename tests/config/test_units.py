"""Tests for L{quorumha.config.units}."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.units import LARGEST, LONGEST, SIZE_UNITS, TIME_UNITS, seconds, size

anything = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.binary()
)


class SecondsTests(SynchronousTestCase):
    """Times."""

    def test_forms(self) -> None:
        """Numbers are seconds; text may have a unit."""
        for written, meant in [
            (5, 5.0),
            (0, 0.0),
            (2.5, 2.5),
            ("250ms", 0.25),
            ("5s", 5.0),
            ("2m", 120.0),
            ("2h", 7200.0),
            ("1.5s", 1.5),
            ("5", 5.0),
            (" 5 s ", 5.0),
            ("0", 0.0),
        ]:
            self.assertEqual(seconds(written), meant, written)
            self.assertIsInstance(seconds(written), float)

    def test_refused(self) -> None:
        """What is no time is refused, whatever it looks like."""
        for written in [
            True,
            False,
            -1,
            -0.5,
            math.nan,
            math.inf,
            -math.inf,
            None,
            [],
            {},
            "",
            "s",
            "-1s",
            "+1s",
            "1e3",
            "nan",
            "inf",
            "1 2s",
            "0x10",
            "\u0661s",
            10**400,
            "9" * 31,
            LONGEST * 2,
            "1_000",
        ]:
            with self.assertRaises(ValueError):
                seconds(written)

    def test_unknown_unit(self) -> None:
        """An unknown unit is answered with those that exist."""
        with self.assertRaisesRegex(ValueError, "'5S' has an unknown unit; .*did you mean 's'"):
            seconds("5S")

    @settings(deadline=None)
    @given(st.integers(0, 10**5), st.sampled_from(sorted(TIME_UNITS)))
    def test_scales(self, number: int, unit: str) -> None:
        """A unit multiplies."""
        self.assertAlmostEqual(seconds(f"{number}{unit}"), number * TIME_UNITS[unit])

    @settings(deadline=None)
    @given(anything)
    def test_total(self, value: object) -> None:
        """Anything at all is a usable time or a ValueError."""
        try:
            found = seconds(value)
        except ValueError:
            return
        self.assertTrue(math.isfinite(found) and 0 <= found <= LONGEST)


class SizeTests(SynchronousTestCase):
    """Sizes."""

    def test_forms(self) -> None:
        """Whole numbers are bytes; text may have a unit, by 1024 or by 1000."""
        for written, meant in [
            (0, 0),
            (17, 17),
            ("17", 17),
            ("64KiB", 65536),
            ("1MiB", 1048576),
            ("1MB", 1000000),
            ("1kB", 1000),
            ("1.5MiB", 1572864),
            ("2GiB", 2**31),
            ("7B", 7),
        ]:
            self.assertEqual(size(written), meant, written)

    def test_refused(self) -> None:
        """What is no size is refused."""
        for written in [
            True,
            1.0,
            -1,
            math.nan,
            None,
            [],
            "",
            "KiB",
            "-1KiB",
            "1.5",
            "0.3kiB",
            LARGEST + 1,
            "1e3",
        ]:
            with self.assertRaises(ValueError):
                size(written)

    def test_unknown_unit(self) -> None:
        """A unit in the wrong case is answered with the right one."""
        with self.assertRaisesRegex(ValueError, "did you mean 'KiB'"):
            size("1kib")

    @settings(deadline=None)
    @given(st.integers(0, 10**6), st.sampled_from(sorted(SIZE_UNITS)))
    def test_scales(self, number: int, unit: str) -> None:
        """A unit multiplies, exactly."""
        self.assertEqual(size(f"{number}{unit}"), number * SIZE_UNITS[unit])

    @settings(deadline=None)
    @given(anything)
    def test_total(self, value: object) -> None:
        """Anything at all is a usable size or a ValueError."""
        try:
            found = size(value)
        except ValueError:
            return
        self.assertTrue(isinstance(found, int) and 0 <= found <= LARGEST)
