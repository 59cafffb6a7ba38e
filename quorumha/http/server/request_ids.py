"""L{new_end}: ids for requests that come without one, as the ends of their heads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import chain, count

from quorumha.http.wire.request_id import END, END_WITH

#: So many ids differ in their last three hexadecimal digits.
_BLOCK = 16**3


def make_ends(prefix: bytes, first: int = 0) -> Callable[[], bytes]:
    """What makes ends of heads with an id: C{prefix}, and a number of 8 hexadecimal digits or more.

    It is called for every request, and none of what runs then is ours: a block of ids is begun by a few lines
    of Python, and each of them is one addition of bytes.
    """
    before = (END_WITH % prefix).removesuffix(END + END)
    tails = [b"%03x%b%b" % (number, END, END) for number in range(_BLOCK)]

    def block(number: int) -> Iterator[bytes]:
        return map((b"%b%05x" % (before, number)).__add__, tails)

    return chain.from_iterable(map(block, count(first))).__next__


#: Of this process: another process, or this one after a restart, has another prefix.
new_end = make_ends(os.urandom(4).hex().encode("ascii"))
