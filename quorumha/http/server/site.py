"""L{ProxySite}: a drop-in for L{twisted.web.server.Site} with a fast lane.

Requests are parsed by quorumha.  Where the tree's leaf is a forwarding resource,
they are forwarded at once; where it is any other resource, the connection goes over to
twisted.web, with the bytes read so far, and stays there.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory, Protocol
from twisted.web.resource import IResource, getChildForRequest
from twisted.web.server import Site

from quorumha.events import ConnectionsCut, Observers
from quorumha.http.server.channel import ProxyChannel
from quorumha.http.server.resource import IForwarding, Plan
from quorumha.http.server.server_limits import ServerLimits
from quorumha.http.server.twisted_web import InMemoryRequest
from quorumha.http.wire.head_cache import RequestHeadCache
from quorumha.http.wire.messages import RequestHead
from quorumha.net.idle_clients import Idle
from quorumha.net.timeout import Limit

#: Seconds from one look at quiet tunnels, while it drains, to the next.
QUIET_LOOK = 0.1


class _Walker:
    """As much of a request as the walk through a tree needs."""

    def __init__(self, head: RequestHead, site: ProxySite) -> None:
        self.method = head.method
        self.uri = head.target
        self.path = head.target.partition(b"?")[0]
        self.prepath: list[bytes] = []
        self.postpath = self.path[1:].split(b"/")
        self.site = site.slow_lane


class ProxySite(Factory):
    """Serves a resource tree; see the module.

    @ivar name: of the listener, in what is told.
    @ivar observers: who is told of requests that are refused, and of connections that are cut.
    @ivar live: the connections there are.
    @ivar heads: the heads of requests seen lately.
    @ivar draining: no connection stays after the answer it waits for.
    """

    noisy = False

    def __init__(
        self,
        root: IResource,
        clock: IReactorTime,
        limits: ServerLimits | None = None,
        name: str = "",
        observers: Observers | None = None,
    ) -> None:
        """
        @param root: any L{IResource}.
        """
        self.name = name
        self.observers = Observers() if observers is None else observers
        self.root = root
        self.clock = clock
        self.limits = ServerLimits() if limits is None else limits
        self.live: set[ProxyChannel] = set()
        self.draining = False
        self.heads = RequestHeadCache(self.limits.head)
        self.slow_lane = Site(
            root, requestFactory=InMemoryRequest, reactor=clock, parsePOSTFormSubmission=False
        )
        self._plan = IForwarding(root).plan if IForwarding.providedBy(root) else None
        self._drained: list[Deferred[None]] = []

    def stopFactory(self) -> None:
        """Twisted calls this."""
        if self.slow_lane.numPorts:
            self.slow_lane.doStop()

    def buildProtocol(self, addr: IAddress | None) -> ProxyChannel:
        """Twisted calls this."""
        channel = ProxyChannel(self)
        channel.factory = self
        return channel

    def hand_over(self, channel: ProxyChannel, data: bytes) -> None:
        """Let a connection go over to twisted.web, for good.

        @param data: what was read of it.
        """
        transport = channel.transport
        slow = self._slow_channel(transport.getPeer())
        self.gone(channel)
        # TLS and PROXY protocol wrap the protocol they call; a bare transport has it itself.
        name = "wrappedProtocol" if hasattr(transport, "wrappedProtocol") else "protocol"
        setattr(transport, name, slow)
        slow.makeConnection(transport)
        slow.dataReceived(data)

    def _slow_channel(self, address: IAddress) -> Protocol:
        if self.numPorts and not self.slow_lane.numPorts:
            # Not before: once started it wakes the process up every second.
            self.slow_lane.doStart()
        channel: Protocol | None = self.slow_lane.buildProtocol(address)
        assert channel is not None
        return channel

    def plan(self, head: RequestHead) -> Plan | None:
        """How a request is forwarded; None: it is not for the fast lane.

        @raise DownstreamError: it is refused.
        """
        if self._plan is not None:
            found: Plan = self._plan(head, 0)
            return found
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

    def gone(self, channel: ProxyChannel) -> None:
        """A connection ended."""
        self.live.discard(channel)
        if not self.live:
            drained, self._drained = self._drained, []
            for waiting in drained:
                waiting.callback(None)

    def idle(self) -> Iterable[Idle]:
        """The connections that wait for nothing but their clients' next requests."""
        for channel in self.live:
            since = channel.idle_since
            if since is not None:
                yield Idle(since, partial(_close_idle, channel, since))

    def drain(self, limit: float = 0.0, recent: float = 0.0, idle: float = 0.0) -> Deferred[None]:
        """Let every connection finish the request it has, and end.

        @param limit: seconds after which those that are left are cut; 0 means no limit.
        @param recent: see L{ProxyChannel.finish_soon}.
        @param idle: seconds of silence after which a tunnel ends whose last bytes went to the client; 0: only
            by the limit.
        @return: fires when all are gone.
        """
        self.draining = True
        for channel in list(self.live):
            channel.finish_soon(recent)
        if not self.live:
            return succeed(None)
        drained: Deferred[None] = Deferred()
        self._drained.append(drained)
        if idle:
            self._end_quiet(idle)
        if limit:
            cutting = self.clock.callLater(limit, self.cut)
            drained.addCallback(lambda _: cutting.cancel() if cutting.active() else None)
        return drained

    def _end_quiet(self, idle: float) -> None:
        """End tunnels in which nobody waits for anything, now and from time to time, until nobody is left."""
        oldest = self.clock.seconds() - idle
        for channel in list(self.live):
            if channel.quiet_since <= oldest:
                channel.close()
        if self.live:
            # Each look comes after the sockets were read: what lies there is no silence.
            Limit(self.clock, QUIET_LOOK, lambda: self._end_quiet(idle))

    def cut(self) -> None:
        """End every connection now."""
        if self.live:
            self.observers.notify(ConnectionsCut(self.name, len(self.live)))
        for channel in list(self.live):
            channel.abort()


def _close_idle(channel: ProxyChannel, since: float) -> bool:
    """Close a connection, if it is idle since then, and say whether it is."""
    idle = channel.idle_since == since
    if idle:
        channel.end_idle()
    return idle
