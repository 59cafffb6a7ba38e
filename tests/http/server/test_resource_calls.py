"""Requests told apart by path and method."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import DownstreamError
from quorumha.http.server.path_router import Route
from quorumha.http.server.resource import ProxyResource, RoutedResource
from quorumha.http.wire.messages import RequestHead
from tests.http.server.proxied import Proxied, get


class CallsTests(SynchronousTestCase):
    """L{RoutedResource} with methods."""

    def setUp(self) -> None:
        self.proxied = Proxied("a")
        way = self.proxied.forwarder()
        self.plans = {name: ProxyResource(way) for name in ("get", "send", "other", "read", "push")}
        self.resource = RoutedResource(
            [
                Route(b"/transaction", False, self.plans["get"], b"GET"),
                Route(b"/send", True, self.plans["send"], b"POST"),
                Route(b"/push", True, self.plans["push"], b"*"),
                Route(b"/", False, self.plans["read"], b"GET"),
                Route(b"/", False, self.plans["other"], b"*"),
            ],
            slash=False,
        )

    def planned(self, method: bytes, target: bytes) -> str:
        plan = self.resource.plan(RequestHead(method, target, 1, b"c", [], [], 0, True), 0)
        return next(name for name, one in self.plans.items() if one.own_plan is plan)

    def test_chosen(self) -> None:
        """The path first, then the method; what a path does not name is as C{/} says."""
        expected = {
            (b"GET", b"/transaction/x%2Fy?isRaw=false"): "get",
            (b"GET", b"/transaction"): "get",
            (b"POST", b"/transaction/x"): "other",
            (b"POST", b"/send"): "send",
            (b"GET", b"/send"): "read",
            (b"POST", b"/send/x"): "other",
            (b"GET", b"/push"): "push",
            (b"GET", b"/transactions"): "read",
            (b"PUT", b"/"): "other",
        }
        self.assertEqual({call: self.planned(*call) for call in expected}, expected)

    def test_another_call_is_refused(self) -> None:
        """What a node might read as another call; a C{%2F} is a letter of a key, wherever it stands."""
        for target in (b"/%73end", b"/send;x", b"//send", b"/;/send", b"/tr%61nsaction/x", b"/push;a=b"):
            with self.assertRaises(DownstreamError) as caught:
                self.planned(b"POST", target)
            self.assertEqual(caught.exception.status, 400, target)
        for target, name in (
            (b"/transaction/%2F%2Fa%2fb+c%3D%3D?isRaw=false", "get"),
            (b"/transaction%2Fx", "read"),
            (b"/transaction/a//b==", "get"),
            (b"/transaction/%61bc%2F;x", "get"),
        ):
            self.assertEqual(self.planned(b"GET", target), name)

    def test_climbing_is_refused(self) -> None:
        """A target that a node might read as another one goes nowhere."""
        for target in (
            b"/transaction/../send",
            b"/transaction/..%2fsend",
            b"/transaction/%2e%2e/send",
            b"/a\\b",
        ):
            with self.assertRaises(DownstreamError):
                self.planned(b"GET", target)

    def test_mistakes(self) -> None:
        """Two plans for one call, or none for the rest, are mistakes."""
        plan = self.plans["other"]
        rest = Route(b"/", False, plan, b"*")
        with self.assertRaises(ValueError):
            RoutedResource([rest, Route(b"/", False, plan, b"*")])
        with self.assertRaises(ValueError):
            RoutedResource([Route(b"/", False, plan, b"GET")])

    def test_both_lanes(self) -> None:
        """It is an ordinary resource."""
        for slow in (False, True):
            self.proxied = Proxied("a")
            resource = RoutedResource([Route(b"/", False, ProxyResource(self.proxied.forwarder()))])
            self.proxied.serve(resource, slow=slow)
            self.assertEqual(self.proxied.ask(get(b"/transaction/a%2Fb==")).status, 200)
            self.assertEqual(self.proxied.nodes["a"].requests[0].target, b"/transaction/a%2Fb==")
