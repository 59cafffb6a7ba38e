"""The hash of a transaction, as real nodes gave it."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.knowledge.transactions import hash_of_raw
from quorumha.testing.goquorum.transaction import Transaction
from tests.testing.goquorum_captures import load

SEND, RAW_BY_HASH = "eth_sendRawTransaction", "eth_getRawTransactionByHash"


class HashTests(SynchronousTestCase):
    """Keccak-256 of the raw bytes; not SHA-3."""

    def test_nothing(self) -> None:
        """The vector that everybody knows."""
        self.assertEqual(
            hash_of_raw(b""), "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
        )

    def test_legacy_as_real_nodes_called_them(self) -> None:
        """Sent, and read back."""
        compared = []
        for exchange in load("calls"):
            body, said = exchange["request"].get("body") or "", exchange["body"]
            if SEND in body and '"result":"0x' in said:
                (raw,), hash = json.loads(body)["params"], json.loads(said)["result"]
            elif RAW_BY_HASH in body and '"result":"0xf' in said:
                raw, (hash,) = json.loads(said)["result"], json.loads(body)["params"]
            else:
                continue
            self.assertEqual(hash_of_raw(bytes.fromhex(raw[2:])), hash, exchange["name"])
            compared.append(exchange["name"])
        self.assertEqual(compared, ["raw-ok", "rawtx", "raw-gap"])

    def test_typed_and_private_alike(self) -> None:
        """All of the bytes, whatever they say."""
        private = Transaction.made("0x" + "12" * 20, 3, private=True)
        self.assertTrue(private.private)
        self.assertEqual(hash_of_raw(private.raw), private.hash)
        # The leading byte of its type is one of them.
        self.assertNotEqual(hash_of_raw(b"\x01" + private.raw), private.hash)
