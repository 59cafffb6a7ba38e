"""Who has signed."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.goquorum.rlp import decode, encode, keccak256, number
from quorumha.testing.goquorum.secp256k1 import N, recover

#: Captured: signed by a real GoQuorum's tool, for 0x3a960b...
RAW = bytes.fromhex(
    "f8628080830186a0941c0354cbe6b42abcc0bd72d9ecd22dc2f50238418080823d65a0a0b2d7ac0792978c047969e05e3ed4ea"
    "01205db295a77f5795fa554bb7b43756a043ab081d9a6230250c3e28195d2303329795e4ed7f038be128556a550d0d942c"
)


class RecoveryTests(SynchronousTestCase):
    def test_a_captured_signature(self) -> None:
        fields = decode(RAW)
        assert isinstance(fields, list)
        digest = keccak256(encode([*fields[:6], number(7841), b"", b""]))
        r, s = (int.from_bytes(part, "big") for part in fields[7:] if isinstance(part, bytes))
        self.assertEqual(recover(digest, 0, r, s).hex(), "3a960bfcd4417e0c8d51527849e32c903dea4725")
        self.assertNotEqual(recover(digest, 1, r, s).hex(), "3a960bfcd4417e0c8d51527849e32c903dea4725")

    def test_no_signature(self) -> None:
        for parity, r, s in ((0, 0, 1), (0, 1, 0), (0, 5, 1), (2, 1, 1), (0, 1, N - 1)):
            with self.assertRaises(ValueError):
                recover(bytes(32), parity, r, s)
