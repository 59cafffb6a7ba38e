"""Who mints, and what each node says of it: experiments.json of the captures."""

from __future__ import annotations

from typing import Any

from quorumha.testing import SimulatedNode
from tests.testing.goquorum.network_case import NetworkCase


class RaftTests(NetworkCase):
    def role(self, node: SimulatedNode) -> Any:
        return self.call(node, "raft_role")

    def active(self, node: SimulatedNode) -> list[bool]:
        """Itself last."""
        return [one["nodeActive"] for one in self.call(node, "raft_cluster")]

    def test_the_first_mints(self) -> None:
        self.assertEqual(
            [self.role(one) for one in (self.a1, self.a2, self.b)], ["minter", "verifier", "verifier"]
        )
        cluster = self.call(self.a2, "raft_cluster")
        self.assertEqual(
            [(one["raftId"], one["role"]) for one in cluster],
            [(1, "minter"), (3, "verifier"), (2, "verifier")],
        )
        self.assertEqual(self.call(self.a2, "raft_leader"), cluster[0]["nodeId"])
        self.assertEqual(self.call(self.a2, "raft_getRaftId"), 2)

    def test_minter_killed(self) -> None:
        """Another one, and the next transaction mined, 1.3 s later."""
        self.a1.die()
        hash = self.send(self.a2)
        self.net.advance(1.2)
        self.assertEqual(self.role(self.a2), "verifier")
        self.net.advance(0.2)
        self.assertEqual((self.role(self.a2), self.role(self.b)), ("minter", "verifier"))
        self.net.advance(0.3)
        self.assertTrue(self.network.included(hash))
        self.a1.start()
        self.net.advance(0.1)
        self.assertEqual((self.role(self.a1), self.a1.height), ("verifier", 1))

    def test_minter_without_a_majority(self) -> None:
        """It says minter for ever, takes transactions and mints none; raft_cluster tells at once."""
        for one in (self.a2, self.b):
            one.die()
        self.assertEqual((self.role(self.a1), self.active(self.a1)), ("minter", [False, False, True]))
        self.assertEqual(self.call(self.a1, "net_peerCount"), "0x0")
        hash = self.send(self.a1)
        self.net.advance(12)
        self.assertEqual(self.role(self.a1), "minter")
        self.assertFalse(self.network.included(hash))
        self.assertIsNone(self.network.minter)
        self.a2.start()
        self.net.advance(1)
        self.assertTrue(self.network.included(hash))

    def test_minter_whose_followers_are_frozen(self) -> None:
        """nodeActive goes after 4.3 s, net_peerCount stays."""
        for one in (self.a2, self.b):
            one.freeze()
        self.net.advance(4.2)
        self.assertEqual(self.active(self.a1), [True, True, True])
        self.net.advance(0.2)
        self.assertEqual(self.active(self.a1), [False, False, True])
        self.assertEqual(self.call(self.a1, "net_peerCount"), "0x2")

    def test_verifier_without_a_majority(self) -> None:
        """It says so after 1.8 s, takes transactions and keeps them."""
        for one in (self.a1, self.b):
            one.die()
        self.assertEqual(self.role(self.a2), "verifier")
        self.net.advance(1.8)
        self.assertEqual(self.role(self.a2), "")
        self.assertEqual({one["role"] for one in self.call(self.a2, "raft_cluster")}, {""})
        self.refused("no leader is currently elected", self.a2, "raft_leader")
        hash = self.send(self.a2)
        self.b.start()
        self.net.advance(3)
        self.assertTrue(self.network.included(hash))

    def test_one_of_three_dead(self) -> None:
        self.b.die()
        self.assertEqual((self.role(self.a2), self.active(self.a2)), ("verifier", [True, False, True]))

    def test_learner(self) -> None:
        """Takes transactions, and is no voter."""
        learner = self.network.add("l", self.a1.store.accounts, learner=True)
        learner.listen(self.net, "l:8545")
        self.assertEqual(self.role(learner), "learner")
        hash = self.send(learner)
        self.net.advance(0.5)
        self.assertTrue(self.network.included(hash))
        for one in (self.a2, self.b):
            one.die()
        self.assertIsNone(self.network.minter)
        with self.assertRaises(ValueError):
            self.network.mine()
