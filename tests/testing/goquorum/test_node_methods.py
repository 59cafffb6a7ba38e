"""What a node says of itself; what was captured is in test_goquorum_corpus."""

from __future__ import annotations

from quorumha.testing import KEYS
from quorumha.testing.goquorum.node_methods import checksummed
from tests.testing.goquorum.network_case import NetworkCase


class NodeMethodsTests(NetworkCase):
    def test_pool(self) -> None:
        self.send(self.a1)
        self.send(self.a1, nonce="0x4")
        (pending,) = self.call(self.a1, "eth_pendingTransactions")
        self.assertEqual(pending["nonce"], "0x0")
        found = self.call(self.a1, "txpool_inspect")
        account = checksummed(KEYS[0])
        self.assertEqual((list(found["pending"][account]), list(found["queued"][account])), (["0"], ["4"]))
        self.assertEqual(self.call(self.a1, "txpool_content")["queued"][account]["4"]["nonce"], "0x4")
        self.net.advance(0.01)
        self.assertEqual(self.call(self.b, "eth_pendingTransactions"), [])

    def test_checksum(self) -> None:
        """An example of EIP-55."""
        address = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
        self.assertEqual(checksummed(address.lower()), address)

    def test_syncing(self) -> None:
        self.a1.syncing = {"currentBlock": "0x1"}
        self.assertEqual(self.call(self.a1, "eth_syncing"), {"currentBlock": "0x1"})

    def test_modules(self) -> None:
        self.a1.modules = {"eth", "rpc"}
        self.assertEqual(self.call(self.a1, "rpc_modules"), {"eth": "1.0", "rpc": "1.0"})
