"""What nodes do together: gossip, mint, lose each other."""

from __future__ import annotations

from quorumha.testing import KEYS, SimulatedNode
from tests.testing.goquorum.network_case import NetworkCase


class NonceTests(NetworkCase):
    """GOQUORUM.md 1."""

    def count(self, node: SimulatedNode, tag: str = "pending") -> int:
        return int(self.call(node, "eth_getTransactionCount", KEYS[0], tag), 16)

    def test_gossip_then_block(self) -> None:
        hash = self.send(self.a1)
        self.assertIsNone(self.call(self.a2, "eth_getTransactionByHash", hash))
        self.net.advance(0.002)
        self.assertEqual(self.call(self.a2, "eth_getTransactionByHash", hash)["blockHash"], None)
        self.assertEqual((self.count(self.a2), self.count(self.a2, "latest")), (1, 0))
        self.assertFalse(self.network.included(hash))
        self.net.advance(0.3)
        self.assertTrue(self.network.included(hash))
        self.assertEqual(self.call(self.a2, "eth_getTransactionReceipt", hash)["blockNumber"], "0x1")
        self.assertEqual((self.count(self.a2), self.count(self.a2, "latest")), (1, 1))
        self.net.advance(10)
        self.assertEqual(self.network.chain.height, 1)

    def test_one_nonce_twice_at_two_nodes(self) -> None:
        """Both are acknowledged, one is mined, the other vanishes without a word."""
        hashes = [self.send(self.a1, value="0x1"), self.send(self.a2, value="0x2")]
        self.assertEqual([self.count(self.a1), self.count(self.a2)], [1, 1])
        self.net.advance(1)
        self.assertEqual([self.network.included(hash) for hash in hashes], [True, False])
        self.assertIsNone(self.call(self.a2, "eth_getTransactionByHash", hashes[1]))
        self.assertEqual(len(self.network.transactions_of(KEYS[0])), 1)

    def test_a_queued_one_is_not_gossiped(self) -> None:
        hash = self.send(self.a1, nonce="0x2")
        self.net.advance(1)
        self.assertIsNone(self.call(self.a2, "eth_getTransactionByHash", hash))
        self.assertIsNotNone(self.call(self.a1, "eth_getTransactionByHash", hash))
        self.assertEqual(self.count(self.a1), 0)
        self.assertEqual(self.call(self.a1, "txpool_status"), {"pending": "0x0", "queued": "0x1"})
        for _ in range(2):
            self.send(self.a1)
        self.assertEqual(self.count(self.a1), 3)
        self.net.advance(1)
        self.assertTrue(self.network.included(hash))
        self.assertEqual([one.nonce for one in self.network.transactions_of(KEYS[0])], [0, 1, 2])

    def test_the_same_bytes_at_another_node(self) -> None:
        """eth_getRawTransactionByHash, eth_sendRawTransaction: the same transaction."""
        self.network.gossip = None
        hash = self.send(self.a1)
        raw = self.call(self.a1, "eth_getRawTransactionByHash", hash)
        self.assertEqual(self.call(self.a2, "eth_getRawTransactionByHash", hash), "0x")
        self.assertEqual(self.call(self.a2, "eth_sendRawTransaction", raw), hash)
        self.refused("already known", self.a2, "eth_sendRawTransaction", raw)
        self.assertEqual(self.call(self.a2, "eth_getTransactionByHash", hash)["from"], KEYS[0])

    def test_no_gossip_until_it_is_there_again(self) -> None:
        self.network.gossip = None
        hash = self.send(self.a2)
        self.net.advance(5)
        self.assertFalse(self.network.included(hash))
        self.network.gossip = 0.01
        self.net.advance(0.5)
        self.assertTrue(self.network.included(hash))


class LifeTests(NetworkCase):
    def test_death_and_journal(self) -> None:
        """Known to the dead node alone: it comes back with it."""
        self.network.gossip = None
        hash = self.send(self.a2)
        self.a2.die()
        self.assertEqual(self.net.connect("a2:8545") and self.a2.pool.by_hash, {})
        self.network.gossip = 0.001
        self.net.advance(1)
        self.assertFalse(self.network.included(hash))
        self.a2.start(unlock_after=1)
        self.refused(
            "authentication needed: password or unlock",
            self.a2,
            "eth_sendTransaction",
            {"from": KEYS[0], "to": KEYS[1]},
        )
        self.net.advance(1)
        self.assertTrue(self.network.included(hash))
        self.send(self.a2)

    def test_killed_right_after_the_answer(self) -> None:
        """What is on its way is lost, and comes with the journal."""
        hash = self.send(self.a2)
        self.a2.die()
        self.net.advance(2)
        self.assertFalse(self.network.included(hash))
        self.a2.start()
        self.net.advance(1)
        self.assertTrue(self.network.included(hash))

    def test_journal_whose_nonce_is_used_up(self) -> None:
        """Dropped, and nobody is told."""
        self.network.gossip = None
        hash = self.send(self.a2, value="0x1")
        self.a2.die()
        self.network.gossip = 0.001
        other = self.send(self.a1, value="0x2")
        self.net.advance(1)
        self.a2.start()
        self.net.advance(1)
        self.assertEqual([self.network.included(one) for one in (hash, other)], [False, True])

    def test_frozen_node_acts_late(self) -> None:
        """It reads its neighbours first, and so takes the next free nonce."""
        self.a2.freeze()
        client = self.net.connect("a2:8545")
        body = (
            b'{"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction","params":[{"from":"%b","to":"%b"}]}'
            % (
                KEYS[0].encode(),
                KEYS[1].encode(),
            )
        )
        client.write(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )
        first = self.send(self.a1)
        self.net.advance(1)
        self.assertEqual(client.received, b"")
        self.a2.thaw()
        self.net.advance(1)
        self.assertIn(b"result", client.received)
        self.assertTrue(self.network.included(first))
        self.assertEqual([one.nonce for one in self.network.transactions_of(KEYS[0])], [0, 1])

    def test_death_by_fault(self) -> None:
        self.a2.faults.die_after_commit = True
        client = self.net.connect("a2:8545")
        client.write(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        )
        self.net.run()
        self.assertFalse(self.a2.alive)
        self.assertIsNotNone(client.how_it_ended)


class LagTests(NetworkCase):
    def test_lag(self) -> None:
        self.a2.lag = 3.0
        hash = self.send(self.a1)
        self.net.advance(1)
        self.assertEqual((self.a1.height, self.b.height, self.a2.height), (1, 1, 0))
        self.assertIsNone(self.call(self.a2, "eth_getTransactionReceipt", hash))
        self.refused("header not found", self.a2, "eth_getBalance", KEYS[0], "0x1")
        self.net.advance(3)
        self.assertEqual(self.a2.height, 1)
        self.a2.lag = float("inf")
        self.network.mine(5)
        self.net.advance(100)
        self.assertEqual((self.a1.height, self.a2.height), (6, 1))
        self.a2.lag = 0
        self.assertEqual(self.a2.height, 6)

    def test_partition(self) -> None:
        self.network.partition(["a1"], ["a2", "b"])
        hash = self.send(self.a1)
        self.net.advance(10)
        self.assertFalse(self.network.included(hash))
        self.assertIs(self.network.minter, self.a2)
        self.assertEqual(self.call(self.a1, "raft_role"), "minter")
        self.assertEqual(self.call(self.a1, "net_peerCount"), "0x0")
        self.network.heal()
        self.net.advance(1)
        self.assertTrue(self.network.included(hash))
        self.assertEqual(self.call(self.a1, "raft_role"), "verifier")
        self.assertEqual(self.a1.height, 1)
