"""Times and sizes as an operator writes them.  PURE."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from quorumha.config.spelling import did_you_mean, show

#: How many seconds one of each is.
TIME_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

#: How many bytes one of each is: powers of 1024 with an "i", powers of 1000 without.
SIZE_UNITS = {
    "B": 1,
    "kB": 1000,
    "KB": 1000,
    "MB": 1000**2,
    "GB": 1000**3,
    "KiB": 1024,
    "MiB": 1024**2,
    "GiB": 1024**3,
}

#: A time longer than this (thirty years, in seconds) is a slip of the pen.
LONGEST = 1e9

#: A size larger than this (in bytes) is one too.
LARGEST = 2**62

_NUMBER_AND_UNIT = re.compile(r"([0-9]{1,30}(?:\.[0-9]{1,30})?) ?([A-Za-z]*)")


def _split(value: str, units: dict[str, float] | dict[str, int], example: str) -> tuple[str, str]:
    found = _NUMBER_AND_UNIT.fullmatch(value.strip())
    if found is None:
        raise ValueError(f"{show(value)} is not a number with a unit; write {example}")
    number, unit = found.groups()
    if unit and unit not in units:
        hint = did_you_mean(unit, units)
        raise ValueError(f"{show(value)} has an unknown unit; units are {', '.join(units)}{hint}")
    return number, unit


def seconds(value: object) -> float:
    """Read a time.

    >>> seconds("250ms")
    0.25

    @param value: an int or float, or text with a unit of L{TIME_UNITS}; seconds without one.
    @raise ValueError: it is nothing of the kind; the text says why.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f'{show(value)} is not a time; write seconds, or text such as "250ms" or "5s"')
    if isinstance(value, str):
        number, unit = _split(value, TIME_UNITS, '"250ms", "5s", "2m" or "2h"')
        found = float(number) * TIME_UNITS[unit or "s"]
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{show(value)} is not a time; 0 means no limit")
    elif value < 0:
        raise ValueError(f"{show(value)} is negative; 0 means no limit")
    else:
        # Compared before it is made a float: a whole number may be too large for one.
        found = float(value) if value <= LONGEST else math.inf
    if found > LONGEST:
        raise ValueError(f"{show(value)} is longer than thirty years; 0 means no limit")
    return found


def size(value: object) -> int:
    """Read a size.

    >>> size("64KiB")
    65536

    @param value: an int, or text with a unit of L{SIZE_UNITS}; bytes without one.
    @raise ValueError: it is nothing of the kind; the text says why.
    """
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f'{show(value)} is not a size; write whole bytes, or text such as "64KiB" or "1MiB"')
    if isinstance(value, str):
        number, unit = _split(value, SIZE_UNITS, '"64KiB", "1MiB" or "1MB"')
        exact = Fraction(number) * SIZE_UNITS[unit or "B"]
        if exact.denominator != 1:
            raise ValueError(f"{show(value)} is not a whole number of bytes")
        found = int(exact)
    elif value < 0:
        raise ValueError(f"{show(value)} is negative; 0 means no limit")
    else:
        found = value
    if found > LARGEST:
        raise ValueError(f"{show(value)} is too large; 0 means no limit")
    return found


def seconds_in_words(seconds: float) -> str:
    """
    >>> seconds_in_words(0.25), seconds_in_words(0)
    ('0.25 s', 'no limit')
    """
    return f"{seconds:g} s" if seconds else "no limit"


def size_in_words(size: int) -> str:
    """
    >>> size_in_words(64 * 1024**2), size_in_words(1000)
    ('64 MiB', '1000 bytes')
    """
    return f"{size // 1024**2} MiB" if size and not size % 1024**2 else f"{size} bytes"
