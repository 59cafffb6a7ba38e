"""The database that Tessera nodes share."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import TesseraStore
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.store import DuplicateKey, NoSuchRow, StoreDead


class StoreTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.store = TesseraStore()
        self.payload = Payload.seal(b"x", bytes(32), [], b"salt")

    def test_rows(self) -> None:
        key = self.store.insert(self.payload)
        self.assertEqual(self.store.get(key), self.payload)
        self.assertRaises(DuplicateKey, self.store.insert, self.payload)
        self.assertRaises(NoSuchRow, self.store.get, key, raw=True)
        self.store.delete(key)
        self.assertRaises(NoSuchRow, self.store.delete, key)

    def test_raw_rows_stand_apart(self) -> None:
        key = self.store.insert(self.payload, raw=True)
        self.assertEqual(self.store.insert(self.payload), key)

    def test_dead(self) -> None:
        key = self.store.insert(self.payload)
        self.store.dead = True
        self.assertRaises(StoreDead, self.store.get, key)
        self.assertRaises(StoreDead, self.store.insert, self.payload)
        self.assertRaises(StoreDead, self.store.delete, key)
        self.store.dead = False
        self.assertEqual(self.store.get(key), self.payload)

    def test_salts_differ(self) -> None:
        self.assertNotEqual(self.store.next_salt(), self.store.next_salt())
