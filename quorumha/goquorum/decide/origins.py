"""L{Origins}: which fields let a page of some origin read an answer.  Pure.

Nodes decide whose pages may read their answers (C{--http.corsdomain}).  What the proxy answers itself has
what a member said last: else a browser hides it, and its user hears of a network error.
"""

from __future__ import annotations

from quorumha.goquorum.decide.lru import Lru
from quorumha.http.wire.messages import Fields, RequestHead, first_value

#: How many are remembered: clients may make them up.
MOST = 1000
#: Bytes of one that is remembered.
LENGTH = 256

_NAMES = (b"access-control-allow-origin", b"access-control-allow-credentials", b"vary")


def origin_of(head: RequestHead) -> bytes:
    """Whose page asks; empty: none does, or it is no origin that a browser would send."""
    found = first_value(head.fields, b"origin")
    return found if len(found) <= LENGTH else b""


class Origins:
    """What members said last, by origin."""

    def __init__(self, most: int = MOST) -> None:
        self._fields: Lru[bytes, Fields] = Lru(most)

    def __len__(self) -> int:
        return len(self._fields)

    def note(self, origin: bytes, fields: Fields) -> None:
        """A member has answered a request of a page."""
        self._fields.put(origin, [one for one in fields if one[0].lower() in _NAMES])

    def fields(self, origin: bytes) -> Fields:
        """For an answer of the proxy's own."""
        return [] if not origin else self._fields.get(origin) or []
