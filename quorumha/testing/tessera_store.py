"""L{TesseraStore}: the database that the Tessera nodes of one party share."""

from __future__ import annotations

from attrs import define, field

from quorumha.testing.tessera_octets import Payload


class StoreDead(Exception):
    """The database cannot be reached."""


class DuplicateKey(Exception):
    """The row is there already."""


class NoSuchRow(KeyError):
    """The row is not there."""


@define(eq=False)
class TesseraStore:
    """Two tables, as Tessera keeps them, by the hash of the payload.

    @ivar dead: nothing can be read or written.
    @ivar transactions: encrypted transactions.
    @ivar raws: payloads of C{/storeraw} that wait for their C{/sendsignedtx}.
    @ivar salt: counts what was ever encrypted, so that no two cipher texts are alike.
    """

    dead: bool = False
    transactions: dict[bytes, Payload] = field(factory=dict)
    raws: dict[bytes, Payload] = field(factory=dict)
    salt: int = 0

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

    def insert(self, payload: Payload, *, raw: bool = False) -> bytes:
        """Add a row.

        @return: its key.
        @raise DuplicateKey: it is there already.
        @raise StoreDead: nothing was written.
        """
        table = self._table(raw)
        if payload.hash in table:
            raise DuplicateKey(payload.hash)
        table[payload.hash] = payload
        return payload.hash

    def delete(self, key: bytes) -> None:
        """Remove a row.

        @raise NoSuchRow: it is not there.
        @raise StoreDead: nothing was removed.
        """
        self.get(key)
        del self.transactions[key]

    def _table(self, raw: bool) -> dict[bytes, Payload]:
        if self.dead:
            raise StoreDead
        return self.raws if raw else self.transactions
