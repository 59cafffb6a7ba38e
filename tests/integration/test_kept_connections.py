"""Kept connections to nodes, on real sockets: what lies there when one is taken and nobody has read it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred

from quorumha.endpoints.strings import listening_endpoint, upstream_endpoint
from quorumha.http.upstream.connection import UpstreamConnection
from quorumha.http.upstream.connection_pool import Connections
from quorumha.pool.pool import Member
from quorumha.pool.upstream import Phase, Upstream
from tests.endpoints.papers import Papers
from tests.http.stage import User
from tests.integration.sockets import REACTOR, SocketCase, Taker

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
LATE = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Hears(User):
    """Tells when its answer is whole."""

    def __init__(self) -> None:
        super().__init__()
        self.whole: Deferred[None] = Deferred()

    def upstream_head(self, head: Any, data: bytes, ended: bool) -> None:
        super().upstream_head(head, data, ended)
        if ended:
            self.whole.callback(None)


class KeptTests(SocketCase):
    """Taken in the very turn in which something came."""

    async def kept(self, tls: bool = False) -> tuple[Connections, Member, UpstreamConnection, socket.socket]:
        """A connection that gave a response and waits, and the socket of its node."""
        nodes = Taker()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.end_all(nodes)))
        papers = Papers(self.mktemp())
        text = "tcp:0:interface=127.0.0.1"
        port = await self.listen(listening_endpoint(REACTOR, text, papers.server() if tls else None), nodes)
        client = papers.client() if tls else None
        way = upstream_endpoint(REACTOR, f"tcp:127.0.0.1:{port.getHost().port}", client)
        member = Member(Upstream("a", way))
        connections = Connections(REACTOR)
        self.addCleanup(connections.stop)
        dialled: Deferred[UpstreamConnection] = Deferred()
        connections.dial(member, dialled.callback, lambda _, failure: dialled.errback(failure))
        connection = await dialled
        node = await nodes.wait_for()
        user = Hears()
        connection.begin(user, b"GET", 5)
        connection.writer.write(b"ASK")
        connection.limit.wait(Phase.FIRST_BYTE, 5)
        await node.until_got(b"ASK")
        node.transport.write(OK)
        await user.whole
        connections.give_back(connection)
        # Else it may hold back what the test writes.
        node.transport.setTcpNoDelay(True)
        below = node.transport.transport if tls else node.transport
        return connections, member, connection, below.getHandle()

    def check(
        self, what: Callable[[socket.socket], object], *, clean: bool, tls: bool = False
    ) -> Deferred[None]:
        async def run() -> None:
            connections, member, connection, node = await self.kept(tls)
            what(node)
            self.assertIs(connections.kept(member), connection if clean else None)
            self.assertEqual(connection.writer.closed, not clean)
            connection.abort()

        return Deferred.fromCoroutine(run())

    def test_silent(self) -> Deferred[None]:
        """Nothing came: it is used."""
        return self.check(lambda node: None, clean=True)

    def test_bytes(self) -> Deferred[None]:
        """A 408 that lies there is no response to a request that has not gone out."""
        return self.check(lambda node: node.send(LATE), clean=False)

    def test_line_end(self) -> Deferred[None]:
        """Nor is a line end too many."""
        return self.check(lambda node: node.send(b"\r\n"), clean=False)

    def test_end(self) -> Deferred[None]:
        """An end is known at once."""
        return self.check(lambda node: node.shutdown(socket.SHUT_WR), clean=False)

    def test_silent_tls(self) -> Deferred[None]:
        """TLS: session tickets came with the first response."""
        return self.check(lambda node: None, clean=True, tls=True)

    def test_bytes_below_tls(self) -> Deferred[None]:
        """TLS: whatever comes later makes it unfit."""
        return self.check(lambda node: node.send(b"\x17\x03\x03"), clean=False, tls=True)
