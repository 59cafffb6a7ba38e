"""L{SharedStore}: one database for simulated Tesseras that run in processes of their own."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

from attrs import frozen

from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.store import DuplicateKey, NoSuchRow, StoreDead, TesseraStore

_TABLE = (
    "create table if not exists payloads"
    " (key blob, raw integer, octets blob, node text, made real, primary key (key, raw))"
)


@frozen
class Made:
    """A row, and who made it.

    @ivar at: when, in seconds of the wall clock.
    """

    key: bytes
    node: str
    at: float


class SharedStore(TesseraStore):
    """As L{TesseraStore}, in a file that several processes may have open.

    A write is there or not when its process is killed.  Privacy groups stay in the process.
    """

    def __init__(self, path: Path, node: str) -> None:
        """
        @param node: the name that its rows bear.
        """
        super().__init__()
        self._node = node
        # Each statement is a transaction; what survives a loss of power does not matter.
        self._database = sqlite3.connect(path, isolation_level=None, timeout=2.0)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = off")
        self._database.execute(_TABLE)

    def next_salt(self) -> bytes:
        """See L{TesseraStore.next_salt}; no two processes make the same."""
        return os.urandom(16)

    def get(self, key: bytes, *, raw: bool = False) -> Payload:
        """See L{TesseraStore.get}."""
        found = self._ask("select octets from payloads where key = ? and raw = ?", key, raw)
        if not found:
            raise NoSuchRow(key)
        return Payload.decode(found[0][0])

    def rows(self) -> list[Payload]:
        """See L{TesseraStore.rows}."""
        return [
            Payload.decode(octets) for (octets,) in self._ask("select octets from payloads where raw = 0")
        ]

    def require_absent(self, key: bytes, *, raw: bool = False) -> None:
        """See L{TesseraStore.require_absent}."""
        if self._ask("select 1 from payloads where key = ? and raw = ?", key, raw):
            raise DuplicateKey(key)

    def insert(self, payload: Payload, *, raw: bool = False) -> bytes:
        """See L{TesseraStore.insert}."""
        row = (payload.hash, raw, payload.encode(), self._node, time.time())
        try:
            self._ask("insert into payloads values (?, ?, ?, ?, ?)", *row)
        except sqlite3.IntegrityError:
            raise DuplicateKey(payload.hash) from None
        return payload.hash

    def delete(self, key: bytes) -> None:
        """See L{TesseraStore.delete}."""
        self.get(key)
        self._ask("delete from payloads where key = ? and raw = 0", key)

    def made(self) -> list[Made]:
        """Every transaction, in the order they were made."""
        return [
            Made(*row)
            for row in self._ask("select key, node, made from payloads where raw = 0 order by made")
        ]

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()

    def _ask(self, statement: str, *values: object) -> list[Any]:
        try:
            return self._database.execute(statement, values).fetchall()
        except sqlite3.OperationalError as problem:
            # Somebody was stopped in the middle of a write.
            raise StoreDead from problem
