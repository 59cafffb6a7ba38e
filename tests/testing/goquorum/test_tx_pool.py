"""A node's pool."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import KEYS, RpcError, Transaction
from quorumha.testing.goquorum.tx_pool import TxPool

A, B = KEYS[:2]


def one(nonce: int, value: int = 0, sender: str = A) -> Transaction:
    return Transaction.made(sender, nonce, B, value=value)


class PoolTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.state: dict[str, int] = {}
        self.pool = TxPool(lambda account: self.state.get(account, 0))

    def refused(self, said: str, transaction: Transaction) -> None:
        self.assertEqual(str(self.assertRaises(RpcError, self.pool.add, transaction)), said)

    def test_nonce(self) -> None:
        """The highest executable one and 1."""
        self.state[A] = 4
        self.assertEqual(self.pool.nonce(A), 4)
        self.assertEqual([t.nonce for t in self.pool.add(one(4))], [4])
        self.assertEqual(self.pool.nonce(A), 5)
        self.assertEqual(self.pool.add(one(7)), [])
        self.assertEqual(self.pool.nonce(A), 5)
        self.assertEqual(self.pool.add(one(6)), [])
        self.assertEqual([t.nonce for t in self.pool.add(one(5))], [5, 6, 7])
        self.assertEqual((self.pool.nonce(A), self.pool.queued), (8, {}))

    def test_refused(self) -> None:
        self.state[A] = 1
        self.pool.add(one(1))
        self.pool.add(one(3))
        self.refused("already known", one(1))
        self.refused("nonce too low", one(0))
        for nonce in (1, 3):
            self.refused("replacement transaction underpriced", one(nonce, value=1))
        self.assertEqual(len(self.pool.by_hash), 2)

    def test_used_up(self) -> None:
        """Goes without a word, whoever used it; what waited may be next."""
        for nonce in (0, 1, 3):
            self.pool.add(one(nonce))
        self.pool.add(one(0, sender=B))
        self.state[A] = 3
        self.assertEqual([t.nonce for t in self.pool.advanced([A])], [3])
        self.assertEqual([(t.sender, t.nonce) for t in self.pool.executable()], [(B, 0), (A, 3)])
        self.assertEqual(len(self.pool.by_hash), 2)
        self.state[B] = 1
        self.assertEqual(self.pool.advanced([B]), [])
        self.assertNotIn(B, self.pool.pending)
