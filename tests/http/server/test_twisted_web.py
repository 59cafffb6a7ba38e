"""The slow lane: what only it does.  The contract is in C{test_contract}."""

from __future__ import annotations

from io import BytesIO

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request

from quorumha.http.server.resource import ProxyResource
from quorumha.http.server.site import ProxySite
from quorumha.http.server.twisted_web import ExplainingRequest, InMemoryRequest
from quorumha.testing.http.plays import half_a_head, respond
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


class ExplainedTests(SynchronousTestCase):
    """C{X-Quorumha}: what the fast lane says by C{explain_header}."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        self.leaf = ProxyResource(self.proxied.forwarder())

    def said(self, request: bytes) -> list[bytes]:
        return self.proxied.ask(request).all(b"x-quorumha")

    def serve(self) -> None:
        site = self.proxied.serve(self.leaf, slow=True)
        site.requestFactory = ExplainingRequest  # type: ignore[attr-defined]  # it is a Site

    def test_off(self) -> None:
        """Unless somebody wants it; what a member says of itself goes down."""
        self.proxied.serve(self.leaf, slow=True)
        self.proxied.script("a", respond(200, b"x", [(b"X-Quorumha", b"theirs")]))
        self.assertEqual(self.said(get(b"/x")), [b"theirs"])

    def test_who_gave_it(self) -> None:
        """In place of what a member says of itself."""
        self.serve()
        self.proxied.script("a", respond(200, b"x", [(b"X-Quorumha", b"theirs")]))
        self.assertEqual(self.said(get(b"/x")), [b"upstream=a; tries=1"])

    def test_failed_over(self) -> None:
        self.serve()
        self.proxied.script("a", half_a_head())
        self.assertEqual(self.said(get(b"/x")), [b"upstream=b; tries=2; failed_over=broken"])

    def test_own_error(self) -> None:
        """No member gave it; a request that is refused was nobody's."""
        self.serve()
        self.proxied.script("a", half_a_head())
        self.proxied.script("b", half_a_head())
        response = self.proxied.ask(get(b"/x"))
        self.assertEqual(response.status, 502)
        self.assertEqual(response.all(b"x-quorumha"), [b"tries=2; failed_over=broken,broken"])
        self.assertEqual(self.said(get(b"/x", b"Host: d")), [])

    def test_of_a_site_that_is_both(self) -> None:
        """A tree that the fast lane cannot walk says it, too, as long as C{explain_header} does."""

        class Curious(Resource):
            def getChild(self, path: bytes, request: Request) -> IResource:
                request.getHeader("x")
                return leaf

        leaf = self.leaf
        site = self.proxied.serve(Curious(), explain_header=True)
        self.assertEqual(self.said(get(b"/x")), [b"upstream=a; tries=1"])
        assert isinstance(site, ProxySite)
        site.turn(ProxySite(Curious(), self.proxied.net.clock))
        self.assertEqual(self.said(get(b"/x")), [])
