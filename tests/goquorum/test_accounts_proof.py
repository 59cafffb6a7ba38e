"""2,000 transactions of ten accounts, four clients, while a node dies, hangs, and comes back.

None is acknowledged and lost, none takes place twice, no nonce is left out, and no client hears more than one
unknown outcome.  At night with as many as the issue says, else with a few.
"""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.heights import signs_of
from tests.goquorum.many_transactions import ManyTransactions
from tests.nightly import NIGHTLY

COUNT = 2000 if NIGHTLY else 120

SOUND = {"lost": [], "another hash": [], "twice": [], "gaps": []}


class AccountsProof(SynchronousTestCase):
    """The accounts' member goes away half-way."""

    def begin(self, proxies: int = 1, seed: int = 1, listener: str = "") -> ManyTransactions:
        """Half of the transactions."""
        many = ManyTransactions(COUNT, proxies=proxies, seed=seed, listener=listener)
        self.addCleanup(many.stop)
        many.run(0.5)
        # Calls are in its hands, and answers on their way, in another manner each time.
        many.go_on(0.0021 * seed)
        return many

    def end(self, many: ManyTransactions, unknown: int = 1) -> None:
        """The rest, and the promise."""
        many.run()
        self.assertEqual(many.faults(), SOUND, many.figures())
        self.assertLessEqual(max(many.unknown), unknown, many.figures())

    def test_nothing_happens(self) -> None:
        """Everything is acknowledged, and nobody waits."""
        many = self.begin()
        self.end(many, unknown=0)
        self.assertLess(max(one.longest for one in many.clients), 0.1)

    def test_one_node_killed_half_way(self) -> None:
        """And back, with its journal, its accounts unlocked later."""
        for seed in range(10 if NIGHTLY else 3):
            many = self.begin(seed=seed)
            node = many.proxies[0].quorums["a1"]
            node.die()
            many.go_on(0.7)
            node.start(unlock_after=0.5)
            self.end(many)

    def test_one_node_killed_half_way_for_good(self) -> None:
        """The other one has all accounts."""
        many = self.begin()
        many.proxies[0].kill("a2")
        self.end(many)

    def test_one_node_hung(self) -> None:
        """It does what it got after it wakes."""
        for seed in range(10 if NIGHTLY else 2):
            many = self.begin(seed=seed)
            many.proxies[0].hang("a1")
            many.go_on(5.0)
            many.proxies[0].revive("a1")
            self.end(many)

    def test_moves_while_hashes_are_told_at_once(self) -> None:
        """The fence alone holds: now the one member takes no transactions, now the other."""
        many = self.begin(listener='acknowledge = "at-once"')
        many.network.gossip = 0.08
        pool = many.proxies[0].service.pools["quorum"]
        signs = [signs_of(member) for member in pool.members]
        while not all(client.done for client in many.clients):
            for sign in signs:
                sign.read_only = "no minter"
                many.go_on(0.03)
                sign.read_only = ""
        self.end(many, unknown=0)

    def test_two_proxies_in_front_one_node_killed(self) -> None:
        """They agree without talking."""
        for seed in range(10 if NIGHTLY else 2):
            many = self.begin(proxies=2, seed=seed)
            node = many.proxies[0].quorums["a1"]
            node.die()
            many.go_on(0.7)
            node.start(unlock_after=0.5)
            self.end(many)

    def test_two_proxies_in_front_one_node_hung(self) -> None:
        """Each finds out at its own time."""
        many = self.begin(proxies=2)
        many.proxies[0].hang("a2")
        many.go_on(5.0)
        many.proxies[0].revive("a2")
        self.end(many)
