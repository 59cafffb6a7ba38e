"""What Go's encoding/json makes of a text (GOQUORUM.md 2) where others read otherwise.  Pure."""

from __future__ import annotations

import re
from itertools import accumulate

_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"')
_BRACKETS = b"[{]}"
_ALL_ELSE = bytes(set(range(256)) - set(_BRACKETS))
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


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
    brackets = _STRINGS.sub(b"", data).translate(None, _ALL_ELSE)
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0) > depth
