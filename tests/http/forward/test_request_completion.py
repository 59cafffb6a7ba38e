"""What becomes of a request is told once, when all of it is there."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.request import ForwardedRequest
from quorumha.http.server.resource import ProxyResource
from quorumha.testing.http.plays import cut_body, no_response, respond
from tests.http.server.proxied import Proxied, get, post


class CompletionTests(SynchronousTestCase):
    """C{on_complete}."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        self.told: list[tuple[int, list[str], bytes]] = []
        resource = ProxyResource(self.proxied.forwarder(), on_complete=self.on_complete)
        self.proxied.serve(resource)

    def on_complete(self, request: ForwardedRequest) -> None:
        body = b"".join(request.body.pieces) if request.body else b""
        self.told.append((request.status, [m.upstream.name for m in request.reached], body))

    def test_status_and_body(self) -> None:
        self.proxied.script("a", respond(404))
        self.proxied.script("b", respond(201))
        self.assertEqual(self.proxied.ask(post(b"body")).status, 201)
        self.assertEqual(self.told, [(201, ["a", "b"], b"body")])

    def test_large_answer(self) -> None:
        """It passes as it comes."""
        self.proxied.script("a", respond(200, b"x" * 500_000, chunked=True))
        self.assertEqual(self.proxied.ask(get()).body, b"x" * 500_000)
        self.assertEqual(self.told, [(200, ["a"], b"")])

    def test_no_answer(self) -> None:
        for name in "ab":
            self.proxied.net.kill(f"{name}:1")
        self.assertEqual(self.proxied.ask(get()).status, 502)
        self.assertEqual(self.told, [(0, [], b"")])

    def test_answer_that_breaks_off(self) -> None:
        self.proxied.script("a", cut_body(3, 9))
        client = self.proxied.client(get())
        self.assertTrue(client.how_it_ended)
        self.assertEqual(self.told, [(0, ["a"], b"")])

    def test_client_leaves(self) -> None:
        self.proxied.script("a", no_response())
        self.proxied.client(get()).close()
        self.proxied.net.run()
        self.assertEqual(self.told, [])
