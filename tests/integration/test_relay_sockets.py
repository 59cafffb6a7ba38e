"""The relay in this process on real sockets: where a kernel's buffers and ends matter."""

from __future__ import annotations

import os

from twisted.internet.defer import Deferred

from quorumha.endpoints.strings import listening_endpoint, upstream_endpoint
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.relay.factory import RelayFactory
from tests.integration.sockets import REACTOR, Caller, SocketCase, Taker

#: More than the kernel holds for one connection.
MUCH = 24 << 20


class RelayCase(SocketCase):
    """One client, one node, the relay between."""

    def setUp(self) -> None:
        self.node = Taker()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.end_all(self.node)))

    def place(self, name: str) -> str:
        """Where to listen."""
        return "tcp:0:interface=127.0.0.1"

    def way_to(self, name: str, port: object) -> str:
        """How to get there."""
        return f"tcp:127.0.0.1:{port.getHost().port}"  # type: ignore[attr-defined]

    async def joined(self) -> tuple[Caller, Caller]:
        """A client, and the node's end of its connection."""
        port = await self.listen(listening_endpoint(REACTOR, self.place("node")), self.node)
        way = self.way_to("node", port)
        pool = UpstreamPool("rpc", [Upstream("a", upstream_endpoint(REACTOR, way))])
        self.relay = RelayFactory(pool, REACTOR)
        port = await self.listen(listening_endpoint(REACTOR, self.place("relay")), self.relay)
        client = await self.dial(upstream_endpoint(REACTOR, self.way_to("relay", port)))
        return client, await self.node.wait_for()


class CarriedTests(RelayCase):
    """Everything arrives, and the end after it."""

    async def carried(self, writer: Caller, reader: Caller) -> None:
        """Much, then an end, to a reader that is slow to begin: all of it arrives, and the end after it."""
        reader.transport.pauseProducing()
        writer.transport.write(bytes(MUCH))
        writer.transport.loseWriteConnection()
        waiting: Deferred[None] = Deferred()
        REACTOR.callLater(0.1, waiting.callback, None)
        await waiting
        reader.transport.resumeProducing()
        await reader.until(lambda: reader.read_ended)
        self.assertEqual(len(reader.received), MUCH)
        reader.transport.write(b"thanks")
        await writer.until_got(b"thanks")

    def test_down(self) -> Deferred[None]:
        async def run() -> None:
            client, node = await self.joined()
            await self.carried(node, client)

        return Deferred.fromCoroutine(run())

    def test_up(self) -> Deferred[None]:
        async def run() -> None:
            client, node = await self.joined()
            await self.carried(client, node)

        return Deferred.fromCoroutine(run())

    def test_both_at_once(self) -> Deferred[None]:
        async def run() -> None:
            client, node = await self.joined()
            for one in (client, node):
                one.transport.write(bytes(MUCH))
                one.transport.loseWriteConnection()
            for one in (client, node):
                await one.until(lambda one=one: one.read_ended)
                self.assertEqual(len(one.received), MUCH)
            drained = self.relay.drain()
            await self.end(client)
            await self.end(node)
            await drained
            self.assertEqual(self.relay.connections, set())

        return Deferred.fromCoroutine(run())


class UnixCarriedTests(CarriedTests):
    """The same over unix sockets on both sides."""

    def setUp(self) -> None:
        super().setUp()
        # Short, because a socket's path has to be.
        self.folder = os.path.relpath(self.mktemp())
        os.mkdir(self.folder)

    def place(self, name: str) -> str:
        return f"unix:{self.folder}/{name}"

    def way_to(self, name: str, port: object) -> str:
        return self.place(name)


class TCPTests(RelayCase):
    """What only TCP has."""

    def test_reset(self) -> Deferred[None]:
        """A reset comes out as a reset, either way."""

        async def run() -> None:
            client, node = await self.joined()
            node.transport.write(b"half")
            await client.until_got(b"half")
            node.transport.abortConnection()
            await client.until_lost()
            self.assertEqual((client.how_it_ended, client.read_ended), ("ConnectionLost", False))

        return Deferred.fromCoroutine(run())

    def test_options(self) -> Deferred[None]:
        """Small pieces go at once, and a machine that vanished is found out."""

        async def run() -> None:
            client, node = await self.joined()
            client.transport.write(b"hello")
            await node.until_got(b"hello")
            (connection,) = self.relay.connections
            self.assertTrue(connection.transport.getTcpNoDelay())
            self.assertTrue(connection.transport.getTcpKeepAlive())

        return Deferred.fromCoroutine(run())
