"""Resources that forward."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from quorumha.http.server.path_router import Route
from quorumha.http.server.resource import IForwarding, MirrorResource, ProxyResource, RoutedResource
from tests.http.server.proxied import Proxied, get
from tests.vectors.targets import CLIMBING, ELSEWHERE, EXACT


class RoutedTests(SynchronousTestCase):
    """By path, in both lanes."""

    slow = False

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        self.forwarder = self.proxied.forwarder()
        self.root = RoutedResource(
            [
                Route(b"/exact", True, ProxyResource(self.forwarder)),
                Route(b"/push", False, ProxyResource(self.forwarder)),
                Route(b"/old", False, ProxyResource(self.forwarder, b"/new/place")),
                Route(b"/transaction", False, ProxyResource(self.forwarder)),
                Route(b"/root", False, ProxyResource(self.forwarder, b"/")),
            ]
        )
        self.proxied.serve(self.root, self.slow)

    def status(self, target: bytes) -> int:
        return self.proxied.ask(get(target)).status

    def sent(self, target: bytes) -> bytes:
        self.assertEqual(self.status(target), 200, target)
        return self.proxied.nodes["a"].requests[-1].target

    def test_interfaces(self) -> None:
        verifyObject(IForwarding, self.root)
        verifyObject(IForwarding, ProxyResource(self.forwarder))
        verifyObject(IForwarding, MirrorResource(self.forwarder, self.proxied.mirror(self.forwarder)))

    def test_no_route(self) -> None:
        for target in (b"/", b"/exact/x", b"/pushBatch", b"/other?x=/push", b"//push"):
            self.assertEqual(self.status(target), 404, target)
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 0})

    def test_routes(self) -> None:
        for target in (b"/exact", b"/exact?a=b", b"/push", b"/push/x%2Fy"):
            self.assertEqual(self.sent(target), target)

    def test_upstream_path(self) -> None:
        for target, sent in (
            (b"/old", b"/new/place"),
            (b"/old/x%2F?y", b"/new/place/x%2F?y"),
            (b"/old?y", b"/new/place?y"),
            (b"/root/x", b"/x"),
        ):
            self.assertEqual(self.sent(target), sent)

    def test_climbing(self) -> None:
        for name, target in CLIMBING.items():
            answer = self.proxied.client(get(target.replace(b"/open", b"/push"))).received
            self.assertEqual(answer[9:12], b"400", name)
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 0})

    def test_elsewhere(self) -> None:
        """Whoever else takes everything gets nothing that a node may read as another route's path."""
        self.proxied = Proxied("ab")
        way = ProxyResource(self.proxied.forwarder())
        root = RoutedResource([Route(b"/", False, way), Route(b"/secret", False, way)])
        self.proxied.serve(root, self.slow)
        for name, target in ELSEWHERE.items():
            answer = self.proxied.client(get(target)).received
            self.assertEqual(answer[9:12], b"400", name)
        self.assertEqual(self.proxied.seen(), {"a": 0, "b": 0})

    def test_exact(self) -> None:
        for target in EXACT.values():
            if target.startswith(b"/transaction/"):
                self.assertEqual(self.sent(target), target)


class SlowRoutedTests(RoutedTests):
    """Under L{twisted.web.server.Site}."""

    slow = True
