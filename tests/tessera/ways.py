"""Ways under a proxy in memory, before scripted upstreams or simulated Tesseras."""

from __future__ import annotations

from typing import Any

from quorumha.http.forward.mirror import mirror_to
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.server.resource import ProxyResource
from quorumha.http.upstream.connection_pool import Connections
from quorumha.http.wire.contracts import Forwarder
from quorumha.pool.balancing import RoundRobin
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.tessera.decide.read import ReadPolicy
from quorumha.tessera.decide.transaction_lookup import NO_RESPONSES
from quorumha.tessera.partyinfo.ledger import Ledger
from quorumha.tessera.partyinfo.sync import PartyInfoSync
from quorumha.testing import MemoryTopology, Recorder, SimulatedTessera, TesseraStore
from quorumha.testing.tessera.payloads import PartyInfo
from tests.http.server.proxied import Proxied, fast_limits, post

PAIR_URL = "http://pair:9001/"


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

    def knows(self, name: str) -> dict[str, str]:
        """The URLs that a node knows, with the versions that each said in its newest post."""
        return {url: party.versions for url, party in self.tesseras[name].state.parties.items()}

    def paths(self, name: str) -> list[bytes]:
        """The targets of all requests that a node was sent."""
        return [request.target for request in self.tesseras[name].p2p.requests]


def serve_way(proxied: Proxied, way: Forwarder, slow: bool = False) -> None:
    proxied.serve(ProxyResource(way), slow=slow)


def in_pieces(proxied: Proxied, data: bytes, size: int = 1) -> Recorder:
    """A client whose request comes a few bytes at a time."""
    client = proxied.client()
    for at in range(0, len(data), size):
        client.write(data[at : at + size])
        proxied.net.run()
    return client


def push(body: bytes) -> bytes:
    return post(body, b"Content-Type: application/octet-stream", target=b"/push")


def party_url(number: int) -> str:
    return f"http://party{number}:9001/"


def info(number: int = 0) -> bytes:
    """What a party posts."""
    url = party_url(number).encode()
    return PartyInfo(url, ((bytes([number]) * 32, url),), (url,)).encode()


def deliver(
    proxied: Proxied,
    interval: float = 0.0,
    ledger: Ledger | None = None,
    timeout: float = 2.0,
    begun: bool = True,
) -> PartyInfoSync:
    """Serve party infos, with a delivery to all that has begun, unless it is said otherwise."""
    clock = proxied.net.clock
    limits = fast_limits(total=3.375, first_byte=1.5)
    forwarder = proxied.forwarder(policy=RetryPolicy(statuses=NO_RESPONSES), limits=limits)
    line = WaitingForwarder(forwarder, ReadPolicy(), WaitingRoom("p2p"), forwarder)
    mirror = mirror_to(forwarder, proxied.pool, timeout, clock, proxied.pool.counters)
    delivery = PartyInfoSync(mirror, interval, lambda: 0.5, Ledger() if ledger is None else ledger)
    if begun:
        delivery.start()
    proxied.serve(ProxyResource(line, on_complete=delivery.posted))
    return delivery
