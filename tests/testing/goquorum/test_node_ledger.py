"""What a node comes to know, and what it keeps."""

from __future__ import annotations

from quorumha.testing import KEYS, Transaction
from tests.testing.goquorum.network_case import NetworkCase


class LedgerTests(NetworkCase):
    def test_the_journal_holds_what_clients_gave(self) -> None:
        """Not what was gossiped, nor what a block has."""
        self.send(self.a1)
        self.net.advance(0.01)
        self.assertEqual([len(one.journal) for one in (self.a1, self.a2)], [1, 0])
        self.assertEqual(len(self.a2.pool.by_hash), 1)
        self.net.advance(1)
        self.assertEqual([len(one.journal) for one in (self.a1, self.a2)], [0, 0])

    def test_frozen(self) -> None:
        """What comes meanwhile is there when it thaws."""
        self.a2.freeze()
        hash = self.send(self.a1)
        self.net.advance(0.01)
        self.assertEqual(self.a2.pool.by_hash, {})
        self.a2.thaw()
        self.assertIn(hash, self.a2.pool.by_hash)

    def test_who_is_told(self) -> None:
        blocks, pending = [], []
        self.a2.on_block.append(lambda block: blocks.append(block.number))
        self.a2.on_pending.append(lambda one: pending.append(one.nonce))
        self.a2.take(Transaction.made(KEYS[0], 1, KEYS[1]))
        self.assertEqual(pending, [])
        self.a2.take(Transaction.made(KEYS[0], 0, KEYS[1]))
        self.net.advance(1)
        self.assertEqual((blocks, pending), ([1], [0, 1]))

    def test_transactions_fill_a_gap_that_a_block_closes(self) -> None:
        """Then they go on to the others."""
        self.network.gossip = None
        self.a2.take(late := Transaction.made(KEYS[0], 1, KEYS[1]))
        self.a1.take(Transaction.made(KEYS[0], 0, KEYS[1]))
        self.net.advance(0.3)
        self.assertEqual(self.network.chain.height, 1)
        self.assertIn(1, self.a2.pool.pending[KEYS[0]])
        self.network.gossip = lambda sender, receiver: 0.1 if receiver is self.a1 else None
        self.net.advance(1)
        self.assertTrue(self.network.included(late.hash))
