"""Tests for L{quorumha.goquorum.decide.member_places}, and for the keys of members that kinds bring."""

from __future__ import annotations

from twisted.internet.protocol import Factory, Protocol

from quorumha.app.kinds import parse_config
from quorumha.app.pools import make_pool, make_upstreams
from quorumha.goquorum.decide.member_places import websocket_of
from quorumha.pool.dial import Dial
from quorumha.testing.memory_proxy import MemoryProxy
from quorumha.testing.net.config_endpoints import MemoryEndpoints
from quorumha.testing.net.memory import MemoryTopology
from tests.config.told import ToldTestCase

POOL = """[pools.quorum]
upstreams = [{ name = "a1", endpoint = "http://a1:8545", websocket = "%s" },
    { name = "a2", endpoint = "http://a2:8545" }]
"""
LISTENER = """[listeners.rpc]
listen = "tcp:8545"
serve = "%s"
pool = "quorum"
"""
RPC = LISTENER % "goquorum-rpc"


class WebSocketTests(ToldTestCase):
    """C{websocket} of a member: where its WebSocket is."""

    def test_another_port(self) -> None:
        """The endpoint's own address unless it is given."""
        net = MemoryTopology()
        config = parse_config(POOL % "ws://a1:8546" + RPC, "q.toml", {}).pools["quorum"]
        one, other = make_upstreams(net, config, endpoints=MemoryEndpoints(net, "proxy"))
        self.assertEqual(websocket_of(one).authority, b"a1:8546")
        self.assertIs(websocket_of(other), other)
        net.listen("a1:8546", Factory.forProtocol(Protocol))
        connected: list[object] = []
        member = make_pool(config, [one, other]).member("a1")
        Dial(
            member,
            Factory.forProtocol(Protocol),
            connected.append,
            lambda *failed: self.fail(str(failed)),
            net.clock,
            place=websocket_of(member.upstream),
        )
        net.run()
        self.assertEqual(len(connected), 1)

    def test_tls(self) -> None:
        """wss:// is TLS."""
        config = parse_config(POOL % "wss://a1" + RPC, "q.toml", {})
        place = config.pools["quorum"].upstreams[0].places["websocket"]
        self.assertEqual((place.tls, place.authority, place.name), (True, "a1", "a1:443"))

    def test_changed(self) -> None:
        """A change of it is one of the member, which stays the same member."""
        proxy = MemoryProxy(POOL % "ws://a1:8546" + RPC)
        proxy.simulate()
        proxy.start()
        self.addCleanup(proxy.stop)
        member = proxy.service.pools["quorum"].member("a1")
        proxy.apply(POOL % "ws://a1:8547" + RPC)
        self.assertIs(proxy.service.pools["quorum"].member("a1"), member)
        self.assertEqual(websocket_of(member.upstream).authority, b"a1:8547")

    def test_simulated(self) -> None:
        """L{MemoryProxy} has the node's WebSocket there."""
        proxy = MemoryProxy(POOL % "ws://a1:8546" + RPC)
        proxy.simulate()
        self.assertEqual(set(proxy.places["a1"]), {"a1:8545", "a1:8546"})

    def test_urls(self) -> None:
        """What is no address of a WebSocket."""
        at = "q.toml:2:58 pools.quorum.upstreams[0].websocket: "
        self.check(POOL % "http://a1:8546" + RPC, f"{at}'http://a1:8546' is not ws or wss")
        self.check(POOL % "ws://a1:8546/x" + RPC, f"{at}a path in an upstream's URL is never used")

    def test_of_other_pools(self) -> None:
        """It means something only where such a listener serves from the pool."""
        self.check(
            POOL % "ws://a1:8546" + LISTENER % "http",
            "q.toml:2:58 pools.quorum.upstreams[0].websocket: means something only to a listener with"
            ' serve = "goquorum-rpc", and none uses this pool',
        )
        self.check(
            '[pools.quorum]\nupstreams = ["http://a1"]\nwebsocket = "ws://a1"\n' + RPC,
            "q.toml:3:1 pools.quorum.websocket: unknown key; it belongs in an element of `upstreams` or in"
            " [listeners.NAME]",
        )
