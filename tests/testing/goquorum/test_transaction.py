"""Transactions as bytes."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import KEYS, RpcError, Transaction
from quorumha.testing.goquorum.rlp import encode, keccak256, number
from quorumha.testing.goquorum.transaction import hexed


class TransactionTests(SynchronousTestCase):
    def refused(self, said: str, raw: bytes) -> None:
        self.assertEqual(str(self.assertRaises(RpcError, Transaction.read, raw)), said)

    def test_made_and_read(self) -> None:
        """The same bytes are the same transaction, private ones too."""
        for private in (False, True):
            made = Transaction.made(
                KEYS[3].upper().replace("X", "x"), 7, KEYS[4], data=b"x" * 64, private=private
            )
            found = Transaction.read(made.raw)
            self.assertEqual((found.sender, found.nonce, found.to), (KEYS[3], 7, KEYS[4]))
            self.assertEqual((found.hash, found.private), (made.hash, private))
            self.assertEqual(made.hash, hexed(keccak256(made.raw)))

    def test_others_hash_otherwise(self) -> None:
        hashes = {
            Transaction.made(KEYS[one], n, KEYS[5], value=v).hash
            for one in (0, 1)
            for n in (0, 1)
            for v in (0, 1)
        }
        self.assertEqual(len(hashes), 8)

    def test_contract(self) -> None:
        """A known address: the first contract of this account."""
        made = Transaction.made("0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0", 0)
        self.assertEqual(made.contract, "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d")

    def test_typed(self) -> None:
        fields = [number(7841), b"\x05", b"", number(90000), bytes(20), b"", b"", []]
        r = b"simulated\xff\xff\xff" + bytes.fromhex(KEYS[0][2:])
        raw = b"\x01" + encode([*fields, b"\x01", r, b"\x01"])
        self.refused("transaction type not supported", raw)
        found = Transaction.read(raw, types=(0, 1))
        self.assertEqual((found.type, found.nonce, found.sender, found.raw), (1, 5, KEYS[0], raw))
        self.assertFalse(found.private)

    def test_bytes_that_are_none(self) -> None:
        self.refused("EOF", b"")
        self.refused("transaction type not supported", b"\x00")
        self.refused("rlp: value size exceeds available input length", b"\xf8\x62")
        self.refused("rlp: expected input list for types.LegacyTx", b"\xc0")
        self.refused("invalid sender", Transaction.made(KEYS[0], 0, KEYS[1], chain_id=5).raw)
