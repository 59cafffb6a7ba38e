"""The slow lane: what only it does.  The contract is in C{test_contract}."""

from __future__ import annotations

from io import BytesIO

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource

from quorumha.http.server.resource import ProxyResource
from quorumha.http.server.twisted_web import InMemoryRequest
from quorumha.testing.http.plays import respond
from tests.http.server.proxied import Proxied, get, post


class SlowTests(SynchronousTestCase):
    """Under L{twisted.web.server.Site}."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        root = Resource()
        root.putChild(b"api", ProxyResource(self.proxied.forwarder(), b"/v1"))
        root.putChild(b"raw", ProxyResource(self.proxied.forwarder()))
        self.proxied.serve(root, slow=True)

    def test_tree(self) -> None:
        self.proxied.ask(get(b"/api/x%2Fy?z"))
        self.proxied.ask(get(b"/raw/x%2Fy?z"))
        self.assertEqual(
            [m.target for m in self.proxied.nodes["a"].requests], [b"/v1/x%2Fy?z", b"/raw/x%2Fy?z"]
        )

    def test_rules_of_the_fast_lane_hold(self) -> None:
        for request in (
            get(b"/raw/x").replace(b"Host: c\r\n", b""),
            get(b"/raw/x", b"Host: d"),
            get(b"/raw/x", b"Expect: wonders"),
        ):
            self.assertIn(self.proxied.ask(request).status, (400, 417))
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 0})

    def test_type_is_the_upstreams_or_none(self) -> None:
        self.proxied.script(
            "a", respond(200, b"x", [(b"Content-Type", b"a/b"), (b"Server", b"Jetty")]), respond()
        )
        message = self.proxied.ask(get(b"/raw/x"))
        self.assertEqual((message.all(b"content-type"), message.all(b"server")), ([b"a/b"], [b"Jetty"]))
        self.assertEqual(self.proxied.ask(get(b"/raw/x")).all(b"content-type"), [])

    def test_body_stays_in_memory(self) -> None:
        kinds = []

        class Seeing(InMemoryRequest):
            def gotLength(self, length: int | None) -> None:
                super().gotLength(length)
                kinds.append(type(self.content))

        proxied = Proxied("a")
        site = proxied.serve(ProxyResource(proxied.forwarder()), slow=True)
        site.requestFactory = Seeing  # type: ignore[attr-defined]  # it is a Site
        body = b"x" * 1_000_000
        proxied.ask(post(body))
        self.assertEqual(kinds, [BytesIO])
        self.assertEqual(proxied.nodes["a"].requests[0].body, body)
