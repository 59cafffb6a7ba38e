"""Listening with plain transports."""

from __future__ import annotations

import socket

from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.trial.unittest import SynchronousTestCase

from quorumha.plain.listening import PlainServerEndpoint
from quorumha.plain.transport import PlainTransport
from tests.plain.turns import Listener, Turns, read_all


class ListenTests(SynchronousTestCase):
    """A port on loopback."""

    def setUp(self) -> None:
        self.reactor = Turns()
        self.made: list[Listener] = []

        def build() -> Listener:
            self.made.append(Listener())
            return self.made[-1]

        self.factory = Factory.forProtocol(build)  # type: ignore[arg-type]  # anything that makes one
        self.factory.noisy = False
        endpoint = PlainServerEndpoint(self.reactor, 0, 10, "127.0.0.1")
        self.port = self.successResultOf(endpoint.listen(self.factory))

    def tearDown(self) -> None:
        stopped = self.port.stopListening()
        self.reactor.run()
        if stopped is not None:
            self.successResultOf(stopped)

    def test_accepts(self) -> None:
        address = self.port.getHost()
        clients = [socket.create_connection((address.host, address.port)) for _ in range(3)]
        self.reactor.turn()
        self.assertEqual(len(self.made), 3)
        for number, (client, protocol) in enumerate(zip(clients, self.made, strict=True)):
            client.setblocking(False)
            self.assertIsInstance(protocol.transport, PlainTransport)
            client.send(b"%d" % number)
            self.reactor.run()
            self.assertEqual(protocol.received, b"%d" % number)
            protocol.transport.write(b"back")
            self.assertEqual(read_all(client), b"back")
            self.assertEqual(protocol.transport.getPeer().port, client.getsockname()[1])
            client.close()
        self.reactor.run()
        self.assertEqual([p.lost for p in self.made], [["ConnectionDone"]] * 3)

    def test_a_full_client_blocks_nobody(self) -> None:
        """Found the hard way: an accepted socket is a blocking one until it is told otherwise."""
        address = self.port.getHost()
        client = socket.create_connection((address.host, address.port))
        self.reactor.turn()
        (protocol,) = self.made
        self.assertFalse(protocol.transport.getHandle().getblocking())
        protocol.transport.write(bytes(32 << 20))
        self.assertTrue(protocol.transport.waits)
        client.close()
        self.reactor.run()
        self.assertEqual(len(protocol.lost), 1)

    def test_taken(self) -> None:
        address = self.port.getHost()
        endpoint = PlainServerEndpoint(self.reactor, address.port, 10, address.host)
        self.failureResultOf(endpoint.listen(self.factory), CannotListenError)
