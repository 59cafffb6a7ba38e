"""A party in memory: two Tesseras behind one listener, two GoQuorum nodes before it.

Everything is on one clock; faults are switched by the test.
"""

from __future__ import annotations

from quorumha.app.kinds import parse_config
from quorumha.app.pools import make_checks
from quorumha.health.checks import HealthChecks
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.server import ProxySite
from quorumha.http.upstream.connection_pool import Connections
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.tessera.listener import TesseraListener
from quorumha.testing import MemoryTopology, SimulatedGeth, SimulatedTessera, TesseraStore
from quorumha.testing.tessera.replica import ReplicatedStore

PORTS = {"tessera-q2t": "q2t", "tessera-p2p": "p2p", "tessera-thirdparty": "third_party"}


class World:
    """See the module.

    @ivar nodes: C{a} and C{b}; they listen at C{a:1} and C{b:1}.
    @ivar store: the database, or the primary of the two copies.
    @ivar site: the listener at C{proxy:1}.
    @ivar checks: of the members, as they are without a word in the configuration; None: there are none.
    """

    def __init__(
        self, serve: str = "tessera-q2t", keys: str = "", lag: float | None = None, *, checked: bool = False
    ) -> None:
        """
        @param keys: more of the listener's configuration.
        @param lag: seconds by which node C{b}'s own copy of the database lags; None: both read one.
        """
        self.net = MemoryTopology()
        self.store = TesseraStore()
        self.replica = None if lag is None else ReplicatedStore(self.store, self.net.clock, lag)
        self.nodes = {
            "a": SimulatedTessera(self.net.clock, self.store, name="a"),
            "b": SimulatedTessera(self.net.clock, self.replica or self.store, name="b"),
        }
        for name, node in self.nodes.items():
            self.net.listen(f"{name}:1", getattr(node, PORTS[serve]))
        if lag is not None:
            keys += 'store = "replicated"\n'
        text = (
            '[pools.t]\nupstreams = ["tcp:a:1", "tcp:b:1"]\n'
            f'[listeners.l]\nlisten = "tcp:1"\nserve = "{serve}"\npool = "t"\n{keys}'
        )
        config = parse_config(text, "q.toml", {})
        self.pool = UpstreamPool(
            "t", [Upstream(name, self.net.client_endpoint(f"{name}:1"), max_fails=1) for name in self.nodes]
        )
        self.connections = Connections(self.net.clock)
        self.site = TesseraListener(
            config.listeners["l"],
            self.pool,
            self.connections,
            self.net.clock,
            ReplayBudget(),
            checked=checked,
        )
        self.site.start()
        self.net.listen("proxy:1", ProxySite(self.site.resource, self.net.clock))
        self.checks: HealthChecks | None = None
        if checked:
            prepare = self.site.prepare
            self.checks = make_checks(self.net.clock, self.pool, config.pools["t"], prepare)
            self.checks.start()

    def stop(self) -> None:
        """Stop what goes on by itself."""
        if self.checks is not None:
            self.checks.stop()
        self.site.stop()

    def geth(self, limit: float | None = 5.0) -> SimulatedGeth:
        """A GoQuorum node before the listener."""
        return SimulatedGeth(self.net.clock, self.net.client_endpoint("proxy:1"), limit=limit)
