"""Batches of our own, and what members say to them."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.own_calls import NO_ENTRY, OwnCall, own_batch, own_entries
from quorumha.goquorum.knowledge.node_errors import Verdict

CALLS = [OwnCall("eth_getTransactionByHash", f"0x{n:064x}") for n in range(3)]


class OwnCallsTests(SynchronousTestCase):
    """One request for all."""

    def test_a_batch(self) -> None:
        """Their ids are their places."""
        found = json.loads(own_batch(CALLS))
        self.assertEqual([one["id"] for one in found], [0, 1, 2])
        self.assertEqual(found[2]["method"], "eth_getTransactionByHash")
        self.assertEqual(found[2]["params"], [CALLS[2].parameter])
        (count,) = json.loads(own_batch([OwnCall("eth_getTransactionCount", "0x12", "pending")]))
        self.assertEqual(count["params"], ["0x12", "pending"])

    def test_entries_by_id_in_whatever_order(self) -> None:
        """And what is missing, or nobody asked for."""
        body = (
            b'[{"jsonrpc":"2.0","id":2,"error":{"code":-32000,"message":"already known"}},'
            b'{"jsonrpc":"2.0","id":0,"result":{"hash":"0x1"}},{"id":7,"result":1},{"id":null,"result":2}]\n'
        )
        first, second, third = own_entries(body, CALLS)
        self.assertEqual(first.result, b'{"hash":"0x1"}')
        self.assertTrue(first.found)
        self.assertIs(second, NO_ENTRY)
        self.assertEqual((third.verdict, third.message), (Verdict.KNOWN, "already known"))
        self.assertFalse(third.found)

    def test_null_and_no_bytes_are_not_found(self) -> None:
        """As C{eth_getRawTransactionByHash} says it."""
        body = b'[{"id":0,"result":null},{"id":1,"result":"0x"}]'
        for entry in own_entries(body, CALLS)[:2]:
            self.assertFalse(entry.found)
            self.assertTrue(entry.result)

    def test_what_is_no_list(self) -> None:
        """Nothing was said."""
        for body in (b"", b"<html>", b'{"id":null,"error":{"code":1,"message":"x"}}', b"[5]", b"\xff"):
            self.assertEqual(own_entries(body, CALLS), [NO_ENTRY] * 3)
