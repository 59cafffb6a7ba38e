"""What follows from the answer to a signed transaction, without members."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.decide.signed import SignedStep, raw_of, signed_step, taken_body

HASH = "0x" + "ab" * 32


def error(message: str, code: int = -32000) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": code, "message": message}}).encode()


class SignedStepTests(SynchronousTestCase):
    """One answer."""

    def step(self, body: bytes, status: int = 200) -> SignedStep:
        return signed_step(body, b"1", status)

    def test_a_hash_is_taken(self) -> None:
        """So says a node that has pooled it."""
        self.assertIs(self.step(b'{"jsonrpc":"2.0","id":1,"result":"%b"}' % HASH.encode()), SignedStep.TAKEN)

    def test_already_known_is_success(self) -> None:
        """It was sent before."""
        self.assertIs(self.step(error("already known")), SignedStep.TAKEN)

    def test_nonce_too_low_asks_for_the_hash(self) -> None:
        """It may be this very transaction's."""
        self.assertIs(self.step(error("nonce too low")), SignedStep.FIND)

    def test_a_nodes_fault_asks_the_next_member(self) -> None:
        """Nothing was done."""
        for body in (error("txpool is full"), error("the method x does not exist", -32601)):
            self.assertIs(self.step(body), SignedStep.NEXT)

    def test_what_is_no_json_leaves_it_in_doubt(self) -> None:
        """Something stands before the node."""
        self.assertIs(self.step(b"<html>", 502), SignedStep.IN_DOUBT)

    def test_everything_else_is_delivered(self) -> None:
        """The caller's fault, or anything that nothing is known of."""
        for body in (
            error("replacement transaction underpriced"),
            error("never seen before"),
            b'{"jsonrpc":"2.0","id":1,"result":null}',
            b'{"jsonrpc":"2.0","id":1,"result":5}',
        ):
            self.assertIs(self.step(body), SignedStep.DELIVER)

    def test_the_bytes(self) -> None:
        """None where they cannot be read, or their hash is not the transaction's."""
        self.assertEqual(raw_of(Call(b"1", "eth_sendRawTransaction", b'["0x0102"]')), b"\x01\x02")
        for params in (b'["0x"]', b'["zz"]', b"[]", b"", b"[5]"):
            self.assertIsNone(raw_of(Call(b"1", "eth_sendRawTransaction", params)))
        self.assertIsNone(raw_of(Call(b"1", "eth_distributePrivateTransaction", b'["0x0102",{}]')))

    def test_the_answer_as_a_node_gives_it(self) -> None:
        """Its id as a node echoes it."""
        self.assertEqual(
            taken_body(b'"<"', HASH),
            b'{"jsonrpc":"2.0","id":"\\u003c","result":"%b"}' % HASH.encode(),
        )
