"""The nodes of the study of JSON-RPC: what they answer, and when which of them has a transaction."""

from __future__ import annotations

import json
import random

from twisted.trial.unittest import SynchronousTestCase

from bench.rpc_answers import HEAD_ENDING, Chain, told
from bench.upstreams import ANSWER


def _call(method: str, *params: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


class ChainTests(SynchronousTestCase):
    """L{Chain}."""

    def setUp(self) -> None:
        self.chain = Chain(random.Random(1))

    def _result(self, node: int, now: float, method: str, *params: object) -> object:
        return json.loads(self.chain.respond(node, _call(method, *params), now))["result"]

    def test_read_and_batch(self) -> None:
        """Each entry is answered with the answer of every work, and its id."""
        self.assertEqual(self.chain.respond(0, _call("eth_call"), 0.0), ANSWER.encode() + b"\n")
        batch = b"[%b,%b]" % (_call("eth_call"), _call("eth_call").replace(b'"id": 1', b'"id": 2'))
        self.assertEqual([one["id"] for one in json.loads(self.chain.respond(1, batch, 0.0))], [1, 2])

    def test_gossip(self) -> None:
        """The node that took a transaction has it at once, another one after a while."""
        hash = self._result(0, 10.0, "eth_sendTransaction", {})
        self.assertTrue(self._result(0, 10.0, "eth_getTransactionByHash", hash))
        self.assertIsNone(self._result(1, 10.0, "eth_getTransactionByHash", hash))
        self.assertTrue(self._result(1, 11.0, "eth_getTransactionByHash", hash))

    def test_carried_over(self) -> None:
        """What is read back from one node is taken by the other."""
        hash = self._result(0, 10.0, "eth_sendTransaction", {})
        raw = self._result(0, 10.0, "eth_getRawTransactionByHash", hash)
        self.assertEqual(self._result(1, 10.0, "eth_sendRawTransaction", raw), hash)
        self.assertTrue(self._result(1, 10.0, "eth_getTransactionByHash", hash))

    def test_heads(self) -> None:
        """Each is the next one, and is as long as those of real nodes, in two frames."""
        first, second = (json.loads(self.chain.next_head()) for _ in range(2))
        self.assertEqual(second["parentHash"], first["hash"])
        self._result(0, 0.0, "eth_subscribe")
        id = self.chain.subscription
        message = told(id, self.chain.next_head())
        self.assertEqual(json.loads(message)["params"]["subscription"], id)
        self.assertTrue(message.rstrip().endswith(HEAD_ENDING))
        self.assertTrue(1024 < len(message) < 2048, len(message))
        self.assertNotEqual(self._result(0, 0.0, "eth_subscribe"), id)
