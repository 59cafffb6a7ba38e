"""A party as its operator runs it: a configuration through C{make_service}, simulated nodes behind it."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.app.service import ProxyService, make_service
from quorumha.http.server.server_limits import AGAIN_GRACE
from quorumha.pool.pool import Member
from quorumha.tessera.listener import TesseraListener
from quorumha.tessera.part import TesseraPart
from quorumha.testing import MemoryTopology, Recorder, SimulatedTessera, TesseraStore
from quorumha.testing.http.message_reader import Message, Reader
from quorumha.testing.tessera.payloads import PartyInfo
from tests.memory_reactor import MemoryReactor

#: Where the party's Tesseras are found by others: the proxy.
PAIR_URL = "http://pair:9001/"
#: Name of a listener, its port, and the port of each node.
PORTS = {"q2t": 9101, "p2p": 9001, "thirdparty": 9081}
OCTETS = b"Content-Type: application/octet-stream"
JSON = b"Content-Type: application/json"


def request(method: bytes, target: bytes, body: bytes = b"", *fields: bytes) -> bytes:
    """One request, to a proxy that its client calls C{pair:9001}."""
    lines = [b"%b %b HTTP/1.1" % (method, target), b"Host: pair:9001", *fields]
    if body or method == b"POST":
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


def party_url(number: int) -> str:
    """Where another party is found."""
    return f"http://party{number}:9001/"


def party_info(number: int, *knows: str) -> bytes:
    """What another party posts.

    @param knows: URLs that it tells of; makes one post unlike the next.
    """
    url = party_url(number).encode()
    return PartyInfo(url, ((bytes([number]) * 32, url),), (*(k.encode() for k in knows), url)).encode()


class ServedParty:
    """Nodes C{10.0.0.1}, ... with all their ports, and the proxy before them: C{pair}, same ports.

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
        self.net = net or MemoryTopology()
        self.store = TesseraStore()
        self.nodes = {
            name: SimulatedTessera(self.net.clock, self.store, PAIR_URL, name=name) for name in names
        }
        self._hosts = {name: f"10.0.0.{number}" for number, name in enumerate(names, 1)}
        for name, node in self.nodes.items():
            for port, factory in zip(PORTS.values(), node.ports, strict=True):
                self.net.listen(f"{self._hosts[name]}:{port}", factory)
        text = "".join(self._toml(one, keys, pool) for one in serve)
        self.service: ProxyService = make_service(
            MemoryReactor(self.net, "pair"), parse_config(text, "party.toml", {})
        )
        self.service.startService()
        self.net.run()

    def _toml(self, name: str, keys: str, pool: str) -> str:
        port = PORTS[name]
        upstreams = ", ".join(f'"http://{host}:{port}"' for host in self._hosts.values())
        return (
            f"[pools.{name}]\nupstreams = [{upstreams}]\n{pool}\n"
            f'[listeners.{name}]\nlisten = "tcp:{port}"\nserve = "tessera-{name}"\npool = "{name}"\n{keys}\n'
        )

    def stop(self) -> Deferred[None]:
        """Stop the proxy."""
        stopping = self.service.stopService()
        for _ in PORTS:
            # Clients that were just answered may ask once more, at one listener after the other.
            self.net.advance(AGAIN_GRACE)
        return stopping

    @property
    def sites(self) -> dict[str, TesseraListener]:
        """What the listeners have, by name."""
        parts = self.service.parts.items()
        return {name: part.site for name, part in parts if isinstance(part, TesseraPart)}

    @property
    def site(self) -> TesseraListener:
        """What the P2P listener has."""
        return self.sites["p2p"]

    def member(self, name: str, pool: str = "p2p") -> Member:
        """A node, as the pool knows it."""
        return self.service.pools[pool].members[list(self.nodes).index(name)]

    # Faults.

    def kill(self, name: str) -> None:
        """The process ends, and with it what it knew."""
        for place in self._places(name):
            self.net.kill(place)
        self.nodes[name].restart()

    def hang(self, name: str) -> None:
        """It answers no more, and forgets nothing."""
        for place in self._places(name):
            self.net.hang(place)

    def revive(self, name: str) -> None:
        """Undo either."""
        for place in self._places(name):
            self.net.revive(place)

    def host(self, name: str) -> str:
        """Where a node is."""
        return self._hosts[name]

    def _places(self, name: str) -> list[str]:
        return [f"{self._hosts[name]}:{port}" for port in PORTS.values()]

    # Clients.

    def client(self, data: bytes, to: str = "p2p") -> Recorder:
        """A client that has asked."""
        client = self.net.connect(f"pair:{PORTS[to]}")
        client.write(data)
        self.net.run()
        return client

    def answer(self, client: Recorder) -> Message | None:
        """What a client got, when it was whole."""
        got: list[Message] = []
        Reader(lambda message: None, got.append, requests=False).feed(client.received)
        return got[0] if got else None

    def ask(self, data: bytes, to: str = "p2p", *, within: float = 0.0) -> Message:
        """The answer to one request; time passes until it is there, so many seconds at most."""
        client = self.client(data, to)
        end = self.net.clock.seconds() + within
        while (answer := self.answer(client)) is None and self.net.clock.seconds() < end:
            self.net.advance(0.05)
        assert answer is not None, client.received
        return answer

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
        self.addCleanup(lambda: self.successResultOf(party.stop()))
        return party
