"""L{KnownHeads}: heads that were parsed before.

A client sends much the same head with every request, and a node much the same with every
answer of one second.  Parsing is a pure function of the bytes, so the same bytes may have
the same (frozen) result.  Bounded; heads that carry credentials are not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from quorumha.http.messages import RequestHead, ResponseHead

H = TypeVar("H", RequestHead, ResponseHead)

#: How many are kept, and how long one may be.
COUNT = 512
SIZE = 1024

#: What the names of fields with credentials hold: Authorization, Proxy-Authorization, Set-Cookie.
_CREDENTIALS = (b"authorization", b"cookie")


class KnownHeads(Generic[H]):
    """A memory of heads, emptied when it is full.

    @ivar get: the head that these bytes stand for, or None.
    """

    __slots__ = ("_heads", "get")

    def __init__(self) -> None:
        self._heads: dict[bytes, H] = {}
        # Bound once: this is asked for every message.
        self.get: Callable[[bytes], H | None] = self._heads.get

    def keep(self, raw: bytes, head: H) -> None:
        """Remember what C{raw} stands for."""
        if len(raw) > SIZE:
            return
        lower = raw.lower()
        if any(name in lower for name in _CREDENTIALS):
            return
        if len(self._heads) >= COUNT:
            self._heads.clear()
        self._heads[raw] = head
