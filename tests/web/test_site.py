"""L{ProxySite}: the walk through the tree, and its connections."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import Request

from quorumha.errors import DownstreamError
from quorumha.http.messages import HeadLimits, RequestHead
from quorumha.http.parsing import parse_request_head
from quorumha.web import ProxyResource, ProxySite
from tests.web.proxied import Proxied, get


class Curious(Resource):
    """Chooses its child by what a full request has."""

    def getChild(self, path: bytes, request: Request) -> Resource:
        request.getHeader("x")
        return Resource()


class PlanTests(SynchronousTestCase):
    """Which requests the fast lane takes."""

    def setUp(self) -> None:
        self.proxied = Proxied("a")
        self.leaf = ProxyResource(self.proxied.forwarder())

    def head(self, target: bytes) -> RequestHead:
        return parse_request_head(get(target), HeadLimits())

    def site(self, root: Resource) -> ProxySite:
        return ProxySite(root, self.proxied.net.clock)

    def test_root(self) -> None:
        plan = self.site(self.leaf).plan(self.head(b"/x"))
        assert plan is not None
        self.assertIs(plan.way, self.leaf.forwarder)

    def test_tree(self) -> None:
        root, folder = Resource(), Resource()
        root.putChild(b"a", folder)
        folder.putChild(b"b", ProxyResource(self.leaf.forwarder, b"/v"))
        plan = self.site(root).plan(self.head(b"/a/b/c%2Fd?e"))
        assert plan is not None
        self.assertEqual(plan.target, b"/v/c%2Fd?e")
        self.assertIsNone(self.site(root).plan(self.head(b"/other")))

    def test_tree_that_wants_more(self) -> None:
        self.assertIsNone(self.site(Curious()).plan(self.head(b"/x")))

    def test_refusal(self) -> None:
        from quorumha.web import RoutedResource

        with self.assertRaises(DownstreamError):
            self.site(RoutedResource([])).plan(self.head(b"/x"))


class LifeTests(SynchronousTestCase):
    """Its connections."""

    def test_live(self) -> None:
        proxied = Proxied("a")
        site = proxied.serve(proxied.forwarder())
        assert isinstance(site, ProxySite)
        clients = [proxied.client(get()) for _ in range(3)]
        self.assertEqual(len(site.live), 3)
        clients[0].close()
        proxied.net.run()
        self.assertEqual(len(site.live), 2)
        site.cut()
        proxied.net.run()
        self.assertEqual(site.live, set())
        self.assertEqual([c.how_it_ended for c in clients[1:]], ["ConnectionLost"] * 2)

    def test_new_ones_end_while_draining(self) -> None:
        proxied = Proxied("a")
        site = proxied.serve(proxied.forwarder())
        assert isinstance(site, ProxySite)
        site.drain()
        self.assertIsNotNone(proxied.client().how_it_ended)
