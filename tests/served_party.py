"""A party as its operator runs it: a configuration through C{make_service}, simulated nodes behind it."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.pool import Member
from quorumha.tessera.listener import TesseraPart
from quorumha.testing import MemoryProxy, MemoryTopology, SimulatedTessera, TesseraStore, http_request
from quorumha.testing.http.message_reader import Message
from quorumha.testing.tessera.payloads import PartyInfo

#: Where the party's Tesseras are found by others: the proxy.
PAIR_URL = "http://pair:9001/"
#: Name of a listener, its port, and the port of each node.
PORTS = {"q2t": 9101, "p2p": 9001, "thirdparty": 9081}
OCTETS = b"Content-Type: application/octet-stream"
JSON = b"Content-Type: application/json"


def request(method: bytes, target: bytes, body: bytes = b"", *fields: bytes) -> bytes:
    """One request, to a proxy that its client calls C{pair:9001}."""
    whole = body if body or method == b"POST" else None
    return http_request(method, target, whole, *fields, host=b"pair:9001")


def party_url(number: int) -> str:
    """Where another party is found."""
    return f"http://party{number}:9001/"


def party_info(number: int, *knows: str) -> bytes:
    """What another party posts.

    @param knows: URLs that it tells of; makes one post unlike the next.
    """
    url = party_url(number).encode()
    return PartyInfo(url, ((bytes([number]) * 32, url),), (*(k.encode() for k in knows), url)).encode()


class ServedParty(MemoryProxy):
    """Tesseras C{10.0.0.1}, ... with all their ports, and the proxy before them: C{pair}, same ports.

    @ivar nodes: by name, C{"a"}, C{"b"}, ...
    """

    def __init__(
        self,
        names: str = "ab",
        serve: tuple[str, ...] = ("p2p",),
        keys: str = "",
        pool: str = "",
        net: MemoryTopology | None = None,
    ) -> None:
        """
        @param serve: the listeners, names in L{PORTS}.
        @param keys: more lines for each of them.
        @param pool: and for each pool.
        """
        self._hosts = {name: f"10.0.0.{number}" for number, name in enumerate(names, 1)}
        super().__init__(self.toml(serve, keys, pool), net, host="pair")
        self.store = TesseraStore()
        for name, host in self._hosts.items():
            node = SimulatedTessera(self.net.clock, self.store, PAIR_URL, name=name)
            self.tesseras[name], self.places[name] = node, [f"{host}:{port}" for port in PORTS.values()]
            for place, factory in zip(self.places[name], node.ports, strict=True):
                self.net.listen(place, factory)
        self.nodes = self.tesseras
        self.start()

    def toml(self, serve: tuple[str, ...], keys: str = "", pool: str = "") -> str:
        """A configuration; the parameters are those of the class."""
        return "".join(self._toml(one, keys, pool) for one in serve)

    def _toml(self, name: str, keys: str, pool: str) -> str:
        port = PORTS[name]
        upstreams = ", ".join(f'"http://{host}:{port}"' for host in self._hosts.values())
        return (
            f"[pools.{name}]\nupstreams = [{upstreams}]\n{pool}\n"
            f'[listeners.{name}]\nlisten = "tcp:{port}"\nserve = "tessera-{name}"\npool = "{name}"\n{keys}\n'
        )

    def place_of(self, listener: str) -> str:
        """Where a listener listens; the P2P one unless said."""
        return super().place_of(listener or "p2p")

    @property
    def sites(self) -> dict[str, TesseraPart]:
        """What the listeners have, by name."""
        parts = self.service.parts.items()
        return {name: part for name, part in parts if isinstance(part, TesseraPart)}

    @property
    def site(self) -> TesseraPart:
        """What the P2P listener has."""
        return self.sites["p2p"]

    def member(self, name: str, pool: str = "p2p") -> Member:
        """A node, as the pool knows it."""
        return self.service.pools[pool].members[list(self.nodes).index(name)]

    def address(self, name: str) -> str:
        """Where a node is."""
        return self._hosts[name]

    def post_info(self, number: int, *knows: str, fields: tuple[bytes, ...] = (), within: float = 0) -> int:
        """Another party posts: the status that it gets."""
        data = request(b"POST", b"/partyinfo", party_info(number, *knows), OCTETS, *fields)
        return self.ask(data, within=within).status

    # What nodes saw.

    def seen(self, name: str, path: bytes, method: bytes = b"POST") -> list[Message]:
        """The requests of a node's P2P port that were for a path, in order."""
        requests = self.nodes[name].p2p.requests
        return [r for r in requests if r.method == method and r.target.partition(b"?")[0] == path]

    def knows(self, name: str) -> set[str]:
        """The URLs in a node's peer table."""
        return set(self.nodes[name].state.parties)


class ServedCase(SynchronousTestCase):
    """Every configuration is stopped at the end."""

    def serve(self, names: str = "ab", **settings: Any) -> ServedParty:
        """See L{ServedParty}."""
        party = ServedParty(names, **settings)
        self.addCleanup(party.stop)
        return party
