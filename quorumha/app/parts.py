"""What the listeners of a process have in common, and what each is built into: L{Parts} and L{Part}."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Protocol, TypeVar

from twisted.internet.defer import Deferred

from quorumha.app.node_identity import Nodes
from quorumha.app.pools import make_pool
from quorumha.config.model import Config
from quorumha.endpoints import ENDPOINTS, Endpoints
from quorumha.events import Full, Observers
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.mirror_budget import MirrorBudget
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.upstream.connection_pool import Connections
from quorumha.net.drain import DrainingFactory
from quorumha.pool.pool import Member, UpstreamPool

T = TypeVar("T")


class Part(Protocol):
    """What a kind builds for one listener.  Nothing of it begins before L{start}."""

    @property
    def factory(self) -> DrainingFactory[Any]:
        """Serves those who connect."""

    def start(self) -> None:
        """It serves from now on."""

    def prepare(self, member: Member) -> Deferred[None]:
        """Do what has to be done before a member of its pool that was away gets traffic again."""

    def close(self) -> None:
        """The process stops: nobody waits for a member any more."""

    def stop(self) -> Deferred[None]:
        """Nothing of it is under way any more: end what is done without being asked."""


class Parts:
    """What a process has of a configuration, beside its listeners.

    @ivar observers: get all facts.
    @ivar pools: by name.
    @ivar replay: what the bodies hold that are kept to be sent again.
    @ivar mirror_budget: what the copies of all mirrors hold.
    @ivar late: responses that no client waits for any more.
    """

    def __init__(
        self, reactor: Any, config: Config, observers: Observers, endpoints: Endpoints = ENDPOINTS
    ) -> None:
        """
        @raise ConfigError: an endpoint, or a file that one needs, cannot be used.
        """
        self.reactor = reactor
        self.config = config
        self.observers = observers
        nodes = Nodes().arrange(config)
        self.pools = {
            name: make_pool(reactor, pool, nodes, observers, endpoints) for name, pool in config.pools.items()
        }
        self.replay = ReplayBudget(config.replay_budget, filled=lambda: self._notify_full("the process"))
        self.mirror_budget = MirrorBudget(config.mirror_budget, observers)
        self.late = LateResponses(reactor, observers=observers)
        names = [one.name for one in config.listeners.values() if one.kind.keeps_bodies]
        self._replay_parts = self.replay.parts(names, self._notify_full)
        self._connections = {
            name: Connections(reactor, pool.keepalive, pool.keepalive_idle)
            for name, pool in config.pools.items()
        }
        self._shared: dict[Hashable, Any] = {}

    def _notify_full(self, whose: str) -> None:
        self.observers.notify(Full("replay-budget", whose))

    def pool(self, name: str) -> UpstreamPool:
        """The pool of a name."""
        return self.pools[name]

    def connections(self, pool: str) -> Connections:
        """The kept connections of a pool."""
        return self._connections[pool]

    def replay_budget(self, listener: str) -> ReplayBudget:
        """What the bodies of a listener's requests may hold."""
        return self._replay_parts[listener]

    def shared(self, key: Hashable, make: Callable[[], T]) -> T:
        """What several listeners have together.

        @param make: makes it when it is asked for first.
        """
        if key not in self._shared:
            self._shared[key] = make()
        found: T = self._shared[key]
        return found

    def spare(self) -> None:
        """Give back what idle connections to nodes hold."""
        for connections in self._connections.values():
            connections.close_idle()

    def stop(self) -> None:
        """End the connections to nodes."""
        for connections in self._connections.values():
            connections.stop()
