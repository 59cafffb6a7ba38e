"""L{GoQuorumPart}: a listener that knows the methods of GoQuorum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred

from quorumha.config.model import ListenerConfig
from quorumha.goquorum.config import GoQuorumConfig
from quorumha.goquorum.forward.ask import Asker
from quorumha.goquorum.forward.engine import Engine
from quorumha.goquorum.forward.exchange import RpcForwarder
from quorumha.goquorum.forward.reads import Reads
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.late_responses import LateResponses
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.server.listener import HttpPart, HttpParts, make_site
from quorumha.http.server.resource import ProxyResource
from quorumha.http.upstream.limits import Limits
from quorumha.http.wire.headers import HeaderRules


class GoQuorumParts(HttpParts, Protocol):
    """What such a listener needs of the process."""

    @property
    def late(self) -> LateResponses: ...


class GoQuorumPart(HttpPart):
    """What a listener with C{serve = "goquorum-rpc"} has."""

    def __init__(self, config: ListenerConfig, parts: GoQuorumParts) -> None:
        assert config.pool is not None
        settings: GoQuorumConfig = config.settings
        self._pool = parts.pool(config.pool)
        self._watching: list[Callable[[], None]] = []

        def forwarder(policy: RetryPolicy) -> PoolForwarder:
            assert config.pool is not None
            forward = settings.forward
            return PoolForwarder(
                self._pool,
                parts.connections(config.pool),
                parts.reactor,
                policy,
                Limits(0.0, 0.0, forward.read_timeout, forward.send_timeout),
                HeaderRules(forward.forwarded, forward.host),
                0,
                parts.replay_budget(config.name),
                origin=None,
            )

        nothing: frozenset[int] = frozenset()
        reads = forwarder(RetryPolicy(statuses=nothing, tries=1))
        writes = forwarder(RetryPolicy(statuses=nothing, tries=1, non_idempotent=False))
        self.asker = Asker(self._pool, reads, writes, parts.late, settings.response_limit)
        self.engine = Engine({"read": Reads(self.asker)})
        route = RpcForwarder(
            self.engine, self.asker, config.name, settings.client_timeout, settings.batch_limit
        )
        super().__init__(make_site(ProxyResource(route), config, settings.limits, parts))

    def start(self) -> None:
        """Watch members."""
        self._watching = [self._pool.watch_down(self.asker.down)]

    def stop(self) -> Deferred[None]:
        """Watch them no more."""
        watching, self._watching = self._watching, []
        for stop in watching:
            stop()
        return super().stop()
