"""The composition root: what a configuration becomes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IListeningPort, IProtocolFactory
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.app.service import ProxyService, make_service
from quorumha.errors import ConfigError, DownstreamError, ListenError
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.server.resource import ProxyResource, RoutedResource
from quorumha.http.server.site import ProxySite
from quorumha.http.wire.messages import RequestHead
from quorumha.pool.balancing import PrimaryFirst
from quorumha.relay.factory import RelayFactory

POOLS = """
[pools.nodes]
upstreams = ["http://10.0.0.1:9101", { endpoint = "tcp:10.0.0.2:9101", backup = true, weight = 3 }]
balance = "primary-first"
connect_timeout = "250ms"
"""

HTTP = """
[listeners.q2t]
listen = "tcp:9081:interface=127.0.0.1"
serve = "http"
pool = "nodes"
next_upstream = ["timeout", "410"]
non_idempotent = false
tries = 2
total_timeout = 3
first_byte_timeout = 1
replay_limit = "1MiB"
header_timeout = 7
body_timeout = 8
body_rate = "1KiB"
body_limit = "2MiB"
header_count = 9
"""

TCP = """
[listeners.rpc]
listen = "tcp:22000"
serve = "tcp"
pool = "nodes"
idle_timeout = 60
"""

ROUTES = """
[listeners.p2p]
listen = "tcp:9001"
serve = "http"
routes = [
  { path = "/partyinfo", match = "exact", pool = "nodes", mirror = "others", mirror_timeout = 2 },
  { path = "/push", pool = "nodes", upstream_path = "/other", tries = 1 },
]
"""


class TakenReactor(MemoryReactorClock):
    """One whose port 22000 is taken; it notes which ports were given back."""

    def __init__(self) -> None:
        super().__init__()
        self.given_back: list[int] = []

    def listenTCP(
        self, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = ""
    ) -> IListeningPort:
        if port == 22000:
            raise CannotListenError(interface, port, OSError(98, "Address already in use"))
        listening = super().listenTCP(port, factory, backlog, interface)
        stop = listening.stopListening

        def give_back() -> object:
            self.given_back.append(port)
            return stop()

        listening.stopListening = give_back
        return listening


def composed(text: str, reactor: MemoryReactorClock | None = None, config: str = "") -> ProxyService:
    return make_service(reactor or MemoryReactorClock(), parse_config(config + POOLS + text, "test.toml", {}))


class ComposeTests(SynchronousTestCase):
    """What the parts are given."""

    def site(self, text: str) -> ProxySite:
        reactor = MemoryReactorClock()
        composed(text, reactor).startService()
        factory = reactor.tcpServers[0][1]
        while not isinstance(factory, ProxySite | RelayFactory):
            factory = factory.wrappedFactory  # type: ignore[attr-defined]
        assert isinstance(factory, ProxySite)
        return factory

    def forwarder(self, text: str) -> PoolForwarder:
        root = self.site(text).root
        assert isinstance(root, ProxyResource)
        return root.forwarder

    def test_pool(self) -> None:
        pool = composed(HTTP).pools["nodes"]
        first, second = (member.upstream for member in pool.members)
        self.assertEqual(
            (first.name, first.authority, first.backup), ("10.0.0.1:9101", b"10.0.0.1:9101", False)
        )
        self.assertEqual((second.weight, second.backup), (3, True))
        self.assertIsInstance(pool.balancing, PrimaryFirst)
        self.assertEqual(pool.connect_timeout, 0.25)

    def test_policy_and_limits(self) -> None:
        forwarder = self.forwarder(HTTP)
        self.assertEqual(
            forwarder.policy,
            RetryPolicy(error=False, timeout=True, statuses=frozenset({410}), non_idempotent=False, tries=2),
        )
        self.assertEqual((forwarder.limits.total, forwarder.limits.first_byte), (3.0, 1.0))
        self.assertEqual(forwarder.replay_limit, 1024 * 1024)

    def test_mirror_budget(self) -> None:
        """One for all mirrors, and for the copies of party infos."""
        routes = 'routes = [{ path = "/a", mirror = "others" }, { path = "/b", mirror = "others" }]\n'
        p2p = '[listeners.p2p]\nlisten = "tcp:9083"\nserve = "tessera-p2p"\npool = "nodes"\n'
        config = parse_config("mirror_budget = 3000\n" + POOLS + HTTP + routes + p2p, "test.toml", {})
        service = make_service(MemoryReactorClock(), config)
        self.assertEqual(service.mirror_budget.limit, 3000)
        mirrors = service.parts["q2t"]._mirrors
        self.assertEqual([m.budget for _, m in mirrors], [service.mirror_budget] * 2)
        delivery = service.parts["p2p"].sync
        assert delivery is not None
        self.assertIs(delivery._mirror.budget, service.mirror_budget)
        self.assertEqual(composed(HTTP).mirror_budget.limit, 64 << 20)

    def test_replay_budget(self) -> None:
        """One listener has all of it; of several each has half of it at most."""
        other = HTTP.replace("q2t", "other").replace("9081", "9082")
        for listeners, limits in ((HTTP + TCP, [0]), (HTTP + other + TCP, [1500, 1500])):
            reactor = MemoryReactorClock()
            config = parse_config("replay_budget = 3000\n" + POOLS + listeners, "test.toml", {})
            service = make_service(reactor, config)
            service.startService()
            sites = [part.factory for part in service.parts.values() if isinstance(part.factory, ProxySite)]
            roots = [site.root for site in sites]
            budgets = [root.forwarder.budget for root in roots if isinstance(root, ProxyResource)]
            self.assertEqual([budget.limit for budget in budgets], limits)
            self.assertEqual({budget._whole for budget in budgets}, {service.replay_budget})
            self.assertEqual(service.replay_budget.limit, 3000)
        self.assertEqual(composed(HTTP).replay_budget.limit, 256 << 20)

    def test_what_clients_may_ask(self) -> None:
        limits = self.site(HTTP).limits
        self.assertEqual(
            (limits.header_timeout, limits.body_limit, limits.head.count), (7.0, 2 * 1024 * 1024, 9)
        )
        self.assertEqual((limits.body_timeout, limits.body_rate), (8.0, 1024))

    def test_routes(self) -> None:
        root = self.site(ROUTES).root
        assert isinstance(root, RoutedResource)

        def plan(target: bytes) -> Any:
            return root.plan(RequestHead(b"GET", target, 1, b"a", [], [], 0, True), 0)

        self.assertEqual(plan(b"/partyinfo").on_complete.__self__.timeout, 2.0)
        pushed = plan(b"/push/x")
        self.assertEqual((pushed.target, pushed.forwarder.policy.tries), (b"/other/x", 1))
        with self.assertRaises(DownstreamError):
            plan(b"/partyinfo/x")

    def test_one_pool_is_shared(self) -> None:
        service = composed(HTTP + ROUTES)
        self.assertEqual(list(service.pools), ["nodes"])

    def test_unusable_endpoint(self) -> None:
        with self.assertRaises(ConfigError):
            composed('[listeners.x]\nlisten = "nonsense"\nserve = "http"\npool = "nodes"\n')


class LifeTests(SynchronousTestCase):
    """Starting and stopping."""

    def test_listens(self) -> None:
        reactor = MemoryReactorClock()
        service = composed(HTTP + TCP, reactor)
        service.startService()
        self.successResultOf(service.started)
        self.assertEqual([args[0] for args in reactor.tcpServers], [9081, 22000])
        self.assertEqual(set(service.listening), {"q2t", "rpc"})

    def test_listens_once(self) -> None:
        """C{twistd} calls both, the first with the rights to bind any port."""
        reactor = MemoryReactorClock()
        service = composed(HTTP, reactor)
        service.privilegedStartService()
        service.startService()
        self.assertEqual(len(reactor.tcpServers), 1)
        self.assertTrue(service.running)

    def test_makes_the_state_directory(self) -> None:
        """Once it is the user that it stays, and not while it may still bind any port."""
        folder = Path(self.mktemp())
        service = composed(HTTP, config=f'state_directory = "{folder}"\n')
        service.privilegedStartService()
        self.assertFalse(folder.exists())
        service.startService()
        self.assertTrue(folder.is_dir())

    def test_all_or_nothing(self) -> None:
        reactor = TakenReactor()
        service = composed(HTTP + TCP, reactor)
        with self.assertRaises(ListenError) as caught:
            service.privilegedStartService()
        self.assertIn("22000", str(caught.exception))
        self.assertNoResult(service.started)
        self.assertEqual(reactor.given_back, [9081])

    def test_stop_without_connections(self) -> None:
        service = composed(HTTP + TCP)
        service.startService()
        self.successResultOf(service.stopService())
        self.assertFalse(service.running)

    def test_stop_lets_clients_ask_once_more(self) -> None:
        """Who was answered just now has a request on its way, on any listener: it is the last one."""
        reactor = MemoryReactorClock()
        service = composed(HTTP, reactor)
        service.startService()
        request, response = (
            b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        )
        channels, transports = [], []
        for _ in range(2):
            channel, transport = reactor.tcpServers[0][1].buildProtocol(None), StringTransport()
            channel.makeConnection(transport)
            channel.dataReceived(request)
            node = reactor.tcpClients[-1][2].buildProtocol(None)
            node.makeConnection(StringTransport())
            node.dataReceived(response.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
            self.assertIn(b" 200 OK", transport.value())
            channels.append(channel)
            transports.append(transport)
            reactor.advance(0.15)
        service.stopService()
        reactor.advance(0)
        self.assertEqual([one.disconnecting for one in transports], [True, False])
        channels[1].dataReceived(request)
        self.assertFalse(transports[1].disconnecting)
        node = reactor.tcpClients[-1][2].buildProtocol(None)
        node.makeConnection(StringTransport())
        transports[1].clear()
        node.dataReceived(response)
        self.assertIn(b"\r\nConnection: close\r\n", transports[1].value())

    def test_stop_waits_for_an_answer_and_then_cuts(self) -> None:
        reactor = MemoryReactorClock()
        service = composed(HTTP, reactor)
        service.startService()
        channel = reactor.tcpServers[0][1].buildProtocol(None)
        transport = StringTransport()
        channel.makeConnection(transport)
        channel.dataReceived(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        stopping: Deferred[None] = service.stopService()
        self.assertNoResult(stopping)
        reactor.advance(5)
        self.assertTrue(transport.disconnected)
        transport.protocol = None
        self.assertNoResult(stopping)
