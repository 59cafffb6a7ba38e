"""Errors that are answers."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.goquorum.rpc_error import RpcError, not_available, refusal


class ErrorTests(SynchronousTestCase):
    def test_codes(self) -> None:
        self.assertEqual((refusal("no").code, str(refusal("no"))), (-32000, "no"))
        self.assertEqual(not_available("a_b").code, -32601)
        self.assertEqual(RpcError(3, "x", "0x").data, "0x")
