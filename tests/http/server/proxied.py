"""A proxy in memory: scripted upstreams, a site before them, clients."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IProtocolFactory
from twisted.web.resource import IResource
from twisted.web.server import Site

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.mirror import Mirror, mirror_to
from quorumha.http.server.client_limits import ServerLimits
from quorumha.http.server.resource import ProxyResource
from quorumha.http.server.site import ProxySite
from quorumha.http.server.twisted_web import InMemoryRequest
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.upstream.limits import Limits
from quorumha.pool.balancing import PrimaryFirst
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing import HttpClients, MemoryTopology, ScriptedUpstream, http_request, responses
from quorumha.testing.http.message_reader import Message
from quorumha.testing.http.plays import Play

PROXY = "proxy:80"


class Proxied(HttpClients):
    """Upstreams C{a:1}, C{b:1}, ... in the order of the pool, and what a route needs.

    @ivar nodes: by name, C{"a"}, C{"b"}.
    """

    def __init__(
        self,
        names: str = "ab",
        backups: str = "",
        net: MemoryTopology | None = None,
        *,
        keepalive: int = 16,
        max_fails: int = 1,
        **pool: Any,
    ) -> None:
        """
        @param pool: more for the L{UpstreamPool}.
        """
        super().__init__(net or MemoryTopology())
        self.nodes = {name: ScriptedUpstream(self.net.clock) for name in names}
        for name, node in self.nodes.items():
            self.net.listen(f"{name}:1", node)
        self.pool = UpstreamPool(
            "nodes",
            [
                Upstream(
                    name,
                    self.net.client_endpoint(f"{name}:1"),
                    f"{name}:1".encode(),
                    backup=name in backups,
                    max_fails=max_fails,
                    fail_timeout=10,
                )
                for name in names
            ],
            PrimaryFirst(),
            **pool,
        )
        self.connections = Connections(self.net.clock, keepalive)

    def script(self, name: str, *plays: Play) -> None:
        """What a node does with its next requests."""
        self.nodes[name].script.extend(plays)

    def forwarder(self, **settings: Any) -> PoolForwarder:
        return PoolForwarder(self.pool, self.connections, self.net.clock, **settings)

    def mirror(
        self, forwarder: PoolForwarder, pool: UpstreamPool | None = None, timeout: float = 5
    ) -> Mirror:
        return mirror_to(forwarder, pool or self.pool, timeout, self.net.clock, forwarder.pool.counters)

    def serve(self, root: IResource | PoolForwarder, slow: bool = False, **limits: Any) -> IProtocolFactory:
        """Listen with a resource, or with a L{ProxyResource} of a forwarder."""
        if isinstance(root, PoolForwarder):
            root = ProxyResource(root)
        site: IProtocolFactory
        if slow:
            site = Site(root, requestFactory=InMemoryRequest, reactor=self.net.clock)
        else:
            site = ProxySite(root, self.net.clock, ServerLimits(**limits))
        self.net.listen(PROXY, site)
        return site

    def place_of(self, listener: str) -> str:
        """There is one."""
        return PROXY

    def ask(self, data: bytes, seconds: float = 0) -> Message:  # type: ignore[override]  # to the only listener
        """The one response to one request, after so long; it need not be whole."""
        client = self.client(data)
        self.net.advance(seconds)
        (answer,) = responses(client, data.partition(b" ")[0])
        return answer

    def seen(self) -> dict[str, int]:
        """How many requests each node was sent."""
        return {name: len(node.requests) for name, node in self.nodes.items()}


def get(target: bytes = b"/x", *fields: bytes) -> bytes:
    return http_request(b"GET", target, None, *fields, host=b"c")


def post(body: bytes, *fields: bytes, target: bytes = b"/x") -> bytes:
    return http_request(b"POST", target, body, *fields, host=b"c")


def fast_limits(**changed: float) -> Limits:
    """Limits that a test can wait for."""
    return Limits(**{"total": 4.5, "first_byte": 2.0, "between": 3.0, "send": 3.0, **changed})
