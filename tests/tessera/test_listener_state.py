"""What a Tessera listener knows, over changes of its configuration."""

from __future__ import annotations

from attrs import fields
from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.listener_state import TesseraState
from quorumha.testing import MemoryProxy
from tests.served_party import ServedCase

POOL = '[pools.t]\nupstreams = ["http://10.0.0.1:9001", "http://10.0.0.2:9001"]\n'


def listener(name: str, port: int, keys: str = "") -> str:
    return f'[listeners.{name}]\nlisten = "tcp:{port}"\nserve = "tessera-p2p"\npool = "t"\n{keys}\n'


class ListenerStateTests(SynchronousTestCase):
    """L{TesseraState}."""

    def serve(self, text: str) -> MemoryProxy:
        proxy = MemoryProxy(POOL + text)
        proxy.simulate()
        proxy.start()
        self.addCleanup(proxy.stop)
        return proxy

    def state(self, proxy: MemoryProxy, name: str = "a") -> TesseraState:
        state = proxy.service.parts[name].state
        assert isinstance(state, TesseraState)
        return state

    def test_all_of_it_goes_on(self) -> None:
        """Who waits, what exists, what was said and posted, and whose turn it is."""
        proxy = self.serve(listener("a", 9001))
        before = self.state(proxy)
        proxy.apply(POOL + listener("a", 9001, 'client_timeout = "2s"'))
        for one in fields(TesseraState):
            self.assertIs(getattr(self.state(proxy), one.name), getattr(before, one.name), one.name)

    def test_another_listener_knows_nothing_of_it(self) -> None:
        proxy = self.serve(listener("a", 9001) + listener("b", 9002))
        for one in fields(TesseraState):
            self.assertIsNot(
                getattr(self.state(proxy, "a"), one.name), getattr(self.state(proxy, "b"), one.name), one.name
            )

    def test_a_party_knows_the_same_transactions(self) -> None:
        """Also a listener that joins it later: it takes over what the party knows."""
        party = 'party = "ours"'
        proxy = self.serve(listener("a", 9001, party) + listener("b", 9002))
        ours, own = self.state(proxy, "a").memory, self.state(proxy, "b").memory
        self.assertIsNot(ours, own)
        proxy.apply(POOL + listener("a", 9001, party) + listener("b", 9002, party))
        self.assertIs(self.state(proxy, "b").memory, ours)


class RetiredTests(ServedCase):
    """A listener's part that a change of the configuration replaced."""

    def test_a_copy_is_under_way(self) -> None:
        """It is not cut."""
        party = self.serve("ab", pool='check = "off"\nbalance = "primary-first"')
        old = party.service.parts["p2p"]
        self.assertFalse(old.busy)
        party.hang("b")
        self.assertEqual(party.post_info(1), 200)
        self.assertTrue(old.busy)
        party.apply(party.toml(("p2p",), "waiting_requests = 9", 'check = "off"\nbalance = "primary-first"'))
        self.assertIsNot(party.service.parts["p2p"], old)
        party.net.advance(2.5)
        counters = party.service.pools["p2p"].counters
        self.assertEqual((counters.mirrored, counters.mirror_failed), (0, 0))
        self.assertTrue(old.busy)
        party.revive("b")
        party.net.advance(0.5)
        self.assertEqual((counters.mirrored, counters.mirror_failed), (1, 0))
        self.assertFalse(old.busy)
