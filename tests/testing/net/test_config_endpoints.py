"""Endpoint strings as places."""

from __future__ import annotations

from twisted.internet.interfaces import IStreamServerEndpoint
from twisted.internet.protocol import Factory
from twisted.protocols.wire import Echo
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.model import ServerTLS
from quorumha.errors import ConfigError
from quorumha.testing import MemoryTopology, Recorder
from quorumha.testing.net.config_endpoints import MemoryEndpoints, dialled_place, listening_place
from tests.endpoints.papers import Papers


class PlaceTests(SynchronousTestCase):
    def test_places(self) -> None:
        for text, place in [
            ("tcp:80", "here:80"),
            ("tcp:80:interface=127.0.0.1", "here:80"),
            ("tcp:port=80", "here:80"),
            ("unix:/run/a:mode=600", "unix:/run/a"),
            ("systemd:domain=INET:name=rpc", "unix:systemd/rpc"),
            ("haproxy:tcp:80", "here:80"),
        ]:
            self.assertEqual(listening_place(text, "here"), place, text)
        for text, place in [
            ("tcp:10.0.0.1:80", "10.0.0.1:80"),
            ("tcp:host=node:port=80", "node:80"),
            ("unix:/run/a", "unix:/run/a"),
        ]:
            self.assertEqual(dialled_place(text), place, text)

    def test_no_place(self) -> None:
        for text in ("tcp:", "stdio:", "nonsense"):
            with self.assertRaises(ConfigError):
                listening_place(text, "here")
        for text in ("tls:host:443", "tcp:", "nonsense"):
            with self.assertRaises(ConfigError):
                dialled_place(text)


class EndpointTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.endpoints = MemoryEndpoints(self.net, "here")

    def test_tls(self) -> None:
        """Both ways, with the name checked."""
        papers = Papers(self.mktemp())
        listening = self.listening("tcp:80", papers.server())
        self.successResultOf(listening.listen(Factory.forProtocol(Echo)))
        for name, connected in (("node.example", True), ("another.example", False)):
            dialled = self.endpoints.upstream(self.net.clock, "tcp:here:80", papers.client(name))
            client = Recorder()
            connecting = dialled.connect(Factory.forProtocol(lambda client=client: client))
            self.net.run()
            if connected:
                self.successResultOf(connecting)
                self.assertEqual(self.echoed(client), b"hello")
            else:
                self.failureResultOf(connecting)

    def listening(self, text: str, tls: ServerTLS | None = None) -> IStreamServerEndpoint:
        return self.endpoints.listening(self.net.clock, text, tls, lambda: 10.0, lambda client, cause: None)

    def echoed(self, client: Recorder) -> bytes:
        client.write(b"hello")
        self.net.run()
        return client.received

    def test_proxy_protocol(self) -> None:
        endpoint = self.listening("haproxy:tcp:80")
        self.successResultOf(endpoint.listen(Factory.forProtocol(Echo)))
        client = self.net.connect("here:80")
        client.write(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n")
        self.assertEqual(self.echoed(client), b"hello")
