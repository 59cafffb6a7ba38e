"""Filters of a node."""

from __future__ import annotations

from quorumha.testing import KEYS, RpcError
from quorumha.testing.goquorum.go_json import GoObject
from quorumha.testing.goquorum.node_filters import UNUSED, LogCriteria, criteria
from tests.testing.goquorum.network_case import NetworkCase

TOPIC = "0x" + "0" * 63 + "7"


class FiltersTests(NetworkCase):
    def contract(self) -> str:
        hash = self.call(self.a1, "eth_sendTransaction", {"from": KEYS[0], "data": "0x60006000a0"})
        self.net.advance(1)
        address: str = self.call(self.a1, "eth_getTransactionReceipt", hash)["contractAddress"]
        return address

    def test_changes(self) -> None:
        blocks, pending = (
            self.call(self.a1, f"eth_new{name}Filter") for name in ("Block", "PendingTransaction")
        )
        contract = self.contract()
        logs = self.call(
            self.a1, "eth_newFilter", {"address": contract, "topics": [[TOPIC]], "fromBlock": "earliest"}
        )
        self.assertEqual(len(self.call(self.a1, "eth_getFilterChanges", blocks)), 1)
        self.assertEqual(len(self.call(self.a1, "eth_getFilterChanges", pending)), 1)
        hash = self.call(
            self.a1, "eth_sendTransaction", {"from": KEYS[0], "to": contract, "data": TOPIC + "ff"}
        )
        self.net.advance(1)
        (log,) = self.call(self.a1, "eth_getFilterChanges", logs)
        self.assertEqual((log["transactionHash"], log["topics"], log["data"]), (hash, [TOPIC], "0xff"))
        self.assertEqual(self.call(self.a1, "eth_getFilterChanges", logs), [])
        self.assertEqual(self.call(self.a1, "eth_getFilterLogs", logs), [log])
        self.assertEqual(self.call(self.a2, "eth_getLogs", {"fromBlock": "0x0", "topics": [TOPIC]}), [log])
        self.assertEqual(self.call(self.a2, "eth_getLogs", {"blockHash": log["blockHash"]}), [log])
        self.assertEqual(len(self.call(self.a2, "eth_getLogs", {"fromBlock": "0x0"})), 2)
        self.refused("filter not found", self.a1, "eth_getFilterLogs", blocks)
        self.refused("filter not found", self.a2, "eth_getFilterChanges", blocks)

    def test_forgotten(self) -> None:
        """With the process, and after five minutes unused."""
        first, second = (self.call(self.a1, "eth_newBlockFilter") for _ in range(2))
        self.net.advance(UNUSED - 1)
        self.call(self.a1, "eth_getFilterChanges", second)
        self.net.advance(2)
        self.refused("filter not found", self.a1, "eth_getFilterChanges", first)
        self.assertEqual(self.call(self.a1, "eth_getFilterChanges", second), [])
        self.a1.die()
        self.a1.start()
        self.refused("filter not found", self.a1, "eth_getFilterChanges", second)
        self.assertEqual(self.call(self.a1, "eth_uninstallFilter", second), False)

    def test_criteria(self) -> None:
        self.assertEqual(criteria(GoObject()), LogCriteria())
        asked = GoObject(fromblock="0x1", address=[KEYS[0]], topics=[None, [TOPIC]])
        self.assertEqual(criteria(asked), LogCriteria(1, "latest", None, (KEYS[0],), ((), (TOPIC,))))
        for wrong in (GoObject(blockhash=TOPIC, toblock="0x1"), GoObject(fromblock=[])):
            self.assertRaises(RpcError, criteria, wrong)
