"""L{Journal}: which request made which row of a store, for tests that count orphans and repeats."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from attrs import define, field, frozen

from quorumha.testing.http.message_reader import Message

#: Requests whose row nobody can find again unless its answer arrived.
_MAKERS = (b"/send", b"/sendraw")


@frozen
class Insertion:
    """A row that was committed.

    @ivar key: of the row.
    @ivar raw: it is in the table of C{/storeraw}.
    @ivar node: the name of the node that made it.
    @ivar path: without the query.
    @ivar request_id: C{X-Request-Id}; empty if the request had none.
    @ivar digest: SHA-256 of the request's body.
    """

    key: bytes
    raw: bool
    node: str
    method: bytes
    path: bytes
    request_id: bytes
    digest: bytes

    @classmethod
    def of(cls, request: Message, key: bytes, raw: bool, node: str) -> Insertion:
        """The one that this request made."""
        named = b",".join(request.all(b"x-request-id"))
        path = request.target.split(b"?", 1)[0]
        return cls(key, raw, node, request.method, path, named, hashlib.sha256(request.body).digest())


@define(eq=False)
class Journal:
    """Every row that was ever committed, in order; a delete takes nothing away here.

    @ivar insertions: see L{Insertion}.
    """

    insertions: list[Insertion] = field(factory=list)

    def orphans(self, known: Iterable[bytes]) -> list[Insertion]:
        """Rows of C{/send} and C{/sendraw} whose key no client got.

        @param known: the keys that clients got.
        """
        excluded = set(known)
        return [one for one in self.insertions if one.path in _MAKERS and one.key not in excluded]

    def doubles(self) -> list[list[Insertion]]:
        """Rows that one request made several of: same method, path and body.

        The test's own requests must differ from each other, then these are repeats.
        """
        groups: dict[tuple[bytes, bytes, bytes], list[Insertion]] = {}
        for one in self.insertions:
            groups.setdefault((one.method, one.path, one.digest), []).append(one)
        return [group for group in groups.values() if len(group) > 1]
