"""What becomes of a request is told to whoever forwards it."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.completion import overhear
from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.wire.contracts import Exchange, Forwarder, ResponseSink
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.testing.http.plays import answer, cut_body, no_response
from tests.http.server.proxied import Proxied, get, post
from tests.tessera.ways import serve_way


class HearingWay:
    upgrade = False

    def __init__(self, way: Forwarder) -> None:
        self.way = way
        self.heard: list[tuple[int, list[str], bytes]] = []

    def forward(
        self, head: RequestHead, client: Client, sink: ResponseSink, target: bytes | None
    ) -> Exchange:
        return overhear(self.way, head, client, sink, target, self.told)

    def told(self, forwarding: ForwardedRequest, status: int) -> None:
        body = b"".join(forwarding.body.pieces) if forwarding.body else b""
        self.heard.append((status, [m.upstream.name for m in forwarding.reached], body))


class OverhearTests(SynchronousTestCase):
    """L{overhear}."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        self.way = HearingWay(self.proxied.forwarder())
        serve_way(self.proxied, self.way)

    def test_status_and_body(self) -> None:
        self.proxied.script("a", answer(404))
        self.proxied.script("b", answer(201))
        self.assertEqual(self.proxied.ask(post(b"body")).status, 201)
        self.assertEqual(self.way.heard, [(201, ["a", "b"], b"body")])

    def test_large_answer(self) -> None:
        """It passes as it comes."""
        self.proxied.script("a", answer(200, b"x" * 500_000, chunked=True))
        self.assertEqual(self.proxied.ask(get()).body, b"x" * 500_000)
        self.assertEqual(self.way.heard, [(200, ["a"], b"")])

    def test_no_answer(self) -> None:
        for name in "ab":
            self.proxied.net.kill(f"{name}:1")
        self.assertEqual(self.proxied.ask(get()).status, 502)
        self.assertEqual(self.way.heard, [(0, [], b"")])

    def test_answer_that_breaks_off(self) -> None:
        self.proxied.script("a", cut_body(3, 9))
        client = self.proxied.client(get())
        self.assertTrue(client.how_it_ended)
        self.assertEqual(self.way.heard, [(0, ["a"], b"")])

    def test_client_leaves(self) -> None:
        self.proxied.script("a", no_response())
        self.proxied.client(get()).close()
        self.proxied.net.run()
        self.assertEqual(self.way.heard, [])
