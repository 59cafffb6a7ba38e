"""L{ProxySite}: the walk through the tree, and its connections."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import Request

from quorumha.errors import DownstreamError
from quorumha.events import Refused
from quorumha.http.server.path_router import Route
from quorumha.http.server.resource import ProxyResource, RoutedResource
from quorumha.http.server.site import ProxySite
from quorumha.http.wire.messages import HeadLimits, RequestHead
from quorumha.http.wire.parsing import parse_request_head
from quorumha.net.idle_clients import Idle
from quorumha.testing import FactRecorder
from quorumha.testing.http.plays import no_response, raw, respond
from tests.http.server.proxied import PROXY, Proxied, get, post


class Curious(Resource):
    """Chooses its child by what a full request has."""

    def getChild(self, path: bytes, request: Request) -> Resource:
        request.getHeader("x")
        return Resource()


class RefusedTests(SynchronousTestCase):
    """Requests that the proxy refuses are told."""

    def test_refused(self) -> None:
        facts = FactRecorder()
        proxied = Proxied("a")
        root = RoutedResource([Route(b"/known", True, ProxyResource(proxied.forwarder()))])
        proxied.net.listen(PROXY, ProxySite(root, proxied.net.clock, None, "rpc", facts.observers))
        for sent in (get(b"/secret"), b"GET / HTTP/1.1\r\n\r\n", get(b"/known")):
            proxied.client(sent)
        proxied.client(b"GET")
        proxied.net.advance(100)
        expected = [
            Refused("rpc", "127.0.0.1", 404, "no route takes this path", method="GET"),
            Refused("rpc", "127.0.0.1", 400, "exactly one Host is needed", method="GET"),
            Refused("rpc", "127.0.0.1", 408, "the head took too long"),
        ]
        self.assertEqual(facts.of(Refused), expected)


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
        self.assertIs(plan.forwarder, self.leaf.forwarder)

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
        from quorumha.http.server.resource import RoutedResource

        with self.assertRaises(DownstreamError):
            self.site(RoutedResource([])).plan(self.head(b"/x"))


class LifeTests(SynchronousTestCase):
    """Its connections."""

    def test_live(self) -> None:
        proxied = Proxied("a")
        site = proxied.serve(proxied.forwarder())
        assert isinstance(site, ProxySite)
        clients = [proxied.client(get()) for _ in range(3)]
        self.assertEqual(len(site.connections), 3)
        clients[0].close()
        proxied.net.run()
        self.assertEqual(len(site.connections), 2)
        site.cut()
        proxied.net.run()
        self.assertEqual(site.connections, set())
        self.assertEqual([c.how_it_ended for c in clients[1:]], ["ConnectionLost"] * 2)

    def test_new_ones_end_while_draining(self) -> None:
        proxied = Proxied("a")
        site = proxied.serve(proxied.forwarder())
        assert isinstance(site, ProxySite)
        site.drain()
        self.assertIsNotNone(proxied.client().how_it_ended)


class IdleTests(SynchronousTestCase):
    """Whose connection may be closed for another client."""

    def setUp(self) -> None:
        self.proxied = Proxied("a")
        self.site = self.proxied.serve(self.proxied.forwarder(), idle_timeout=0)
        assert isinstance(self.site, ProxySite)
        self.clock = self.proxied.net.clock

    def idle(self) -> list[Idle]:
        assert isinstance(self.site, ProxySite)
        return list(self.site.idle())

    def test_before_the_first_request(self) -> None:
        self.clock.advance(5)
        self.proxied.client()
        self.assertEqual([one.since for one in self.idle()], [5])

    def test_between_requests(self) -> None:
        self.proxied.script("a", respond(200, b"x"), no_response())
        client = self.proxied.client(get())
        (idle,) = self.idle()
        client.write(get())
        self.proxied.net.run()
        self.assertEqual(self.idle(), [], "it is busy")
        self.assertFalse(idle.close())
        self.assertIsNone(client.how_it_ended)

    def test_in_a_head_or_a_body(self) -> None:
        for data in (get()[:9], post(b"xyz")[:-1]):
            self.proxied.client(data)
        self.assertEqual(self.idle(), [])

    def test_a_client_that_reads_nothing(self) -> None:
        self.proxied.script("a", respond(200, bytes(1 << 22)))
        client = self.proxied.client()
        client.pause()
        client.write(get())
        self.proxied.net.run()
        self.assertEqual(self.idle(), [])

    def test_closed(self) -> None:
        client = self.proxied.client()
        other = self.proxied.client()
        first, _ = self.idle()
        self.assertTrue(first.close())
        self.assertFalse(first.close())
        self.proxied.net.run()
        self.assertEqual(sorted(str(one.how_it_ended) for one in (client, other)), ["ConnectionDone", "None"])
        self.assertEqual(len(self.idle()), 1)


SWITCH = b"HTTP/1.1 101 Go\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"


class TunnelDrainTests(SynchronousTestCase):
    """Tunnels at a stop, as relayed connections."""

    def setUp(self) -> None:
        self.proxied = Proxied("a")
        self.proxied.script("a", raw(SWITCH))
        site = self.proxied.serve(self.proxied.forwarder(upgrade=True))
        assert isinstance(site, ProxySite)
        self.site = site
        self.client = self.proxied.client(get(b"/x", b"Connection: upgrade", b"Upgrade: websocket"))
        self.assertEqual(self.client.received, SWITCH)
        (self.node,) = self.proxied.nodes["a"].live

    def test_quiet(self) -> None:
        """It ends when its last bytes went to the client so long ago."""
        self.proxied.net.advance(0.2)
        drained = self.site.drain(5, idle=0.5)
        self.proxied.net.run()
        self.assertNoResult(drained)
        self.proxied.net.advance(0.5)
        self.proxied.net.run()
        self.successResultOf(drained)
        self.assertEqual(self.client.how_it_ended, "ConnectionDone")
        self.proxied.net.advance(5)
        self.assertEqual(self.proxied.nodes["a"].live, [])

    def test_the_node_is_asked(self) -> None:
        """It has until the deadline."""
        self.client.write(b"call")
        self.proxied.net.run()
        drained = self.site.drain(5, idle=0.5)
        self.proxied.net.advance(4.9)
        self.assertNoResult(drained)
        self.proxied.net.advance(0.2)
        self.proxied.net.run()
        self.successResultOf(drained)

    def test_only_where_it_is_wanted(self) -> None:
        drained = self.site.drain(5)
        self.proxied.net.advance(4.9)
        self.assertNoResult(drained)

    def test_no_idle_client(self) -> None:
        """It makes no room for another."""
        self.assertEqual(list(self.site.idle()), [])
