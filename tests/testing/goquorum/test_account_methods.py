"""Sending and signing; what was captured is in test_goquorum_corpus."""

from __future__ import annotations

from typing import Any

from quorumha.testing import KEYS
from tests.testing.goquorum.network_case import NetworkCase

LOCKED = "authentication needed: password or unlock"


class AccountTests(NetworkCase):
    def test_unlocking_holds_for_one_process(self) -> None:
        asked = {"from": KEYS[0], "to": KEYS[1]}
        for one in (self.a1, self.a2):
            self.call(one, "personal_lockAccount", KEYS[0])
        self.call(self.a1, "personal_unlockAccount", KEYS[0], "pw")
        self.send(self.a1)
        self.refused(LOCKED, self.a2, "eth_sendTransaction", asked)
        self.call(self.a2, "personal_sendTransaction", asked | {"nonce": "0x5"}, "pw")
        self.refused(
            "could not decrypt key with given password", self.a2, "personal_sendTransaction", asked, "x"
        )
        self.refused(LOCKED, self.a2, "eth_sign", KEYS[0], "0x01")

    def test_sign_and_send(self) -> None:
        """A transaction that is signed here is taken there, from the same sender."""
        asked = {"from": KEYS[0], "to": KEYS[1], "nonce": "0x0", "gas": "0x5208", "gasPrice": "0x0"}
        signed = self.call(self.a1, "eth_signTransaction", asked)
        hash = self.call(self.b, "eth_sendRawTransaction", signed["raw"])
        self.assertEqual(hash, signed["tx"]["hash"])
        self.net.advance(1)
        self.assertEqual(self.network.transactions_of(KEYS[0])[0].hash, hash)
        self.assertEqual(len(self.call(self.a1, "personal_sign", "0x01", KEYS[0], "pw")), 132)
        self.assertEqual(self.call(self.a1, "personal_signTransaction", asked, "pw")["raw"], signed["raw"])

    def test_async(self) -> None:
        """A zero hash at once, the work afterwards; errors are not told."""
        for sender in (KEYS[0], KEYS[99]):
            zero = self.call(self.a1, "eth_sendTransactionAsync", {"from": sender, "to": KEYS[1]})
            self.assertEqual(int(zero, 16), 0)
        self.net.advance(1)
        self.assertEqual(len(self.network.transactions_of(KEYS[0])), 1)

    def test_resend(self) -> None:
        asked: dict[str, Any] = {"from": KEYS[0], "to": KEYS[1], "gas": "0x5208"}
        self.refused("missing transaction nonce in transaction spec", self.a1, "eth_resend", asked)
        self.send(self.a1, nonce="0x0")
        self.refused("replacement transaction underpriced", self.a1, "eth_resend", asked | {"nonce": "0x0"})

    def test_private_and_signed(self) -> None:
        raw = self.network.sign(KEYS[0], 0, KEYS[1], data=b"x" * 64, private=True)
        asking = ("eth_sendRawPrivateTransaction", raw, {"privateFor": ["x"]})
        self.refused("PrivateTransactionManager is not enabled", self.a1, *asking)
        self.refused(
            "PrivateTransactionManager is not enabled", self.a1, "eth_distributePrivateTransaction", raw, {}
        )
        for one in (self.a1, self.a2):
            one.ptm = True
        self.assertEqual(len(self.call(self.a1, "eth_distributePrivateTransaction", raw, {})), 130)
        hash = self.call(self.a1, *asking)
        self.refused("already known", self.a1, *asking)
        public = self.network.sign(KEYS[0], 1, KEYS[1])
        self.refused("transaction is not private", self.a1, asking[0], public, {})
        self.assertEqual(self.call(self.a1, "eth_getRawTransactionByHash", hash), raw)
        self.net.advance(1)
        self.assertEqual(self.call(self.a2, "eth_getRawTransactionByHash", hash), raw)

    def test_new_accounts(self) -> None:
        """Are in the shared key store, and locked."""
        for method, params in (
            ("personal_newAccount", ("pw",)),
            ("personal_importRawKey", ("01" * 32, "pw")),
        ):
            made = self.call(self.a1, method, *params)
            self.assertIn(made, self.call(self.a2, "eth_accounts"))
            self.refused(LOCKED, self.a1, "eth_sign", made, "0x01")
        self.assertEqual(self.call(self.a1, "personal_listWallets")[-1]["status"], "Locked")
