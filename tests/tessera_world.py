"""A party in memory: two Tesseras behind one listener, GoQuorum nodes before it.

Everything is on one clock; faults are switched by the test.
"""

from __future__ import annotations

from quorumha.testing import MemoryProxy, SimulatedGeth, SimulatedTessera, TesseraStore
from quorumha.testing.memory_proxy import TESSERA_PORTS
from quorumha.testing.tessera.replica import ReplicatedStore


class World(MemoryProxy):
    """See the module.

    @ivar nodes: C{a} and C{b}; they listen at C{a:1} and C{b:1}.
    @ivar store: the database, or the primary of the two copies.
    @ivar pool: their pool.
    @ivar site: the listener at C{proxy:1}.
    """

    def __init__(
        self, serve: str = "tessera-q2t", keys: str = "", lag: float | None = None, *, checked: bool = False
    ) -> None:
        """
        @param keys: more of the listener's configuration.
        @param lag: seconds by which node C{b}'s own copy of the database lags; None: both read one.
        @param checked: the nodes are, as they are without a word in the configuration.
        """
        super().__init__(
            '[[pools.t.upstreams]]\nname = "a"\nendpoint = "tcp:a:1"\n'
            '[[pools.t.upstreams]]\nname = "b"\nendpoint = "tcp:b:1"\n'
            + ("" if checked else '[pools.t.check]\nkind = "off"\n')
            + f'[listeners.l]\nlisten = "tcp:1"\nserve = "{serve}"\npool = "t"\n{keys}'
            + ("" if lag is None else 'store = "replicated"\n')
        )
        self.store = TesseraStore()
        self.replica = None if lag is None else ReplicatedStore(self.store, self.net.clock, lag)
        self.nodes = {
            "a": SimulatedTessera(self.net.clock, self.store, name="a"),
            "b": SimulatedTessera(self.net.clock, self.replica or self.store, name="b"),
        }
        for name, node in self.nodes.items():
            self.net.listen(f"{name}:1", getattr(node, TESSERA_PORTS[serve]))
        self.pool, self.site = self.service.pools["t"], self.service.parts["l"]
        self.start()

    def geth(self, limit: float | None = 5.0) -> SimulatedGeth:
        """A GoQuorum node before the listener."""
        return SimulatedGeth(self.net.clock, self.net.client_endpoint("proxy:1"), limit=limit)
