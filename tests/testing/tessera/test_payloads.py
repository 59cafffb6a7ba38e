"""The octets between Tessera nodes."""

from __future__ import annotations

from base64 import b64decode, b64encode

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.tessera.payloads import BadBytes, PartyInfo, Payload
from tests.testing.test_corpus import load


class OctetTests(SynchronousTestCase):
    def test_cut_octets_are_refused(self) -> None:
        whole = PartyInfo(b"u", ((b"k", b"u"),), (b"p",)).encode()
        for size in range(len(whole)):
            self.assertRaises(BadBytes, PartyInfo.decode, whole[:size])
        self.assertRaises(BadBytes, PartyInfo.decode, whole + b"x")
        self.assertRaises(BadBytes, Payload.decode, b"")

    def test_octets_are_read_and_written_as_captured(self) -> None:
        kinds = {"/partyinfo": PartyInfo, "/push": Payload, "/partyinfo/validate": Payload}
        seen = set()
        for exchange in load("p2p-b") + load("p2p-back-1"):
            kind = kinds.get(exchange["path"])
            if kind is not None and exchange["method"] == "POST":
                octets = b64decode(exchange["request"]["body"])
                self.assertEqual(kind.decode(octets).encode(), octets)
                seen.add(exchange["path"])
        self.assertEqual(seen, set(kinds))

    def test_the_hash_is_that_of_the_cipher_text(self) -> None:
        pushes = [e for e in load("p2p-b") if e["path"] == "/push"]
        for exchange in pushes:
            made = Payload.decode(b64decode(exchange["request"]["body"])).hash
            self.assertEqual(b64encode(made), b64decode(exchange["response"]["body"]))
        self.assertTrue(pushes)
