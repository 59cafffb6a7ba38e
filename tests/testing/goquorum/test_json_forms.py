"""Forms; their fields are compared with captured ones in test_goquorum_corpus."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import KEYS, Transaction
from quorumha.testing.goquorum.block_chain import LOGS_ONCE, BlockChain
from quorumha.testing.goquorum.json_forms import (
    block_form,
    head_form,
    header_form,
    receipt_form,
    transaction_form,
)


class FormsTests(SynchronousTestCase):
    def test_a_receipt_with_logs(self) -> None:
        """Has its own logs and bloom; the gas adds up."""
        made = [Transaction.made(KEYS[0], nonce, data=LOGS_ONCE) for nonce in range(2)]
        block = BlockChain().append(tuple(made), 1.0)
        first, second = (receipt_form(block, index) for index in range(2))
        self.assertEqual([one["logs"][0]["logIndex"] for one in (first, second)], ["0x0", "0x1"])
        self.assertEqual(int(second["cumulativeGasUsed"], 16), 2 * int(first["cumulativeGasUsed"], 16))
        self.assertNotEqual(first["logsBloom"], second["logsBloom"])
        self.assertEqual(second["contractAddress"], made[1].contract)

    def test_a_header_is_a_head_and_two_fields(self) -> None:
        block = BlockChain().append((), 1.0)
        header, head = header_form(block), head_form(block)
        self.assertEqual({name: header[name] for name in head}, head)
        self.assertEqual(header.keys() - head.keys(), {"size", "totalDifficulty"})
        self.assertIsNone(block_form(block, False, pending=True)["hash"])

    def test_pending_and_typed(self) -> None:
        found = transaction_form(Transaction.made(KEYS[0], 0, KEYS[1]))
        self.assertEqual((found["blockHash"], found["transactionIndex"]), (None, None))
