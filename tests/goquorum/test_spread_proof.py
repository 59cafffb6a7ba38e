"""Transactions whose gossip is lost or late, and a node that dies for good half-way: what was acknowledged
takes place all the same, since its bytes were at a second node before the client was told.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from random import Random

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.simulated_node import SimulatedNode
from tests.goquorum.many_transactions import ManyTransactions
from tests.goquorum.served_accounts import AccountsServed
from tests.nightly import NIGHTLY

COUNT = 2000 if NIGHTLY else 80
SOUND = {"lost": [], "another hash": [], "twice": [], "gaps": []}


Gossip = Callable[[SimulatedNode, SimulatedNode], float | None]


def late_or_lost(random: Random) -> Gossip:
    """One in four is lost, but for what is carried to a2: that comes into a block."""

    def gossip(sender: SimulatedNode, receiver: SimulatedNode) -> float | None:
        if sender.name == "a2" and receiver.name.startswith("other"):
            return 0.001
        return None if random.random() < 0.25 else random.uniform(0.0, 0.04)

    return gossip


class SpreadProof(SynchronousTestCase):
    """a1 dies for good; nothing comes back with its journal."""

    def prove(self, seed: int, gossip: Gossip) -> ManyTransactions:
        many = ManyTransactions(COUNT, seed=seed)
        self.addCleanup(many.stop)
        many.network.gossip = gossip
        many.run(0.5)
        many.go_on(0.0021 * seed)
        many.proxies[0].kill("a1")
        many.run()
        self.assertEqual(many.faults(), SOUND, many.figures())
        self.assertLessEqual(max(many.unknown), 1, many.figures())
        return many

    def test_nothing_that_it_says_to_others_comes_through(self) -> None:
        """All bytes are carried over."""

        def gossip(sender: SimulatedNode, receiver: SimulatedNode) -> float | None:
            return None if sender.name == "a1" else 0.001

        for seed in range(20 if NIGHTLY else 2):
            self.prove(seed, gossip)

    def test_gossip_late_or_lost(self) -> None:
        """One in four is lost; the others take up to 40 ms."""
        for seed in range(20 if NIGHTLY else 2):
            random = Random(seed)

            def gossip(
                sender: SimulatedNode, receiver: SimulatedNode, random: Random = random
            ) -> float | None:
                if sender.name == "a2" and receiver.name.startswith("other"):
                    # What is carried to it comes into a block.
                    return 0.001
                return None if random.random() < 0.25 else random.uniform(0.0, 0.04)

            self.prove(seed, gossip)


class SilenceTests(AccountsServed):
    """A node falls silent right after it acknowledged a transaction that nobody else has."""

    def test_who_heard_of_one_unknown_outcome_is_sent_to_that_node_no_more(self) -> None:
        """Whenever in the time between two of its checks that is: those are the usual ones."""
        for offset in (0.0, 0.1, 0.2, 0.3):
            self.serve(check="")
            net, network = self.proxy.net, self.proxy.network
            first, second = [key for key in KEYS[:10] if self.home(key) == "a1"][:2]
            self.pay(first)
            self.pay(second)
            net.advance(1.0 + offset)
            network.gossip = None
            client = self.send("eth_sendTransaction", self.transaction(first))
            net.run()
            self.proxy.hang("a1")
            while (response := self.got(client)) is None:
                net.advance(0.01)
            self.assertEqual(json.loads(response.body)["error"]["code"], -32051)
            network.gossip = 0.001
            self.assertIn("result", self.pay(second, within=8.0), offset)
