"""What answers say of heights."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.heights import LOOKED_AT, best_height, height_in, signs_of
from quorumha.pool.passive_health import DOWN
from quorumha.pool.pool import UpstreamPool
from tests.pool.test_pool import upstream


def answer(result: Any) -> bytes:
    """As a node writes it: keys in order."""
    return json.dumps({"jsonrpc": "2.0", "id": 1, "result": result}, separators=(",", ":")).encode() + b"\n"


class HeightInTests(SynchronousTestCase):
    """Only of methods whose answers have a block."""

    def test_answers_with_a_block(self) -> None:
        """Of each kind."""
        for method, result in (
            ("eth_blockNumber", "0x11"),
            (
                "eth_getBlockByNumber",
                {"miner": "0x0", "number": "0x11", "transactions": [{"blockNumber": "0x1"}]},
            ),
            ("eth_getBlockByHash", {"number": "0x11"}),
            ("eth_getHeaderByNumber", {"number": "0x11"}),
            ("eth_getHeaderByHash", {"number": "0x11"}),
            ("eth_getTransactionByHash", {"blockHash": "0x0", "blockNumber": "0x11"}),
            ("eth_getTransactionReceipt", {"blockNumber": "0x11", "logs": []}),
            ("eth_getLogs", [{"blockNumber": "0x2"}, {"blockNumber": "0x11"}]),
        ):
            self.assertEqual(height_in(method, b"[]", answer(result)), 17, method)

    def test_answers_without_one(self) -> None:
        """Nothing is learnt."""
        for method, result in (
            ("eth_blockNumber", None),
            ("eth_blockNumber", "0x"),
            ("eth_blockNumber", "0x" + "f" * 40),
            ("eth_blockNumber", "0xzz"),
            ("eth_getTransactionByHash", {"blockNumber": None}),
            ("eth_getBlockByNumber", None),
            ("eth_getLogs", []),
            ("eth_getBalance", "0x11"),
            ("eth_call", {"number": "0x11"}),
        ):
            self.assertEqual(height_in(method, b"[]", answer(result)), -1, (method, result))
        error = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"header not found"}}\n'
        self.assertEqual(height_in("eth_blockNumber", b"[]", error), -1)

    def test_a_pending_block_is_not_there_yet(self) -> None:
        """Of Istanbul it has the next one's number."""
        self.assertEqual(
            height_in("eth_getBlockByNumber", b'["pending",false]', answer({"number": "0x11"})), -1
        )

    def test_the_seals_of_many_validators_stand_before_the_number(self) -> None:
        """C{extraData} of Istanbul has 85 bytes for each of them."""
        block = answer({"extraData": "0x" + "0" * 2 * 85 * 100, "number": "0x11"})
        self.assertEqual(height_in("eth_getBlockByNumber", b"[]", block), 17)

    def test_the_last_one_of_many_logs(self) -> None:
        """Of an answer that goes down as it comes, the last one that is there."""
        logs = answer([{"blockNumber": "0x2"}] * 1000 + [{"blockNumber": "0x11"}])
        self.assertEqual(height_in("eth_getLogs", b"[]", logs), 17)
        self.assertEqual(height_in("eth_getLogs", b"[]", logs[: logs.rindex(b"1")]), 2)

    def test_only_the_beginning_of_other_answers_is_looked_at(self) -> None:
        """It is not gone through for what is not there."""
        late = answer({"extraData": "0x" + "0" * LOOKED_AT, "number": "0x11"})
        self.assertEqual(height_in("eth_getBlockByNumber", b"[]", late), -1)

    @given(st.binary(max_size=200))
    def test_whatever_it_is(self, body: bytes) -> None:
        """No answer breaks it."""
        for method in ("eth_blockNumber", "eth_getBlockByNumber", "eth_getLogs"):
            height_in(method, b"[]", b'{"jsonrpc":"2.0","id":1,"result":"0x' + body)


class BestTests(SynchronousTestCase):
    """The best member."""

    def test_of_the_usable_ones(self) -> None:
        """What is down does not count."""
        pool = UpstreamPool("p", [upstream("a"), upstream("b")])
        a, b = pool.members
        self.assertEqual(best_height(pool.members, 0.0), -1)
        signs_of(a).has(9, 0.0)
        signs_of(b).has(7, 0.0)
        self.assertEqual(best_height(pool.members, 0.0), 9)
        a.health = DOWN
        self.assertEqual(best_height(pool.members, 0.0), 7)
