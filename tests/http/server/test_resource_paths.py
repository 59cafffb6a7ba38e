"""What replaces the matched part of a path: joined where segments meet, in both lanes."""

from __future__ import annotations

from twisted.web.resource import Resource

from quorumha.http.server.path_router import Route
from quorumha.http.server.resource import ProxyResource, RoutedResource
from tests.http.server.lanes import FastLane, SlowLane, request

#: Route, upstream_path, target of the client, target at the upstream.
REPLACED = (
    (b"/a", b"/v1", b"/a", b"/v1"),
    (b"/a", b"/v1", b"/a/x", b"/v1/x"),
    (b"/a", b"/v1", b"/a?x=1", b"/v1?x=1"),
    (b"/a", b"/v1", b"/a/?x=/a", b"/v1/?x=/a"),
    (b"/a", b"/", b"/a", b"/"),
    (b"/a", b"/", b"/a/x", b"/x"),
    (b"/a", b"/", b"/a?x=1", b"/?x=1"),
    (b"/a", b"/v1/", b"/a/x", b"/v1/x"),
    (b"/a", b"/v1/", b"/a", b"/v1/"),
    (b"/a/", b"/v1", b"/a/x", b"/v1/x"),
    (b"/a/", b"/v1/", b"/a/x", b"/v1/x"),
    (b"/a/", b"/v1", b"/a?x=1", b"/v1?x=1"),
    (b"/", b"/v1", b"/x%2Fy", b"/v1/x%2Fy"),
    (b"/", b"/v1/", b"/x", b"/v1/x"),
    (b"/", b"/", b"/x", b"/x"),
    (b"/a", b"/v1", b"/a//x", b"/v1//x"),
)


class PathCases:
    """One route at a time."""

    def _seen(self: FastLane, target: bytes) -> bytes:
        self.assertEqual(self.ask(request(target=target)).status, 200, target)
        return self.a.requests[-1].target

    def test_prefix(self: FastLane) -> None:
        for path, instead, target, wanted in REPLACED:
            resource = ProxyResource(self.forwarder, instead)
            self.serve(RoutedResource([Route(path, False, resource)]))
            self.assertEqual(self._seen(target), wanted, (path, instead, target))

    def test_exact(self: FastLane) -> None:
        resource = ProxyResource(self.forwarder, b"/v1")
        self.serve(RoutedResource([Route(b"/a", True, resource), Route(b"/b/", True, resource)]))
        self.assertEqual(self._seen(b"/a?x=1"), b"/v1?x=1")
        self.assertEqual(self._seen(b"/b/?x=1"), b"/v1?x=1")
        self.assertEqual(self.ask(request(target=b"/b")).status, 404)

    def test_tree(self: FastLane) -> None:
        root = Resource()
        root.putChild(b"v1", ProxyResource(self.forwarder, b"/"))
        root.putChild(b"v2", ProxyResource(self.forwarder, b"/new/"))
        self.serve(root)
        self.assertEqual(self._seen(b"/v1/x?y"), b"/x?y")
        self.assertEqual(self._seen(b"/v1?y"), b"/?y")
        self.assertEqual(self._seen(b"/v2/x%2Fy"), b"/new/x%2Fy")


class FastLaneTests(PathCases, FastLane):
    """In the fast lane."""


class SlowLaneTests(PathCases, SlowLane):
    """Under twisted.web's own site."""
