"""Reading blocks and state; what was captured is in test_goquorum_corpus."""

from __future__ import annotations

from quorumha.testing import KEYS
from tests.testing.goquorum.network_case import NetworkCase


class ChainMethodsTests(NetworkCase):
    def test_one_block_by_every_name(self) -> None:
        hash = self.send(self.a1, value="0x5")
        self.net.advance(1)
        block = self.call(self.a1, "eth_getBlockByNumber", "0x1", True)
        self.assertEqual(self.call(self.a2, "eth_getBlockByHash", block["hash"], True), block)
        by_hash = {"blockHash": block["hash"], "requireCanonical": True}
        self.assertEqual(block["transactions"][0], self.call(self.a1, "eth_getTransactionByHash", hash))
        for name, tag in (("Number", "0x1"), ("Hash", block["hash"])):
            one = self.call(self.a1, f"eth_getTransactionByBlock{name}AndIndex", tag, "0x0")
            raw = self.call(self.a1, f"eth_getRawTransactionByBlock{name}AndIndex", tag, "0x0")
            self.assertEqual(
                (one["hash"], raw), (hash, self.call(self.a1, "eth_getRawTransactionByHash", hash))
            )
            self.assertIsNone(self.call(self.a1, f"eth_getTransactionByBlock{name}AndIndex", tag, "0x1"))
            self.assertEqual(self.call(self.a1, f"eth_getBlockTransactionCountBy{name}", tag), "0x1")
            self.assertEqual(self.call(self.a1, f"eth_getUncleCountByBlock{name}", tag), "0x0")
            self.assertEqual(self.call(self.a1, f"eth_getHeaderBy{name}", tag)["hash"], block["hash"])
        balances = [
            int(self.call(self.a1, "eth_getBalance", KEYS[0], tag), 16) for tag in ("0x0", "0x1", by_hash)
        ]
        self.assertEqual([balances[0] - one for one in balances], [0, 5, 5])
        counts = [
            self.call(self.a1, "eth_getTransactionCount", KEYS[0], tag) for tag in ("0x0", "latest", by_hash)
        ]
        self.assertEqual(counts, ["0x0", "0x1", "0x1"])

    def test_a_trace(self) -> None:
        hash = self.send(self.a1)
        self.refused(f"transaction {hash} not found", self.a1, "debug_traceTransaction", hash)
        self.net.advance(1)
        self.assertEqual(self.call(self.a1, "debug_traceTransaction", hash, {})["gas"], 21000)
        self.assertEqual(self.call(self.a1, "eth_createAccessList", {}, "latest")["accessList"], [])
        self.assertIsNone(self.call(self.a1, "eth_getPrivateTransactionByHash", hash))

    def test_a_contract(self) -> None:
        hash = self.call(self.a1, "eth_sendTransaction", {"from": KEYS[0], "data": "0x00"})
        self.net.advance(1)
        address = self.call(self.a1, "eth_getTransactionReceipt", hash)["contractAddress"]
        self.assertEqual(self.call(self.a1, "eth_getCode", address, "latest"), "0x00")
        self.assertEqual(self.call(self.a1, "eth_getCode", address, "0x0"), "0x")
        self.assertEqual(self.call(self.a1, "eth_call", {"to": address, "data": "0x12"}, "latest"), "0x12")
        self.assertEqual(self.call(self.a1, "eth_call", {"to": KEYS[0], "data": "0x12"}, "latest"), "0x")
        self.assertEqual(self.call(self.a1, "eth_getProof", address, [], "latest")["nonce"], "0x0")
        self.assertEqual(int(self.call(self.a1, "eth_getStorageAt", address, "0x0", "latest"), 16), 0)
        said = "json: cannot unmarshal hex string without 0x prefix into Go value of type common.Address"
        self.refused(
            f"invalid argument 0: {said}",
            self.a1,
            "eth_call",
            {"to": "x"},
            "latest",
        )
