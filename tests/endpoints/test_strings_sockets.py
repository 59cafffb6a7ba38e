"""Which endpoint strings plain sockets serve."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from quorumha.config.addresses import read_client, read_server
from quorumha.endpoints.named import NamedEndpoint
from quorumha.endpoints.strings import (
    listening_endpoint,
    socket_server,
    socket_upstream,
    takes_sockets,
    upstream_endpoint,
)
from quorumha.net.accept import SocketServerEndpoint
from quorumha.net.connect import SocketClientEndpoint
from tests.endpoints.posix import PosixReactor
from tests.integration.sockets import REACTOR, SocketCase, Taker


class PlainlyTests(SynchronousTestCase):
    """The choice."""

    def setUp(self) -> None:
        self.reactor = PosixReactor()

    def test_reactors(self) -> None:
        self.assertTrue(takes_sockets(self.reactor))
        self.assertFalse(takes_sockets(MemoryReactor()))
        self.assertIsNone(socket_server(MemoryReactor(), read_server("tcp:80")))
        for text in ("tcp:10.0.0.1:80", "tcp:name:80", "unix:/run/x"):
            self.assertIsNone(socket_upstream(MemoryReactor(), read_client(text)), text)

    def test_servers(self) -> None:
        for text in ("tcp:80", "tcp:80:interface=127.0.0.1", "tcp:port=0:backlog=5"):
            self.assertIsInstance(socket_server(self.reactor, read_server(text)), SocketServerEndpoint, text)
        for text in ("tcp6:80", "tcp:80:interface=\\:\\:1", "unix:/run/x"):
            self.assertIsNone(socket_server(self.reactor, read_server(text)), text)

    def test_upstreams(self) -> None:
        for text in ("tcp:10.0.0.1:80", "tcp:host=10.0.0.1:port=80", "unix:/run/x", "unix:path=/run/x"):
            self.assertIsInstance(
                socket_upstream(self.reactor, read_client(text)), SocketClientEndpoint, text
            )
        named = socket_upstream(self.reactor, read_client("tcp:name:80"))
        self.assertIsInstance(named, NamedEndpoint, "looked up at each dial")
        for text in ("tcp:10.0.0.1:80:timeout=3", "unix:/x:timeout=1"):
            self.assertIsNone(socket_upstream(self.reactor, read_client(text)), text)


class Plain:
    """A reactor on which our sockets do not run, such as that of Windows: it dials as Twisted does."""

    def __getattr__(self, name: str) -> Any:
        return getattr(REACTOR, name)


class PlainReactorTests(SocketCase):
    """Addresses, where Twisted's own endpoints dial."""

    async def dials(self, host: str) -> None:
        reactor, nodes = Plain(), Taker()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.end_all(nodes)))
        quoted = host.replace(":", "\\:")
        listening = listening_endpoint(REACTOR, f"tcp:0:interface={quoted}")
        port = await self.listen(listening, nodes)
        self.assertFalse(takes_sockets(reactor))
        caller = await self.dial(upstream_endpoint(reactor, f"tcp:{quoted}:{port.getHost().port}"))
        self.assertEqual(caller.transport.getPeer().host, host)
        node = await nodes.wait_for()
        caller.transport.write(b"hello")
        await node.until_got(b"hello")

    async def test_ipv4(self) -> None:
        await self.dials("127.0.0.1")

    async def test_ipv6(self) -> None:
        """Its endpoint is called that of IPv4, and takes both."""
        try:
            socket.create_server(("::1", 0), family=socket.AF_INET6).close()
        except OSError:
            raise SkipTest("no IPv6 here") from None
        await self.dials("::1")
