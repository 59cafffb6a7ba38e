"""A Tessera listener, put together: simulated nodes behind it, a client before it."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.server.site import ProxySite
from quorumha.http.upstream.connection_pool import Connections
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.tessera.listener import TesseraListener
from quorumha.testing import MemoryTopology, Recorder, SimulatedTessera, TesseraStore
from quorumha.testing.http.message_reader import Message, Reader

OTHER = b"o" * 32


class Pair:
    """Two members over one store, a listener before them, one client.

    @ivar nodes: C{a} and C{b}.
    """

    def __init__(self, serve: str = "tessera-q2t", keys: str = "") -> None:
        self.net = MemoryTopology()
        self.store = TesseraStore()
        self.nodes = {name: SimulatedTessera(self.net.clock, self.store) for name in "ab"}
        port = {"tessera-q2t": "q2t", "tessera-p2p": "p2p", "tessera-thirdparty": "third_party"}[serve]
        for name, node in self.nodes.items():
            self.net.listen(f"{name}:1", getattr(node, port))
        text = (
            '[pools.t]\nupstreams = ["tcp:a:1", "tcp:b:1"]\n'
            f'[listeners.l]\nlisten = "tcp:1"\nserve = "{serve}"\npool = "t"\n{keys}'
        )
        config = parse_config(text, "q.toml", {}).listeners["l"]
        self.pool = UpstreamPool(
            "t", [Upstream(name, self.net.client_endpoint(f"{name}:1"), max_fails=1) for name in "ab"]
        )
        self.site = TesseraListener(
            config, self.pool, Connections(self.net.clock), self.net.clock, ReplayBudget()
        )
        self.site.start()
        self.net.listen("proxy:1", ProxySite(self.site.resource, self.net.clock))

    def client(self, data: bytes) -> Recorder:
        """A client that has asked."""
        client = self.net.connect("proxy:1")
        client.write(data)
        self.net.run()
        return client

    def answer(self, client: Recorder) -> Message | None:
        """What it got, when it was whole."""
        got: list[Message] = []
        Reader(lambda message: None, got.append, requests=False).feed(client.received)
        return got[0] if got else None

    def ask(
        self, method: bytes, target: bytes, body: bytes = b"", *, seconds: float = 0, **more: Any
    ) -> Message:
        """The answer to one request, after so long."""
        client = self.client(request(method, target, body))
        self.net.advance(seconds)
        answer = self.answer(client)
        assert answer is not None, client.received
        return answer


def request(method: bytes, target: bytes, body: bytes = b"") -> bytes:
    """As GoQuorum writes it."""
    lines = [b"%b %b HTTP/1.1" % (method, target), b"Host: c", b"Content-Type: application/json"]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join([*lines, b"", body])


SEND = b'{"payload":"aGVsbG8=","to":[]}'


class Q2TTests(SynchronousTestCase):
    """The local socket."""

    def test_send_and_receive(self) -> None:
        """What was sent is found; its Location is the client's own address, whoever answered."""
        pair = Pair()
        made = pair.ask(b"POST", b"/send", SEND)
        self.assertEqual(made.status, 201)
        where = made.get(b"location")
        assert where is not None
        self.assertTrue(where.startswith(b"http://c/transaction/"))
        self.assertEqual(len(pair.site.state.memory), 1)
        self.assertEqual(pair.ask(b"GET", where.removeprefix(b"http://c")).status, 200)

    def test_404_while_the_other_is_dead(self) -> None:
        """A held authoritative answer is never replaced by an error."""
        for dead in "ab":
            pair = Pair()
            pair.net.kill(f"{dead}:1")
            self.assertEqual(pair.ask(b"GET", b"/transaction/" + b"A" * 86 + b"==").status, 404)

    def test_hold_the_line(self) -> None:
        """While nobody can answer a request waits, and is served the moment a member is back."""
        pair = Pair()
        for name in "ab":
            pair.net.kill(f"{name}:1")
        clients = [
            pair.client(request(b"GET", b"/transaction/" + b"A" * 86 + b"==")),
            pair.client(request(b"POST", b"/send", SEND)),
            pair.client(request(b"GET", b"/version/api")),
            pair.client(request(b"GET", b"/upcheck")),
        ]
        pair.net.advance(3)
        self.assertEqual([pair.answer(client) for client in clients], [None] * 4)
        pair.net.revive("b:1")
        pair.net.advance(0.6)
        answers = [pair.answer(client) for client in clients]
        self.assertEqual([answer and answer.status for answer in answers], [404, 201, 200, 200])

    def test_held_to_just_under_the_clients_limit(self) -> None:
        """When the time is over, the client hears it before it gives up."""
        pair = Pair()
        for name in "ab":
            pair.net.kill(f"{name}:1")
        client = pair.client(request(b"GET", b"/transaction/" + b"A" * 86 + b"=="))
        pair.net.advance(4.4)
        self.assertIsNone(pair.answer(client))
        pair.net.advance(0.2)
        answer = pair.answer(client)
        assert answer is not None
        self.assertEqual(answer.status, 502)
