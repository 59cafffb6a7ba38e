"""Subscriptions over a WebSocket."""

from __future__ import annotations

from typing import Any

from quorumha.testing import KEYS, SocketRecorder
from tests.testing.goquorum.network_case import NetworkCase


class SubscriptionsTests(NetworkCase):
    def setUp(self) -> None:
        super().setUp()
        self.client = SocketRecorder.connect(self.net, "a2:8546")

    def subscribe(self, *params: Any) -> Any:
        self.client.call("eth_subscribe", *params)
        self.net.run()
        return self.client.values[-1]["result"]

    def told(self, id: str) -> list[Any]:
        notes = [one["params"] for one in self.client.values if one.get("method") == "eth_subscription"]
        return [one["result"] for one in notes if one["subscription"] == id]

    def test_heads_as_the_node_gets_them(self) -> None:
        id = self.subscribe("newHeads")
        self.a2.lag = 1.0
        self.network.mine(2)
        self.net.advance(0.9)
        self.assertEqual(self.told(id), [])
        self.net.advance(0.2)
        self.assertEqual([head["number"] for head in self.told(id)], ["0x1", "0x2"])
        self.client.call("eth_unsubscribe", id)
        self.net.run()
        self.assertEqual(self.client.values[-1]["result"], True)
        self.network.mine()
        self.net.advance(2)
        self.assertEqual(len(self.told(id)), 2)
        self.assertEqual(self.a2.on_block, [])

    def test_logs_that_match(self) -> None:
        contract = self.network.sign(KEYS[60], 0, data=b"\x00")
        found = self.call(self.a1, "eth_sendRawTransaction", contract)
        self.net.advance(1)
        address = self.call(self.a1, "eth_getTransactionReceipt", found)["contractAddress"]
        every, none = (
            self.subscribe("logs", {"address": address}),
            self.subscribe("logs", {"address": KEYS[0]}),
        )
        self.call(self.a1, "eth_sendTransaction", {"from": KEYS[0], "to": address, "data": "0x01"})
        self.net.advance(1)
        (log,) = self.told(every)
        self.assertEqual((log["data"], self.told(none)), ("0x01", []))
        self.assertEqual(self.call(self.a1, "eth_getLogs", {"address": address, "fromBlock": "0x0"}), [log])

    def test_pending_and_syncing(self) -> None:
        pending, syncing = self.subscribe("newPendingTransactions"), self.subscribe("syncing")
        hash = self.send(self.a1)
        self.net.advance(1)
        self.assertEqual(self.told(pending), [hash])
        self.a2.announce_syncing({"currentBlock": "0x1"})
        self.a2.announce_syncing(False)
        self.net.run()
        self.assertEqual([bool(one) for one in self.told(syncing)], [True, False])

    def test_other_namespaces(self) -> None:
        self.client.call("admin_subscribe", "peerEvents")
        self.client.call("none_subscribe", "newHeads")
        self.net.run()
        first, second = self.client.values
        self.assertTrue(first["result"].startswith("0x"))
        self.assertEqual(second["error"]["message"], 'no "newHeads" subscription in none namespace')
