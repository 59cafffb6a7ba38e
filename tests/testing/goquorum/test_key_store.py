"""A folder of keys."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import KEYS
from quorumha.testing.goquorum.key_store import KeyStore


class StoreTests(SynchronousTestCase):
    def test_keys(self) -> None:
        self.assertEqual((len(set(KEYS)), {len(one) for one in KEYS}), (100, {42}))

    def test_create(self) -> None:
        store = KeyStore()
        self.assertEqual(store.create(b"a"), store.create(b"a"))
        self.assertEqual(len(store.accounts), 1)
