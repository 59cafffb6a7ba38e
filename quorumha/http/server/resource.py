"""Resources that forward: L{ProxyResource}, L{MirrorResource}, L{RoutedResource}.

They are ordinary leaves of a twisted.web tree.  What makes them fast under
L{ProxySite<quorumha.http.server.site.ProxySite>} is L{IForwarding}: they can say how a request
is forwarded without a C{Request} object.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from attrs import evolve, frozen
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import Interface, implementer

from quorumha.errors import DownstreamError
from quorumha.http.forward.mirror import Mirror
from quorumha.http.server.path_router import Route, RouteTable
from quorumha.http.server.twisted_web import render_forwarding
from quorumha.http.wire.contracts import Forwarder, OnComplete
from quorumha.http.wire.messages import RequestHead


@frozen(eq=False)
class Plan:
    """How one request is forwarded.

    @ivar forwarder: how it gets its response.
    @ivar target: in place of the request's own, or None.
    @ivar on_complete: see L{Forwarder.forward}.
    @ivar upstream_path: what L{rewritten} puts in place of what was matched; None: the target stays.
    @ivar call: what facts call its requests that are refused; empty: it has no name.
    """

    forwarder: Forwarder
    target: bytes | None = None
    on_complete: OnComplete | None = None
    upstream_path: bytes | None = None
    call: str = ""

    def rewritten(self, target: bytes, matched: int) -> Plan:
        """The plan for one target, of which so many bytes led here.

        A slash on both sides of the seam becomes one.
        """
        if self.upstream_path is None:
            return self
        rest = target[matched:]
        if rest.startswith(b"/") and self.upstream_path.endswith(b"/"):
            rest = rest[1:]
        path = self.upstream_path + rest
        return evolve(self, target=path if path.startswith(b"/") else b"/" + path)


class IForwarding(Interface):
    """A resource that can say how it forwards."""

    def plan(head: RequestHead, matched: int) -> Plan:
        """How this request is forwarded.

        @param matched: bytes of the target that the way to this resource took.
        @raise DownstreamError: it is not; C{status} says why.
        """


@implementer(IForwarding)
class _Forwarding(Resource):
    isLeaf = True

    def plan(self, head: RequestHead, matched: int) -> Plan:
        raise NotImplementedError

    def render(self, request: Request) -> int:
        """The slow lane: twisted.web has read the whole request."""
        render_forwarding(self.plan, request)
        return NOT_DONE_YET


class ProxyResource(_Forwarding):
    """Forwards every request to a pool, with a next-upstream policy."""

    def __init__(
        self,
        forwarder: Forwarder,
        upstream_path: bytes | None = None,
        on_complete: OnComplete | None = None,
    ) -> None:
        """
        @param upstream_path: replaces the part of the path that led here; a slash on both
            sides of the seam becomes one.
        @param on_complete: see L{Forwarder.forward}.
        """
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        self.forwarder = forwarder
        self.own_plan = Plan(forwarder, None, on_complete, upstream_path)

    def named(self, call: str) -> Self:
        """This one, with a name in facts of requests that are refused (C{Plan.call})."""
        self.own_plan = evolve(self.own_plan, call=call)
        return self

    def plan(self, head: RequestHead, matched: int) -> Plan:
        """Forward to the pool, with the rest of the path behind C{upstream_path} where there is one."""
        plan = self.own_plan
        return plan if plan.upstream_path is None else plan.rewritten(head.target, matched)


class MirrorResource(ProxyResource):
    """Forwards as L{ProxyResource} does, and sends copies to other upstreams as well."""

    def __init__(self, forwarder: Forwarder, mirror: Mirror, upstream_path: bytes | None = None) -> None:
        super().__init__(forwarder, upstream_path, mirror.copy)


class RoutedResource(_Forwarding):
    """Chooses among forwarding resources by path and method.

    A path that no route names gets 404 from the proxy, a method that its routes do not name is taken as
    the routes of C{/} say.  A target that some node might fold into another path is refused with 400.
    """

    def __init__(self, routes: Iterable[Route[ProxyResource]], *, slash: bool = True) -> None:
        """
        @param slash: see L{RouteTable}.
        @raise ValueError: see L{RouteTable}; or nothing says what becomes of some method.
        """
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        by_path: dict[tuple[bytes, bool], dict[bytes, Plan]] = {}
        for route in routes:
            plans = by_path.setdefault((route.path, route.exact), {})
            if route.method in plans:
                raise ValueError(f"two routes for {route.method!r} {route.path!r}")
            plans[route.method] = route.leads_to.own_plan
        others = by_path.get((b"/", False), {})
        for (path, _), plans in by_path.items():
            if b"*" not in plans:
                plans |= {**others, **plans}
            if b"*" not in plans:
                raise ValueError(f"nothing says how other methods of {path!r} are forwarded")
        self._take = RouteTable((Route(*path, plans) for path, plans in by_path.items()), slash=slash).take

    def plan(self, head: RequestHead, matched: int) -> Plan:
        """Choose by path.  C{matched} is not looked at: routes name whole paths."""
        try:
            route = self._take(head.target)
        except ValueError as error:
            raise DownstreamError(str(error)) from None
        if route is None:
            raise DownstreamError("no route takes this path", 404)
        plans = route.leads_to
        plan = plans.get(head.method) or plans[b"*"]
        if plan.upstream_path is None:
            return plan
        # The slash that a prefix may end with belongs to what follows: "/" takes nothing away.
        return plan.rewritten(head.target, len(route.path if route.exact else route.path.rstrip(b"/")))
