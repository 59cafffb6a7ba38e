"""What a Tessera listener knows, over changes of its configuration."""

from __future__ import annotations

from attrs import fields
from twisted.trial.unittest import SynchronousTestCase

from quorumha.tessera.listener_state import TesseraState
from quorumha.testing import MemoryProxy

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
        state = proxy.service.parts[name].site.state
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
