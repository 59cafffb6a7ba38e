"""Times that have passed.  PURE."""

from __future__ import annotations

from itertools import pairwise


def age(seconds: float) -> str:
    """A time that has passed, in its two largest units.

    >>> age(7), age(125), age(7260), age(200000)
    ('7 s', '2 min 5 s', '2 h 1 min', '2 d 7 h')
    """
    whole = max(0, int(seconds))
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    for (name, size), (smaller, least) in pairwise(units):
        if whole >= size:
            return f"{whole // size} {name} {whole % size // least} {smaller}"
    return f"{whole} s"
