"""How a connection's end shows on real sockets: FIN, RST, close_notify, and TLS without it."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint

from quorumha.endpoints.strings import listening_endpoint, upstream_endpoint
from quorumha.net.progress import closed_cleanly
from tests.endpoints.papers import Papers
from tests.integration.sockets import REACTOR, Caller, SocketCase, Taker


class EndingTests(SocketCase):
    """One pair of connected ends; one of them goes."""

    async def plain(self) -> tuple[Caller, Caller]:
        taker = Taker(Caller)
        port = await self.listen(TCP4ServerEndpoint(REACTOR, 0, interface="127.0.0.1"), taker)
        client = await self.dial(TCP4ClientEndpoint(REACTOR, "127.0.0.1", port.getHost().port), Caller)
        return client, await taker.wait_for()

    async def tls(self) -> tuple[Any, Any]:
        papers = Papers(self.mktemp())
        taker = Taker(Caller)
        endpoint = listening_endpoint(REACTOR, "tcp:0:interface=127.0.0.1", papers.server())
        port = await self.listen(endpoint, taker)
        text = f"tcp:127.0.0.1:{port.getHost().port}"
        client = await self.dial(upstream_endpoint(REACTOR, text, papers.client()), Caller)
        return client, await taker.wait_for()

    async def ends(self, survivor: Caller, name: str, cleanly: bool) -> None:
        await survivor.until_lost()
        assert survivor.reason is not None
        self.assertEqual(survivor.how_it_ended, name)
        self.assertEqual(closed_cleanly(survivor.reason), cleanly)

    def test_fin(self) -> Deferred[None]:
        async def run() -> None:
            client, node = await self.plain()
            node.transport.write(b"all")
            node.transport.loseConnection()
            await self.ends(client, "ConnectionDone", True)
            self.assertEqual(client.received, b"all")

        return Deferred.fromCoroutine(run())

    def test_rst(self) -> Deferred[None]:
        async def run() -> None:
            client, node = await self.plain()
            node.transport.write(b"half")
            await client.until_got(b"half")
            node.transport.abortConnection()
            await self.ends(client, "ConnectionLost", False)

        return Deferred.fromCoroutine(run())

    def test_close_notify(self) -> Deferred[None]:
        async def run() -> None:
            client, node = await self.tls()
            node.transport.write(b"all")
            node.transport.loseConnection()
            await self.ends(client, "ConnectionDone", True)
            self.assertEqual(client.received, b"all")

        return Deferred.fromCoroutine(run())

    def test_fin_without_close_notify(self) -> Deferred[None]:
        """The plain connection below ends in order; TLS says nothing of it: that is a truncation."""

        async def run() -> None:
            client, node = await self.tls()
            node.transport.write(b"half")
            await client.until_got(b"half")
            node.transport.transport.loseConnection()
            await self.ends(client, "ConnectionLost", False)
            self.assertEqual(client.received, b"half")

        return Deferred.fromCoroutine(run())

    def test_client_fin_without_close_notify(self) -> Deferred[None]:
        async def run() -> None:
            client, node = await self.tls()
            client.transport.write(b"half")
            await node.until_got(b"half")
            client.transport.transport.loseConnection()
            await self.ends(node, "ConnectionLost", False)

        return Deferred.fromCoroutine(run())

    def test_rst_below_tls(self) -> Deferred[None]:
        async def run() -> None:
            client, node = await self.tls()
            node.transport.write(b"half")
            await client.until_got(b"half")
            node.transport.abortConnection()
            await self.ends(client, "ConnectionLost", False)

        return Deferred.fromCoroutine(run())

    def test_garbage_in_tls(self) -> Deferred[None]:
        """Bytes that are no TLS, put into the connection by somebody else."""

        async def run() -> None:
            client, node = await self.tls()
            node.transport.write(b"half")
            await client.until_got(b"half")
            node.transport.transport.write(b"\x17\x03\x03\x00\x04evil")
            await client.until_lost()
            assert client.reason is not None
            self.assertFalse(closed_cleanly(client.reason))
            self.assertEqual(client.received, b"half")

        return Deferred.fromCoroutine(run())
