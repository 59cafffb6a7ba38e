"""The simulated GoQuorum's methods, and the chain that nodes share."""

from __future__ import annotations

import json

from tests.testing.goquorum.test_simulated_goquorum import Nodes

FROM = "0xED9D02E382B34818E88B88A309C7FE71E65F419D"


class MethodTests(Nodes):
    def test_nodes_agree(self) -> None:
        self.assertEqual(self.call("eth_blockNumber")["result"], "0x0")
        key = self.call("eth_sendTransaction", {"from": FROM, "to": None, "data": "0x00"})["result"]
        self.assertEqual(self.call("eth_blockNumber", node=self.second)["result"], "0x1")
        receipt = self.call("eth_getTransactionReceipt", key, node=self.second)["result"]
        self.assertEqual((receipt["blockNumber"], receipt["from"]), ("0x1", FROM.lower()))
        self.assertIs(self.call("eth_getTransactionReceipt", "0x00")["result"], None)
        self.assertEqual(self.call("eth_getTransactionCount", FROM, "pending")["result"], "0x1")
        self.assertEqual(self.call("eth_chainId")["result"], "0x539")

    def test_what_a_repeat_gets(self) -> None:
        self.call("eth_sendRawTransaction", "0x01")
        self.assertEqual(self.call("eth_sendRawTransaction", "0x01")["error"]["message"], "already known")
        sent = {"from": FROM, "nonce": "0x0"}
        self.call("eth_sendTransaction", sent)
        self.assertEqual(self.call("eth_sendTransaction", sent)["error"]["message"], "nonce too low")

    def test_errors_come_with_200(self) -> None:
        self.assertEqual(self.call("no_such")["error"]["code"], -32601)
        self.assertEqual(self.call("eth_sendTransaction")["error"]["code"], -32602)
        self.assertEqual(json.loads(self.ask(b"{").body)["error"]["code"], -32700)
        self.assertEqual(json.loads(self.ask(b"1").body)["error"]["code"], -32600)
        self.assertEqual(json.loads(self.ask(b"[]").body)["error"]["code"], -32600)
        self.first.faults.database_dead = True
        self.assertEqual(self.call("eth_blockNumber")["error"]["code"], -32000)

    def test_batch(self) -> None:
        calls = [{"jsonrpc": "2.0", "id": n, "method": "net_version"} for n in (1, 2)]
        said = json.loads(self.ask(json.dumps(calls).encode()).body)
        self.assertEqual([(one["id"], one["result"]) for one in said], [(1, "1337"), (2, "1337")])
