"""What Go's encoding/json makes of a text (GOQUORUM.md 2) where others read otherwise.  Pure."""

from __future__ import annotations

import re
from itertools import accumulate

_STRINGS = re.compile(rb'"[^"]*"')
#: What opens is 1, what closes is -1, as a signed byte.
_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
_ALL_ELSE = bytes(set(range(256)) - set(b"[{]}"))


def folded(key: str) -> str:
    """A key without its case: keys of one folding are one key to a node.

    U+017F is an s, U+212A a k (C{equalFoldRight}, measured); no other letter equals one of ASCII.
    """
    return key.replace("\u017f", "s").lower()


def deeper_than(depth: int, data: bytes) -> bool:
    """Whether a text that is JSON has arrays and objects in each other deeper than that.

    Mostly there are not so many of them at all, which is seen at once.
    """
    if data.count(b"[") + data.count(b"{") <= depth:
        return False
    if b"\\" in data:
        # Pairs of them first: what is left before a quote escapes it.
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    steps = _STRINGS.sub(b"", data).translate(_STEPS, _ALL_ELSE)
    return max(accumulate(memoryview(steps).cast("b")), default=0) > depth
