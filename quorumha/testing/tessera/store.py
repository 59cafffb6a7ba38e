"""L{TesseraStore}: the database that the Tessera nodes of one party share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import define, field

from quorumha.testing.tessera.journal import Journal
from quorumha.testing.tessera.payloads import Payload


class StoreDead(Exception):
    """The database cannot be reached."""


class DuplicateKey(Exception):
    """The row is there already."""


class NoSuchRow(KeyError):
    """The row is not there."""


#: Which table, which key, and the row; None where it was deleted.
Change = tuple[bool, bytes, Payload | None]


@define(eq=False)
class TesseraStore:
    """Two tables, as Tessera keeps them, by the hash of the payload, and one of privacy groups.

    @ivar dead: nothing can be read or written.
    @ivar transactions: encrypted transactions.
    @ivar raws: payloads of C{/storeraw} that wait for their C{/sendsignedtx}.
    @ivar groups: privacy groups by their ids, as Tessera tells them.
    @ivar salt: counts what was ever encrypted, so that no two cipher texts are alike.
    @ivar journal: which request made which row.
    @ivar watchers: told of each change of the two tables; for L{ReplicatedStore}.
    """

    dead: bool = False
    transactions: dict[bytes, Payload] = field(factory=dict)
    raws: dict[bytes, Payload] = field(factory=dict)
    groups: dict[str, dict[str, Any]] = field(factory=dict)
    salt: int = 0
    journal: Journal = field(factory=Journal)
    watchers: list[Callable[[Change], None]] = field(factory=list, repr=False)

    def next_salt(self) -> bytes:
        """Bytes that were never given before."""
        self.salt += 1
        return b"%d" % self.salt

    def get(self, key: bytes, *, raw: bool = False) -> Payload:
        """Read a row.

        @raise NoSuchRow: it is not there.
        @raise StoreDead: nobody knows.
        """
        try:
            return self._table(raw)[key]
        except KeyError:
            raise NoSuchRow(key) from None

    def rows(self) -> list[Payload]:
        """Every transaction.

        @raise StoreDead: nobody knows.
        """
        return list(self._table(raw=False).values())

    def require_absent(self, key: bytes, *, raw: bool = False) -> None:
        """An insert would succeed.

        @raise DuplicateKey: the row is there already.
        @raise StoreDead: nobody knows.
        """
        if key in self._table(raw):
            raise DuplicateKey(key)

    def insert(self, payload: Payload, *, raw: bool = False) -> bytes:
        """Add a row.

        @return: its key.
        @raise DuplicateKey: it is there already.
        @raise StoreDead: nothing was written.
        """
        self.require_absent(payload.hash, raw=raw)
        self._table(raw)[payload.hash] = payload
        self._notify((raw, payload.hash, payload))
        return payload.hash

    def delete(self, key: bytes) -> None:
        """Remove a row.

        @raise NoSuchRow: it is not there.
        @raise StoreDead: nothing was removed.
        """
        self.get(key)
        del self.transactions[key]
        self._notify((False, key, None))

    def _notify(self, change: Change) -> None:
        for watcher in self.watchers:
            watcher(change)

    def _table(self, raw: bool) -> dict[bytes, Payload]:
        if self.dead:
            raise StoreDead
        return self.raws if raw else self.transactions
