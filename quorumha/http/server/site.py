"""L{ProxySite}: a drop-in for L{twisted.web.server.Site} with a fast lane.

Requests are parsed by quorumha.  Where the tree's leaf is a forwarding resource,
they are forwarded at once; where it is any other resource, the connection goes over to
twisted.web, with the bytes read so far, and stays there.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.web.resource import IResource, getChildForRequest
from twisted.web.server import Request, Site

from quorumha.errors import DownstreamError
from quorumha.events import ConnectionsCut, Observers
from quorumha.http.server.channel import ProxyChannel
from quorumha.http.server.client_limits import ServerLimits
from quorumha.http.server.resource import IForwarding, Plan
from quorumha.http.server.twisted_web import ExplainingRequest, InMemoryRequest
from quorumha.http.wire.head_cache import RequestHeadCache
from quorumha.http.wire.messages import RequestHead
from quorumha.http.wire.request_line import begun
from quorumha.net.drain import DrainingFactory
from quorumha.numbers import ListenerNumbers


class _Walker:
    """As much of a request as the walk through a tree needs."""

    def __init__(self, head: RequestHead, site: ProxySite) -> None:
        self.method = head.method
        self.uri = head.target
        self.path = head.target.partition(b"?")[0]
        self.prepath: list[bytes] = []
        self.postpath = self.path[1:].split(b"/")
        self.site = site.slow_lane


class ProxySite(DrainingFactory[ProxyChannel]):
    """Serves a resource tree as twisted.web does, with a fast lane for resources that forward.

    @ivar name: of the listener, in what is told.
    @ivar observers: who is told of requests that are refused, and of connections that are cut.
    @ivar numbers: what it has done, for its listener; those that went over to twisted.web are not counted.
    @ivar heads: the heads of requests seen lately.
    @ivar new_end: makes the end of a head with an id (L{quorumha.http.wire.request_id}), for each request
        that comes without one; None: it has none then.
    """

    def __init__(
        self,
        root: IResource,
        clock: IReactorTime,
        limits: ServerLimits | None = None,
        name: str = "",
        observers: Observers | None = None,
        numbers: ListenerNumbers | None = None,
        new_end: Callable[[], bytes] | None = None,
    ) -> None:
        super().__init__(clock)
        self.name = name
        self.observers = Observers() if observers is None else observers
        self.numbers = ListenerNumbers() if numbers is None else numbers
        self.new_end = new_end
        self.root = root
        self.limits = ServerLimits() if limits is None else limits
        self.heads = RequestHeadCache(self.limits.head)
        self.slow_lane = Site(
            root, requestFactory=self._request_kind, reactor=clock, parsePOSTFormSubmission=False
        )
        self._plan = _plan_of(root)

    @property
    def _request_kind(self) -> type[Request]:
        """Of requests that go over to twisted.web."""
        return ExplainingRequest if self.limits.explain_header else InMemoryRequest

    def turn(self, other: DrainingFactory[Any]) -> bool:
        """Serve what another site would: each connection from its next request on."""
        if not isinstance(other, ProxySite):
            return False
        self.root, self.limits, self._plan = other.root, other.limits, other._plan
        self.name, self.observers, self.numbers = other.name, other.observers, other.numbers
        self.new_end = other.new_end
        self.heads, self.slow_lane.resource = other.heads, other.root
        self.slow_lane.requestFactory = self._request_kind
        return True

    def under_way(self) -> Callable[[], bool]:
        """Requests; connections may stay.  Those that went over to twisted.web are not looked at."""
        then = {one: one.exchange for one in self.connections if one.exchange is not None}
        return lambda: any(one.exchange is exchange for one, exchange in then.items())

    def carried_to(self, member: object) -> list[ProxyChannel]:
        """The tunnels to a member."""
        return [one for one in self.connections if one.tunnels_to(member)]

    def stopFactory(self) -> None:
        """Stop the slow lane, if it was ever used."""
        if self.slow_lane.numPorts:
            self.slow_lane.doStop()

    def buildProtocol(self, addr: IAddress | None) -> ProxyChannel:
        """Serve a new client."""
        channel = ProxyChannel(self)
        channel.factory = self
        return channel

    def hand_over(self, channel: ProxyChannel, data: bytes) -> None:
        """Let a connection, of which C{data} was read, go over to twisted.web, for good."""
        transport = channel.transport
        if self.numPorts and not self.slow_lane.numPorts:
            # Not before: once started it wakes the process up every second.
            self.slow_lane.doStart()
        slow = self.slow_lane.buildProtocol(transport.getPeer())
        assert slow is not None
        self.ended(channel)
        # TLS and PROXY protocol wrap the protocol they call; a bare transport has it itself.
        name = "wrappedProtocol" if hasattr(transport, "wrappedProtocol") else "protocol"
        setattr(transport, name, slow)
        slow.makeConnection(transport)
        slow.dataReceived(data)

    def plan(self, head: RequestHead) -> Plan | None:
        """How a request is forwarded; None: it is not for the fast lane.

        @raise DownstreamError: it is refused.
        """
        if self._plan is not None:
            return self._plan(head, 0)
        walker = _Walker(head, self)
        try:
            leaf = getChildForRequest(self.root, walker)
        except Exception:
            # The tree asks for more of a request than the walk has, or fails: twisted.web tells how.
            return None
        if not IForwarding.providedBy(leaf):
            return None
        matched = sum(len(segment) + 1 for segment in walker.prepath)
        return IForwarding(leaf).plan(head, matched)

    def named(self, request: RequestHead | bytes) -> tuple[str, str, str]:
        """What a fact says of a request that is refused: its method, route or call, and target.

        @param request: its head, or as much of its bytes as came: of these it may be less.
        """
        line = begun(request, self.limits.head.line) if isinstance(request, bytes) else request
        method, target, call = line.method, line.target, ""
        # A tree of others is not walked for the sake of a name.
        if target and self._plan is not None:
            # Perhaps no route takes it.
            with suppress(DownstreamError):
                call = self._plan(RequestHead(method, target, 1, b"", [], [], 0, True), 0).call or "/"
        return method.decode("latin-1"), call, self.observers.shown_target(target)

    def notify_cut(self, count: int) -> None:
        """Tell of connections that are cut."""
        self.observers.notify(ConnectionsCut(self.name, count))


def _plan_of(root: IResource) -> Callable[[RequestHead, int], Plan] | None:
    return IForwarding(root).plan if IForwarding.providedBy(root) else None
