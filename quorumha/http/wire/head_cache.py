"""Heads that were parsed before: L{HeadCache}, and L{RequestHeadCache}, which differ in their targets.

A client sends much the same head with every request, and a node with every answer of one second.  Bounded;
heads that carry credentials are not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from quorumha.http.wire.grammar import ORIGIN_FORM
from quorumha.http.wire.messages import HeadLimits, RequestHead, ResponseHead

H = TypeVar("H", RequestHead, ResponseHead)

#: How many are kept, and how long one may be.
COUNT = 512
SIZE = 1024

#: What the names of fields with credentials hold: Authorization, Proxy-Authorization, Set-Cookie.
_CREDENTIALS = (b"authorization", b"cookie")


class HeadCache(Generic[H]):
    """A memory of heads, emptied when it is full.

    @ivar get: the head that these bytes stand for, or None.
    """

    __slots__ = ("_heads", "get")

    def __init__(self) -> None:
        self._heads: dict[bytes, H] = {}
        # Bound once: this is asked for every message.
        self.get: Callable[[bytes], H | None] = self._heads.get

    def keep(self, raw: bytes, head: H) -> None:
        if len(raw) > SIZE:
            return
        lower = raw.lower()
        if any(name in lower for name in _CREDENTIALS):
            return
        if len(self._heads) >= COUNT:
            self.clear()
        self._add(raw, head)

    def clear(self) -> None:
        self._heads.clear()

    def _add(self, raw: bytes, head: H) -> None:
        self._heads[raw] = head


class RequestHeadCache(HeadCache[RequestHead]):
    """Knows a request's head again when only the target is another.

    GoQuorum asks Tessera for C{/transaction/KEY}, each time with another key.  Nothing but its own
    rules depends on a target in origin form: a head without its target, with the same bytes around
    it, is read in the same way.
    """

    __slots__ = ("_limits", "_others")

    def __init__(self, limits: HeadLimits) -> None:
        super().__init__()
        self._limits = limits
        self._others: dict[bytes, RequestHead] = {}

    def like(self, raw: bytes) -> RequestHead | None:
        """What C{parse_request_head} would return, if a head was kept that differs in the target alone."""
        start = raw.find(b" ") + 1
        end = raw.find(b" ", start)
        known = self._others.get(raw[:start] + raw[end:])
        if known is None:
            return None
        target = raw[start:end]
        limits = self._limits
        if (
            not ORIGIN_FORM.fullmatch(target)
            or (limits.line and len(target) > limits.line)
            or (limits.total and len(raw) > limits.total)
        ):
            return None
        return known.with_target(target)

    def clear(self) -> None:
        super().clear()
        self._others.clear()

    def _add(self, raw: bytes, head: RequestHead) -> None:
        super()._add(raw, head)
        start = raw.find(b" ") + 1
        end = raw.find(b" ", start)
        # Where the parser found another target the head is not as plain as it has to be.
        if raw[start:end] == head.target and ORIGIN_FORM.fullmatch(head.target):
            self._others[raw[:start] + raw[end:]] = head
