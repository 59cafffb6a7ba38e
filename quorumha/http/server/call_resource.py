"""L{CallResource}: chooses by path and method how a request is forwarded."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request
from zope.interface import implementer

from quorumha.errors import DownstreamError
from quorumha.http.server.path_router import Route, RouteTable
from quorumha.http.server.resource import IForwarding, Plan
from quorumha.http.server.twisted_web import render_forwarding
from quorumha.http.wire.messages import RequestHead


@frozen(eq=False)
class CallPlan:
    """How one call is forwarded.

    @ivar method: upper case; C{b"*"} for those that the path's other calls do not name.
    @ivar path: from its slash.
    @ivar exact: only this path; else also every path below it.
    """

    method: bytes
    path: bytes
    exact: bool
    plan: Plan


@implementer(IForwarding)
class CallResource(Resource):
    """An ordinary leaf, as L{RoutedResource}, with methods told apart.

    A path that is known with another method is taken as C{/} says.
    """

    isLeaf = True

    def __init__(self, calls: Iterable[CallPlan]) -> None:
        """
        @raise ValueError: there is no call for C{*} at C{/}, or two are the same.
        """
        super().__init__()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        by_path: dict[tuple[bytes, bool], dict[bytes, Plan]] = {}
        for call in calls:
            plans = by_path.setdefault((call.path, call.exact), {})
            if call.method in plans:
                raise ValueError(f"two calls for {call.method!r} {call.path!r}")
            plans[call.method] = call.plan
        others = by_path.get((b"/", False), {})
        if b"*" not in others:
            raise ValueError("nothing says how the other paths are forwarded")
        # "%2F" is a letter of Tessera's keys: three of four have one.
        self._take = RouteTable(
            (
                Route(path, exact, plans if b"*" in plans else {**others, **plans})
                for (path, exact), plans in by_path.items()
            ),
            slash=False,
        ).take

    def plan(self, head: RequestHead, matched: int) -> Plan:
        """See L{IForwarding.plan}.  C{matched} is not looked at: calls name whole paths."""
        try:
            route = self._take(head.target)
        except ValueError as error:
            raise DownstreamError(str(error)) from None
        if route is None:
            raise DownstreamError("no route takes this target", 404)
        plans = route.leads_to
        return plans.get(head.method) or plans[b"*"]

    def render(self, request: Request) -> int:
        """The slow lane; twisted.web calls this."""
        render_forwarding(self.plan, request)
        return NOT_DONE_YET
