"""Listeners whose transports are wrapped: PROXY protocol and TLS."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import wrapClientTLS
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.resource import Resource
from twisted.web.static import Data
from zope.interface import implementer

from quorumha.endpoints.handshake import HandshakeClientEndpoint
from quorumha.endpoints.strings import listening_endpoint, upstream_endpoint
from quorumha.endpoints.tls import client_creator
from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.server.resource import ProxyResource
from quorumha.http.server.site import ProxySite
from quorumha.http.upstream.connection_pool import Connections
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing import ScriptedUpstream
from tests.endpoints.papers import Papers
from tests.integration.sockets import REACTOR, SocketCase

PROXY_LINE = b"PROXY TCP4 203.0.113.9 127.0.0.1 5000 80\r\n"


def get(target: bytes) -> bytes:
    return b"GET %b HTTP/1.1\r\nHost: c\r\n\r\n" % target


class ProxyProtocolTests(SocketCase):
    """C{haproxy:} listeners."""

    def test_client_and_hand_over(self) -> Deferred[None]:
        """The node is told the client that the PROXY line names; other leaves answer every request."""

        async def run() -> None:
            node = ScriptedUpstream(REACTOR)
            port = await self.listen(listening_endpoint(REACTOR, "tcp:0:interface=127.0.0.1"), node)
            way = upstream_endpoint(REACTOR, f"tcp:127.0.0.1:{port.getHost().port}")
            connections = Connections(REACTOR)
            root = Resource()
            forwarder = PoolForwarder(UpstreamPool("p", [Upstream("a", way)]), connections, REACTOR)
            root.putChild(b"up", ProxyResource(forwarder))
            root.putChild(b"own", Data(b"own page", "text/plain"))
            site = ProxySite(root, REACTOR)
            listening = listening_endpoint(REACTOR, "haproxy:tcp:0:interface=127.0.0.1")
            port = await self.listen(listening, site)
            client = await self.dial(upstream_endpoint(REACTOR, f"tcp:127.0.0.1:{port.getHost().port}"))
            client.transport.write(PROXY_LINE + get(b"/up"))
            await client.until_got(b"ok")
            self.assertEqual(node.requests[0].get(b"x-forwarded-for"), b"203.0.113.9")
            for count in (1, 2):
                client.transport.write(get(b"/own"))
                await client.until(lambda count=count: client.received.count(b"own page") == count)
            await self.end(client)
            checker = await self.dial(upstream_endpoint(REACTOR, f"tcp:127.0.0.1:{port.getHost().port}"))
            checker.transport.write(b"PROXY UNKNOWN\r\n")
            checker.transport.write(get(b"/up"))
            await checker.until_got(b"ok")
            self.assertEqual(node.requests[-1].get(b"x-forwarded-for"), b"127.0.0.1")
            await self.end(checker)
            bad = await self.dial(upstream_endpoint(REACTOR, f"tcp:127.0.0.1:{port.getHost().port}"))
            bad.transport.write(b"PROXY TCP4 6.6.6.6\nContent-Length:70 1.1.1.1 1 2\r\n" + get(b"/up"))
            await bad.until_lost()
            self.assertEqual(len(node.requests), 2)
            connections.stop()

        return Deferred.fromCoroutine(run())

    def test_below_tls(self) -> Deferred[None]:
        """The balancer says in clear text who the client is; what follows is the client's TLS."""

        async def run() -> None:
            papers = Papers(self.mktemp())
            node = ScriptedUpstream(REACTOR)
            port = await self.listen(listening_endpoint(REACTOR, "tcp:0:interface=127.0.0.1"), node)
            way = upstream_endpoint(REACTOR, f"tcp:127.0.0.1:{port.getHost().port}")
            connections = Connections(REACTOR)
            forwarder = PoolForwarder(UpstreamPool("p", [Upstream("a", way)]), connections, REACTOR)
            listening = listening_endpoint(REACTOR, "haproxy:tcp:0:interface=127.0.0.1", papers.server())
            port = await self.listen(listening, ProxySite(ProxyResource(forwarder), REACTOR))
            plain = upstream_endpoint(REACTOR, f"tcp:127.0.0.1:{port.getHost().port}")
            balanced = HandshakeClientEndpoint(
                wrapClientTLS(client_creator(papers.client(), None), _Introduced(plain))
            )
            client = await self.dial(balanced)
            client.transport.write(get(b"/up"))
            await client.until_got(b"ok")
            self.assertEqual(node.requests[0].get(b"x-forwarded-for"), b"203.0.113.9")
            self.assertEqual(node.requests[0].get(b"x-forwarded-proto"), b"https")
            await self.end(client)
            connections.stop()

        return Deferred.fromCoroutine(run())


@implementer(IStreamClientEndpoint)
class _Introduced:
    """Connects as a balancer does: its first bytes say who the client is."""

    def __init__(self, endpoint: IStreamClientEndpoint) -> None:
        self._endpoint = endpoint

    def connect(self, factory: IProtocolFactory) -> Deferred[IProtocol]:
        return self._endpoint.connect(_Introducing(factory))  # type: ignore[arg-type]  # a factory it is


class _Introducer(ProtocolWrapper):
    def makeConnection(self, transport: Any) -> None:
        transport.write(PROXY_LINE)
        super().makeConnection(transport)  # type: ignore[no-untyped-call]  # Twisted's own


class _Introducing(WrappingFactory[_Introducer]):
    protocol = _Introducer
