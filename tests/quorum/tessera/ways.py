"""Ways under a proxy in memory, before scripted upstreams or simulated Tesseras."""

from __future__ import annotations

from typing import Any

from quorumha.http.keepalive import Connections
from quorumha.http.sink import Way
from quorumha.policy.balancing import RoundRobin
from quorumha.pool import UpstreamPool
from quorumha.testing import MemoryTopology, Recorder, SimulatedTessera, TesseraStore
from quorumha.upstream import Upstream
from quorumha.web.resource import Plan, ProxyResource
from tests.web.proxied import Proxied, post

PAIR_URL = "http://pair:9001/"


class WayResource(ProxyResource):
    """All that comes goes one way."""

    def __init__(self, proxied: Proxied, way: Way) -> None:
        super().__init__(proxied.forwarder())
        self._plan = Plan(way)


class Tesseras(Proxied):
    """As L{Proxied}, with the peer-to-peer ports of simulated Tesseras of one party.

    @ivar tesseras: by name.
    """

    def __init__(self, names: str = "ab", net: MemoryTopology | None = None, fail_timeout: float = 10):
        self.net = net or MemoryTopology()
        self.store = TesseraStore()
        self.tesseras = {
            name: SimulatedTessera(self.net.clock, self.store, PAIR_URL, name=name) for name in names
        }
        self.nodes = {}
        for name, node in self.tesseras.items():
            self.net.listen(f"{name}:1", node.p2p)
        self.pool = UpstreamPool(
            "tesseras",
            [
                Upstream(name, self.net.client_endpoint(f"{name}:1"), fail_timeout=fail_timeout)
                for name in names
            ],
            RoundRobin(),
        )
        self.connections = Connections(self.net.clock)

    def member(self, name: str) -> Any:
        return next(member for member in self.pool.members if member.upstream.name == name)

    def paths(self, name: str) -> list[bytes]:
        """The targets of all requests that a node was sent."""
        return [request.target for request in self.tesseras[name].p2p.requests]


def serve_way(proxied: Proxied, way: Way, slow: bool = False) -> None:
    proxied.serve(WayResource(proxied, way), slow=slow)


def in_pieces(proxied: Proxied, data: bytes, size: int = 1) -> Recorder:
    """A client whose request comes a few bytes at a time."""
    client = proxied.client()
    for at in range(0, len(data), size):
        client.write(data[at : at + size])
        proxied.net.run()
    return client


def push(body: bytes) -> bytes:
    return post(body, b"Content-Type: application/octet-stream", target=b"/push")
