"""Which endpoint strings plain sockets serve."""

from __future__ import annotations

from twisted.internet.testing import MemoryReactor
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.addresses import read_client, read_server
from quorumha.endpoints.named import NamedEndpoint
from quorumha.endpoints.strings import socket_server, socket_upstream, takes_sockets
from quorumha.net.accept import SocketServerEndpoint
from quorumha.net.connect import SocketClientEndpoint
from tests.endpoints.posix import PosixReactor


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
