"""A proxy in memory: scripted upstreams, a site before them, clients."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IProtocolFactory
from twisted.web.resource import IResource
from twisted.web.server import Site

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.mirror import Mirror, mirror_to
from quorumha.http.server import ProxyResource, ProxySite, ServerLimits
from quorumha.http.server.twisted_web import InMemoryRequest
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.upstream.limits import Limits
from quorumha.pool.balancing import PrimaryFirst
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing import MemoryTopology, Recorder, ScriptedUpstream
from quorumha.testing.http.message_reader import Message, Reader
from quorumha.testing.http.plays import Play

PROXY = "proxy:80"


class Proxied:
    """Upstreams C{a:1}, C{b:1}, ... in the order of the pool, and what a route needs.

    @ivar nodes: by name, C{"a"}, C{"b"}.
    """

    def __init__(self, names: str = "ab", backups: str = "", net: MemoryTopology | None = None, **pool: Any):
        self.net = net or MemoryTopology()
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
                    fail_timeout=10,
                )
                for name in names
            ],
            PrimaryFirst(),
            **pool,
        )
        self.connections = Connections(self.net.clock)

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

    def client(self, data: bytes = b"") -> Recorder:
        """A client that has sent C{data}."""
        client = self.net.connect(PROXY)
        if data:
            client.write(data)
        self.net.run()
        return client

    def answers(self, client: Recorder, *methods: bytes) -> list[Message]:
        """What a client got so far, whole answers and the beginning of one."""
        got: list[Message] = []
        reader = Reader(got.append, lambda message: None, requests=False)
        for method in methods or (b"GET",) * 500:
            reader.expect(method)
        reader.feed(client.received)
        if client.how_it_ended == "ConnectionDone" or client.read_ended:
            reader.end()
        return got

    def ask(self, data: bytes, seconds: float = 0) -> Message:
        """The one answer to one request, after so long."""
        client = self.client(data)
        if seconds:
            self.net.advance(seconds)
        method = data.partition(b" ")[0]
        (answer,) = self.answers(client, method)
        return answer

    def seen(self) -> dict[str, int]:
        """How many requests each node was sent."""
        return {name: len(node.requests) for name, node in self.nodes.items()}


def get(target: bytes = b"/x", *fields: bytes) -> bytes:
    return b"\r\n".join([b"GET %b HTTP/1.1" % target, b"Host: c", *fields, b"", b""])


def post(body: bytes, *fields: bytes, target: bytes = b"/x") -> bytes:
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join([b"POST %b HTTP/1.1" % target, b"Host: c", length, *fields, b"", body])


def fast_limits(**changed: float) -> Limits:
    """Limits that a test can wait for."""
    return Limits(**{"total": 4.5, "first_byte": 2.0, "between": 3.0, "send": 3.0, **changed})
