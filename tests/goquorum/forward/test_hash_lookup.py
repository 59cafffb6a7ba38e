"""Which member has a transaction, asked of simulated nodes."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from quorumha.goquorum.forward.hash_lookup import EVERY, HashLookup
from quorumha.pool.member import Member
from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.transaction import Transaction
from tests.goquorum.served_rpc import ServedRpc


class HashLookupTests(ServedRpc):
    """Members a1 and a2, that do not gossip."""

    def setUp(self) -> None:
        self.serve()
        self.proxy.network.gossip = None
        self.one = Transaction.made(KEYS[0], 0, KEYS[1])

    def find(self, seconds: float = 0.0) -> list[Member | None]:
        found: list[Member | None] = []
        looking = HashLookup(self.asker).find(self.one.hash, self.caller, seconds)
        Deferred.fromCoroutine(looking).addCallback(found.append)
        self.proxy.net.run()
        return found

    def names(self, found: list[Member | None]) -> list[str]:
        return ["" if one is None else one.name for one in found]

    def test_who_has_it(self) -> None:
        """All are asked at once."""
        self.node("a2").take(self.one)
        self.assertEqual(self.names(self.find()), ["a2"])

    def test_nobody_has_it(self) -> None:
        """Each was asked once."""
        self.assertEqual(self.names(self.find()), [""])
        self.assertEqual(self.asked("eth_getTransactionByHash"), {"a1": 1, "a2": 1})

    def test_one_that_does_not_answer_holds_up_nobody(self) -> None:
        """The other one has it."""
        self.node("a1").die()
        self.node("a2").take(self.one)
        self.assertEqual(self.names(self.find()), ["a2"])

    def test_one_that_hangs_is_waited_for_a_while(self) -> None:
        """Then it is not found."""
        self.node("a1").freeze()
        found = self.find()
        self.assertEqual(found, [])
        self.proxy.net.advance(0.6)
        self.assertEqual(self.names(found), [""])

    def test_asked_again_for_a_while(self) -> None:
        """It comes later."""
        found = self.find(1.0)
        self.proxy.net.advance(0.5)
        self.assertEqual(found, [])
        self.node("a1").take(self.one)
        self.proxy.net.advance(2 * EVERY)
        self.assertEqual(self.names(found), ["a1"])

    def test_one_that_hangs_does_not_keep_others_from_being_asked_again(self) -> None:
        """It comes to the other one later."""
        self.node("a1").freeze()
        found = self.find(1.0)
        self.proxy.net.advance(0.1)
        self.node("a2").take(self.one)
        self.proxy.net.advance(2 * EVERY)
        self.assertEqual(self.names(found), ["a2"])
        self.assertFalse(any(self.asker.under_way.values()))

    def test_asked_again_in_vain(self) -> None:
        """For as long as it was said."""
        found = self.find(1.0)
        self.proxy.net.advance(0.9)
        self.assertEqual(found, [])
        self.proxy.net.advance(0.2)
        self.assertEqual(self.names(found), [""])
