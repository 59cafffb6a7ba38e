"""Resources that forward: L{ProxyResource}, L{MirrorResource}, L{RoutedResource}.

They are ordinary leaves of a twisted.web tree.  What makes them fast under
L{ProxySite<quorumha.http.server.site.ProxySite>} is L{IForwarding}: they can say how a request
is forwarded without a C{Request} object.
"""

from __future__ import annotations

from collections.abc import Iterable

from attrs import evolve, frozen
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import Interface, implementer

from quorumha.errors import DownstreamError
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.mirror import Mirror
from quorumha.http.server.path_router import Route, RouteTable
from quorumha.http.server.twisted_web import render_forwarding
from quorumha.http.wire.contracts import Forwarder, OnComplete
from quorumha.http.wire.messages import RequestHead


@frozen(eq=False)
class Plan:
    """How one request is forwarded.

    @ivar way: how it gets its answer.
    @ivar target: in place of the request's own, or None.
    @ivar on_complete: see L{Forwarder.forward}.
    """

    way: Forwarder
    target: bytes | None = None
    on_complete: OnComplete | None = None


class IForwarding(Interface):
    """A resource that can say how it forwards."""

    def plan(head: RequestHead, matched: int) -> Plan:
        """How this request is forwarded.

        @param matched: bytes of the target that the way to this resource took.
        @raise DownstreamError: it is not; C{status} says why.
        """


@implementer(IForwarding)
class ProxyResource(Resource):
    """Forwards every request to a pool, with a next-upstream policy."""

    isLeaf = True

    def __init__(self, forwarder: PoolForwarder, upstream_path: bytes | None = None) -> None:
        """
        @param upstream_path: replaces the part of the path that led here; a slash on both
            sides of the seam becomes one.
        """
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        self.forwarder = forwarder
        self._upstream_path = upstream_path
        self._plan = Plan(forwarder)

    def plan(self, head: RequestHead, matched: int) -> Plan:
        """See L{IForwarding.plan}."""
        if self._upstream_path is None:
            return self._plan
        rest = head.target[matched:]
        if rest.startswith(b"/") and self._upstream_path.endswith(b"/"):
            rest = rest[1:]
        target = self._upstream_path + rest
        return evolve(self._plan, target=target if target.startswith(b"/") else b"/" + target)

    def render(self, request: Request) -> int:
        """The slow lane; twisted.web calls this."""
        render_forwarding(self.plan, request)
        return NOT_DONE_YET


@implementer(IForwarding)
class MirrorResource(ProxyResource):
    """Forwards as L{ProxyResource} does, and sends copies to other upstreams as well."""

    def __init__(self, forwarder: PoolForwarder, mirror: Mirror, upstream_path: bytes | None = None) -> None:
        """
        @param mirror: see L{quorumha.http.forward.mirror.mirror_to}.
        """
        super().__init__(forwarder, upstream_path)
        self.mirror = mirror
        self._plan = Plan(forwarder, on_complete=mirror.copy)


@implementer(IForwarding)
class RoutedResource(Resource):
    """Chooses among forwarding resources by path.

    A path that no route names gets 404 from the proxy.  A target that some node might
    fold into another path is refused with 400.

    @ivar routes: what leads where.
    """

    isLeaf = True

    def __init__(self, routes: Iterable[Route[ProxyResource]]) -> None:
        """
        @raise ValueError: see L{RouteTable}.
        """
        super().__init__()  # type: ignore[no-untyped-call]  # as above
        self.routes = RouteTable(routes)

    def plan(self, head: RequestHead, matched: int) -> Plan:
        """See L{IForwarding.plan}.  C{matched} is not looked at: routes name whole paths."""
        try:
            route = self.routes.take(head.target)
        except ValueError as error:
            raise DownstreamError(str(error)) from None
        if route is None:
            raise DownstreamError("no route takes this path", 404)
        # The slash that a prefix may end with belongs to what follows: "/" takes nothing away.
        taken = route.path if route.exact else route.path.rstrip(b"/")
        return route.leads_to.plan(head, len(taken))

    def render(self, request: Request) -> int:
        """The slow lane; twisted.web calls this."""
        render_forwarding(self.plan, request)
        return NOT_DONE_YET
