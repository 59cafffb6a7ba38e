"""L{MemoryProxy}: a user's own configuration, served in a L{MemoryTopology}.

Everything runs that runs in a process: pools, checks, limits, TLS where files are given; but on a clock
that the test moves, with places for addresses.  No port is opened, no file is written.

    >>> proxy = MemoryProxy('''
    ... [pools.nodes]
    ... upstreams = ["http://10.0.0.1:8545", "http://10.0.0.2:8545"]
    ... [listeners.rpc]
    ... listen = "tcp:8545"
    ... serve = "http"
    ... pool = "nodes"
    ... ''')
    >>> proxy.simulate()
    >>> proxy.start()
    >>> proxy.kill("10.0.0.1:8545")
    >>> proxy.ask(http_request(b"GET", b"/")).status
    200
    >>> proxy.stop()
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar

from attrs import evolve
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocolFactory
from twisted.python.failure import Failure

from quorumha.app.kinds import load_config, parse_config
from quorumha.app.service import ProxyService, make_service
from quorumha.config.model import Config
from quorumha.events import Observers
from quorumha.testing.configured_nodes import nodes_of
from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.plain_methods import Chain
from quorumha.testing.goquorum.simulated_goquorum import SimulatedGoQuorum
from quorumha.testing.goquorum.simulated_network import SimulatedNetwork
from quorumha.testing.goquorum.simulated_node import SimulatedNode
from quorumha.testing.http.scripted import ScriptedUpstream
from quorumha.testing.http_clients import HttpClients, http_request
from quorumha.testing.net.config_endpoints import MemoryEndpoints, listening_place
from quorumha.testing.net.memory import MemoryTopology
from quorumha.testing.postgresql.simulated_cluster import SimulatedCluster
from quorumha.testing.tessera.simulated_tessera import SimulatedTessera
from quorumha.testing.tessera.store import TesseraStore

__all__ = ["MemoryProxy", "http_request"]

#: Which of a Tessera's ports a listener is for.
TESSERA_PORTS = {"tessera-q2t": "q2t", "tessera-p2p": "p2p", "tessera-thirdparty": "third_party"}
#: What the wall's clock says when the topology's says 0, in seconds since the epoch.
EPOCH = 1_700_000_000.0
_T = TypeVar("_T")

#: Seconds beside C{stop_timeout} that a stop may take, by the topology's clock.
STOPPING = 5.0


class MemoryProxy(HttpClients):
    """A configuration served in memory, with the nodes behind it.

    @ivar service: as C{twistd quorumha} runs it.
    @ivar tesseras: of the nodes that L{simulate} made, by name.
    @ivar goquorums: likewise.
    @ivar network: of the nodes behind C{goquorum-rpc}, and of as many other parties.
    @ivar quorums: these nodes, by name; they share one key store of ten accounts.
    @ivar cluster: of the databases behind C{postgresql}, by the names of their nodes.
    @ivar scripted: likewise.
    @ivar places: where each of them listens, by name.
    """

    def __init__(
        self,
        config: Config | str,
        net: MemoryTopology | None = None,
        *,
        host: str = "proxy",
        environ: Mapping[str, str] | None = None,
        observers: Observers | None = None,
        network: SimulatedNetwork | None = None,
    ) -> None:
        """
        @param config: or its TOML.
        @param net: where the nodes are; one of its own unless given.
        @param host: whose ports it listens at.
        @param environ: the variables of the TOML; none unless given.
        @param observers: who is told of what happens; the log unless given.
        @param network: of the GoQuorums, as of another proxy before them; one of its own unless given.
        @raise ConfigError: it cannot be used.
        """
        net = MemoryTopology() if net is None else net
        self.host = host
        self._environ = environ or {}
        self.config = self._read(config)
        super().__init__(net)
        self.tesseras: dict[str, SimulatedTessera] = {}
        self.goquorums: dict[str, SimulatedGoQuorum] = {}
        self.quorums: dict[str, SimulatedNode] = {}
        self.network = SimulatedNetwork(net.clock) if network is None else network
        self.cluster = SimulatedCluster(net.clock)
        self.scripted: dict[str, ScriptedUpstream] = {}
        self.places: dict[str, list[str]] = {}
        self._store, self._chain = TesseraStore(), Chain()
        self.service: ProxyService = make_service(
            net.clock,
            self.config,
            observers,
            MemoryEndpoints(net, host),
            wall=lambda: EPOCH + net.clock.seconds(),
        )

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], **settings: Any) -> MemoryProxy:
        """That of a file.

        @param settings: as for the class.
        @raise ConfigError: it cannot be used.
        """
        return cls(load_config(path, settings.get("environ") or {}), **settings)

    def _read(self, config: Config | str) -> Config:
        if isinstance(config, str):
            config = parse_config(config, "memory.toml", self._environ)
        # Nothing is written: nobody starts what would write an access log.
        return evolve(config, state_directory=None)

    def place_of(self, listener: str) -> str:
        """Where a listener listens; empty: the first one."""
        listeners = self.config.listeners
        name = listener or next(iter(listeners))
        return listening_place(_named("listener", name, listeners).listen, self.host)

    # Life.

    def start(self) -> None:
        """Listen, and let everything happen that happens at once.

        @raise ListenError: somebody listens at a place already.
        """
        self.service.startService()
        self.net.run()

    def apply(self, config: Config | str) -> None:
        """Go on with another configuration, or its TOML.

        @raise ConfigError: it cannot be used; nothing has changed.
        @raise ListenError: somebody listens at a new place already; nothing has changed.
        """
        config = self._read(config)
        results: list[object] = []
        self.service.apply(config).addBoth(results.append)
        self.net.run()
        if isinstance(results[0], Failure):
            results[0].raiseException()
        self.config = config

    def stop(self) -> None:
        """End as a process does that is told to.

        @raise AssertionError: it does not end in time, or a client's connection is left.
        """
        stopping = self.service.stopService()
        ended: list[object] = []
        stopping.addBoth(ended.append)
        end = self.net.clock.seconds() + self.config.stop_timeout + STOPPING
        while not ended and self.net.clock.seconds() < end:
            self.net.advance(0.1)
        assert ended == [None], f"the proxy did not end: {ended}"
        left = [name for name in self.service.listening if self.net.connections(self.place_of(name))]
        assert not left, f"connections of {left} are left"

    # Nodes.

    def simulate(self) -> None:
        """Put a simulated node behind every upstream where nobody listens yet.

        Tessera's listeners get L{SimulatedTessera}s with one store, one for each node; C{goquorum-rpc}
        L{SimulatedNode}s of one network; C{postgresql} the databases of one cluster, and their Patronis;
        relays L{SimulatedGoQuorum}s with one chain; all others L{ScriptedUpstream}s.  A node's name is the
        one by which the log calls it.  Do it again after L{apply}: who is there stays.
        """
        clock = self.net.clock
        for node in nodes_of(self.config):
            name, kinds = node.name, set(node.ports.values())
            ports: dict[str, IProtocolFactory]
            if kinds <= TESSERA_PORTS.keys():
                tessera = self.tesseras.setdefault(name, SimulatedTessera(clock, self._store, name=name))
                ports = {kind: getattr(tessera, port) for kind, port in TESSERA_PORTS.items()}
            elif "goquorum-rpc" in kinds:
                quorum = self._quorum(name)
                ports = {kind: quorum.websocket if kind == "websocket" else quorum.rpc for kind in kinds}
            elif "postgresql" in kinds:
                database = self.cluster.add(name)
                ports = {kind: database.patroni if kind == "patroni" else database for kind in kinds}
            elif "tcp" in kinds:
                goquorum = self.goquorums.setdefault(name, SimulatedGoQuorum(clock, self._chain))
                ports = dict.fromkeys(kinds, goquorum.rpc)
            else:
                ports = dict.fromkeys(kinds, self.scripted.setdefault(name, ScriptedUpstream(clock)))
            self.places[name] = list(node.ports)
            for place, kind in node.ports.items():
                with suppress(CannotListenError):
                    self.net.listen(place, ports[kind])
                    if name in self.quorums:
                        self.quorums[name].at(self.net, place)

    def _quorum(self, name: str) -> SimulatedNode:
        if not self.network.nodes:
            # Other parties', so that raft has a majority as long as one of ours is there.
            for index in range(sum("goquorum-rpc" in one.ports.values() for one in nodes_of(self.config))):
                self.network.add(f"other-{index + 1}")
        if name not in self.quorums:
            known = self.network.nodes.get(name)
            self.quorums[name] = self.network.add(name, KEYS[:10]) if known is None else known
        return self.quorums[name]

    def kill(self, name: str) -> None:
        """A node's process ends, and forgets what it had in memory."""
        if name in self.quorums:
            self.quorums[name].die()
            return
        for place in _named("node", name, self.places):
            self.net.kill(place)
        if name in self.tesseras:
            self.tesseras[name].restart()

    def hang(self, name: str) -> None:
        """A node's process is stopped: it forgets nothing."""
        if name in self.quorums:
            self.quorums[name].freeze()
            return
        for place in _named("node", name, self.places):
            self.net.hang(place)

    def revive(self, name: str) -> None:
        """Undo either."""
        if name in self.quorums:
            self.quorums[name].thaw()
            self.quorums[name].start()
            return
        for place in _named("node", name, self.places):
            self.net.revive(place)


def _named(what: str, name: str, known: Mapping[str, _T]) -> _T:
    """C{known[name]}, with an error that says which there are."""
    if name not in known:
        raise KeyError(f"no {what} is called {name!r}; there are {', '.join(known)}")
    return known[name]
