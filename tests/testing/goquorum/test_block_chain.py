"""The chain, and its state at each height."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import KEYS, Transaction
from quorumha.testing.goquorum.block_chain import FUNDS, LOGS_ONCE, BlockChain, bloom_of

A, B = KEYS[:2]


class ChainTests(SynchronousTestCase):
    def test_state_at_each_height(self) -> None:
        chain = BlockChain()
        chain.append((Transaction.made(A, 0, B, value=5),), 1.0)
        chain.append((), 1.5)
        chain.append((Transaction.made(A, 1, B, value=2), Transaction.made(A, 2, B)), 2.0)
        self.assertEqual([chain.nonce(A, height) for height in range(4)], [0, 1, 1, 3])
        self.assertEqual([FUNDS - chain.balance(A, height) for height in range(4)], [0, 5, 5, 7])
        self.assertEqual(chain.balance(B, 3), FUNDS + 7)
        self.assertEqual(chain.nonce(B, 3), 0)

    def test_blocks(self) -> None:
        chain = BlockChain()
        block = chain.append((Transaction.made(A, 0, B),), 1.0)
        self.assertEqual(
            (block.number, block.parent, chain.numbers[block.hash]), (1, chain.blocks[0].hash, 1)
        )
        self.assertEqual(chain.places[block.transactions[0].hash], (1, 0))
        self.assertGreater(block.timestamp, 10**18)
        self.assertEqual(chain.blocks[0].timestamp, 0)

    def test_logs(self) -> None:
        """A contract logs what it is called with; a creation logs by what its code begins with."""
        chain = BlockChain()
        quiet, loud = Transaction.made(A, 0, data=b"\x00"), Transaction.made(A, 1, data=LOGS_ONCE)
        calls = [
            Transaction.made(A, 2, quiet.contract, data=bytes(31) + b"\x07more"),
            Transaction.made(A, 3, B),
        ]
        block = chain.append((quiet, loud, *calls), 1.0)
        self.assertEqual(
            [(log.address, log.index, log.transaction_index) for log in block.logs],
            [(loud.contract, 0, 1), (quiet.contract, 1, 2)],
        )
        self.assertEqual((block.logs[1].topics, block.logs[1].data), (("0x" + "0" * 63 + "7",), b"more"))
        self.assertEqual(block.bloom, bloom_of(block.logs))
        self.assertNotEqual(block.bloom, bytes(256))
        self.assertEqual([chain.is_contract(loud.contract, height) for height in (0, 1)], [False, True])
