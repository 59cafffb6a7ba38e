"""Figures: the median of several runs, with its spread.  Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

from attrs import frozen


def percentile(ordered: Sequence[float], part: float) -> float:
    """The smallest value that is not below C{part} of all (nearest rank).

    @param ordered: ascending, not empty.
    @param part: above 0, up to 1.
    """
    return ordered[max(0, math.ceil(part * len(ordered)) - 1)]


@frozen
class Figure:
    """What was measured several times.

    @ivar middle: the median.
    @ivar low: the smallest.
    @ivar high: the largest.
    """

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        if self.low == self.high:
            return _short(self.middle)
        return f"{_short(self.middle)} ({_short(self.low)} to {_short(self.high)})"


def figure(values: Sequence[float]) -> Figure:
    """@param values: of the runs, in any order; not empty."""
    return Figure(median(values), min(values), max(values))


def _short(value: float) -> str:
    """Three digits that count; the whole number where it has more."""
    if value == 0 or abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
