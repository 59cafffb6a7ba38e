"""One proxy, two scripted upstreams and any number of clients, in memory, in either lane.

Contract tests are written once, in mixins without a base, and run by two classes each:
one derives from L{FastLane}, one from L{SlowLane}.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve
from twisted.internet.interfaces import IProtocolFactory
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import IResource
from twisted.web.server import Site

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.replay_budget import ReplayBudget
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.server.client_limits import ServerLimits
from quorumha.http.server.resource import ProxyResource
from quorumha.http.server.site import ProxySite
from quorumha.http.server.twisted_web import InMemoryRequest
from quorumha.http.upstream.limits import Limits
from quorumha.testing import MemoryTopology, Message, Recorder, http_request, responses
from tests.http.server.proxied import Proxied

#: Seconds; all different, so that a test sees which one passed.
LIMITS = Limits(total=4.5, first_byte=2.0, between=3.0, send=2.5)
SERVER_LIMITS = ServerLimits(
    header_timeout=10.0, idle_timeout=30.0, client_send_timeout=20.0, body_limit=1 << 20
)


def request(
    method: bytes = b"GET",
    target: bytes = b"/x",
    *fields: bytes,
    body: bytes | None = None,
    version: bytes = b"1.1",
) -> bytes:
    """The bytes of a request; see L{http_request}."""
    return http_request(method, target, body, *fields, version=version)


def in_chunks(*pieces: bytes) -> bytes:
    """A POST in chunks."""
    head = b"POST /x HTTP/1.1\r\nHost: proxy\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"


class LaneCase(SynchronousTestCase):
    """A proxy at C{proxy:80} over the pool C{nodes}: a, then b; made by L{set_up}."""

    def setUp(self) -> None:
        self.set_up()
        self.addCleanup(self.check_all_is_over)

    def make_site(self, root: IResource, clock: Clock) -> IProtocolFactory:
        """The lane."""
        raise NotImplementedError

    def set_up(
        self,
        *,
        policy: RetryPolicy | None = None,
        limits: Limits = LIMITS,
        keepalive: int = 16,
        connect_timeout: float = 1.0,
        max_fails: int = 1,
        client_limits: ServerLimits = SERVER_LIMITS,
        net: MemoryTopology | None = None,
        **forwarder: Any,
    ) -> None:
        """Make everything anew.

        @param forwarder: more for the L{PoolForwarder}.
        """
        proxied = self.proxied = Proxied(
            net=net, keepalive=keepalive, max_fails=max_fails, connect_timeout=connect_timeout
        )
        net = self.net = proxied.net
        self.clock = net.clock
        self.client_limits = client_limits
        self.a, self.b = proxied.nodes.values()
        self.pool, self.connections = proxied.pool, proxied.connections
        self.budget = ReplayBudget()
        values: dict[str, Any] = {"budget": self.budget, "replay_limit": 100_000, **forwarder}
        self.budget = values["budget"]
        self.forwarder = PoolForwarder(
            self.pool, self.connections, net.clock, policy or RetryPolicy(), limits, **values
        )
        self.serve(self.make_root())

    def make_root(self) -> IResource:
        """What is served."""
        return ProxyResource(self.forwarder)

    def serve(self, root: IResource) -> None:
        """Listen, in place of what listened."""
        if hasattr(self, "port") and not self.port.stopped:
            self.port.stopListening()
            self.net.run()
        self.site = self.make_site(root, self.net.clock)
        self.port = self.net.listen("proxy:80", self.site)

    def again(self, **changes: Any) -> None:
        """The same, with another forwarder."""
        self.forwarder = evolve(self.forwarder, **changes)
        self.serve(self.make_root())

    # Clients.

    def client(self, *sent: bytes, half_close: bool = True) -> Recorder:
        """A client that sends, as far as that happens at once."""
        client = self.proxied.client(source="192.0.2.9", half_close=half_close)
        for piece in sent:
            client.write(piece)
            self.net.run()
        return client

    def ask(self, raw: bytes, *, advance: float = 0.0) -> Message:
        """Send one request on a connection of its own; its whole answer."""
        client = self.client(raw)
        self.net.advance(advance)
        answer = self.response(client, raw.split(b" ", 1)[0])
        client.close()
        self.net.run()
        return answer

    def response(self, client: Recorder, *methods: bytes) -> Message:
        """The one whole answer that a client has."""
        answers = self.responses(client, *methods)
        self.assertEqual(len(answers), 1, client.received[:300])
        self.assertTrue(answers[0].complete, client.received[:300])
        return answers[0]

    def responses(self, client: Recorder, *methods: bytes) -> list[Message]:
        """All that a client has."""
        return responses(client, *methods)

    # What is asked at the end.

    def check_all_is_over(self) -> None:
        """Nothing is left: no connection, no count, no kept byte, no delayed call."""
        for place in ("proxy:80", "a:1", "b:1"):
            self.net.revive(place)
        self.port.stopListening()
        self.net.run()
        for end in self.net.connections("proxy:80"):
            end.other.abortConnection()
        self.net.run()
        self.assertEqual([m.in_flight for m in self.pool.members], [0, 0])
        self.assertEqual(self.budget.used, 0)
        self.connections.stop()
        for place in ("a:1", "b:1"):
            self.net.kill(place)
        self.net.run()
        self.assertEqual(self.net.connections("proxy:80"), [])
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
        self.assertEqual(self.a.bad + self.b.bad, [], "an upstream was sent what is not HTTP")


class FastLane(LaneCase):
    """L{ProxySite}."""

    site: ProxySite

    def make_site(self, root: IResource, clock: Clock) -> ProxySite:
        return ProxySite(root, clock, self.client_limits)


class SlowLane(LaneCase):
    """L{twisted.web.server.Site}."""

    def make_site(self, root: IResource, clock: Clock) -> Site:
        return Site(root, requestFactory=InMemoryRequest, reactor=clock)
