"""TLS on real sockets: whom we take, whom we dial, and what leaves before we know."""

from __future__ import annotations

import struct

import trustme
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint

from quorumha.config.model import ClientTLS
from quorumha.endpoints.strings import listening_endpoint, upstream_endpoint
from quorumha.errors import UpstreamError
from quorumha.pool.dial_errors import TLSFailed
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.relay.endpoint import FailoverEndpoint
from quorumha.relay.factory import RelayFactory
from tests.endpoints.papers import CLIENT, EXPIRED, NODE, STRANGER, Papers
from tests.integration.sockets import REACTOR, Caller, SocketCase, Taker

#: The version numbers on the wire (RFC 5246, appendix E; RFC 4346).
TLS_1_1 = b"\x03\x02"

#: The alert "protocol_version" (RFC 5246, section 7.2).
ALERT, PROTOCOL_VERSION = 0x15, 70


def record(kind: int, body: bytes) -> bytes:
    """One handshake message of this kind in one TLS 1.1 record."""
    message = bytes([kind]) + struct.pack(">I", len(body))[1:] + body
    return b"\x16" + TLS_1_1 + struct.pack(">H", len(message)) + message


#: A client, and a node, that know nothing newer than TLS 1.1.
OLD_CLIENT_HELLO = record(1, TLS_1_1 + bytes(32) + b"\0" + b"\0\x04\xc0\x13\x00\x2f" + b"\x01\0")
OLD_SERVER_HELLO = record(2, TLS_1_1 + bytes(32) + b"\0" + b"\xc0\x13" + b"\0")


class TLSSocketCase(SocketCase):
    def setUp(self) -> None:
        self.papers = Papers(self.mktemp())
        self.node = Taker()
        self.addCleanup(lambda: Deferred.fromCoroutine(self.end_all(self.node)))

    async def serve(self, leaf: trustme.LeafCert = NODE, *, mutual: bool = False) -> str:
        """A TLS listener; the string to dial it by."""
        tls = self.papers.server(leaf, mutual=mutual)
        port = await self.listen(listening_endpoint(REACTOR, "tcp:0:interface=127.0.0.1", tls), self.node)
        return f"tcp:127.0.0.1:{port.getHost().port}"

    async def serve_plain(self) -> str:
        """A listener that sees raw bytes."""
        endpoint = TCP4ServerEndpoint(REACTOR, 0, interface="127.0.0.1")
        port = await self.listen(endpoint, self.node)
        return f"tcp:127.0.0.1:{port.getHost().port}"


class DiallingTests(TLSSocketCase):
    """Towards an upstream."""

    async def refused(self, text: str, tls: ClientTLS) -> str:
        """Dialling fails; the reason."""
        try:
            await self.dial(upstream_endpoint(REACTOR, text, tls))
        except TLSFailed as error:
            return str(error.args[0])
        raise self.failureException("it was taken")

    def test_good(self) -> Deferred[None]:
        """By name and by address, with 1 MB each way."""

        async def run() -> None:
            text = await self.serve()
            for number, name in enumerate(["node.example", None]):
                client = await self.dial(upstream_endpoint(REACTOR, text, self.papers.client(name)))
                client.transport.write(bytes(1 << 20) + b"up")
                node = await self.node.wait_for(number)
                await node.until_got(b"up")
                node.transport.write(bytes(1 << 20) + b"down")
                await client.until_got(b"down")
                self.assertEqual((len(node.received), len(client.received)), ((1 << 20) + 2, (1 << 20) + 4))

        return Deferred.fromCoroutine(run())

    def test_wrong_authority(self) -> Deferred[None]:
        async def run() -> None:
            text = await self.serve(STRANGER)
            self.assertIn("certificate verify failed", await self.refused(text, self.papers.client()))
            self.assertEqual(self.node.taken, [])

        return Deferred.fromCoroutine(run())

    def test_wrong_name(self) -> Deferred[None]:
        async def run() -> None:
            text = await self.serve()
            reason = await self.refused(text, self.papers.client("other.example"))
            self.assertEqual(reason, "the certificate is for another name")
            self.assertEqual(self.node.taken, [])

        return Deferred.fromCoroutine(run())

    def test_expired(self) -> Deferred[None]:
        async def run() -> None:
            text = await self.serve(EXPIRED)
            self.assertIn("certificate verify failed", await self.refused(text, self.papers.client()))
            self.assertEqual(self.node.taken, [])

        return Deferred.fromCoroutine(run())

    def test_old_node(self) -> Deferred[None]:
        """TLS 1.1 is refused, and there is no second try in plain text."""

        async def run() -> None:
            text = await self.serve_plain()
            refused = Deferred.fromCoroutine(self.refused(text, self.papers.client()))
            node = await self.node.wait_for()
            await node.until(lambda: node.received)
            node.transport.write(OLD_SERVER_HELLO)
            self.assertIn("unsupported protocol", await refused)
            await node.until(lambda: node.read_ended or node.reason)
            self.assertEqual(len(self.node.taken), 1)
            self.assertEqual(node.received[-7], ALERT)
            self.assertEqual(node.received[-1], PROTOCOL_VERSION)

        return Deferred.fromCoroutine(run())

    def test_name_is_sent(self) -> Deferred[None]:
        """SNI carries the name; an address is not sent; nothing else leaves in plain text."""

        async def run() -> None:
            text = await self.serve_plain()
            for number, (name, sent) in enumerate([("node.example", True), ("127.0.0.1", False)]):
                dialling = upstream_endpoint(REACTOR, text, self.papers.client(name)).connect(Taker())
                node = await self.node.wait_for(number)
                await node.until(lambda node=node: node.received)
                self.assertEqual(name.encode() in node.received, sent)
                dialling.addErrback(lambda _: None)
                dialling.cancel()
                await node.until(lambda node=node: node.read_ended or node.reason)

        return Deferred.fromCoroutine(run())

    def test_no_byte_leaves(self) -> Deferred[None]:
        """What a client sends through a relay never reaches a node that is not the right one."""

        async def run() -> None:
            text = await self.serve(STRANGER)
            upstream = Upstream("wrong", upstream_endpoint(REACTOR, text, self.papers.client()))
            pool = UpstreamPool("rpc", [upstream])
            relay = RelayFactory(pool, REACTOR)
            port = await self.listen(TCP4ServerEndpoint(REACTOR, 0, interface="127.0.0.1"), relay)
            client = await self.dial(TCP4ClientEndpoint(REACTOR, "127.0.0.1", port.getHost().port), Caller)
            client.transport.write(b"a private transaction")
            await client.until_lost()
            self.assertEqual((self.node.taken, pool.counters.failed), ([], 1))

        return Deferred.fromCoroutine(run())

    def test_hangs_in_the_handshake(self) -> Deferred[None]:
        """It counts as connecting, and ends with its limit; the node sees the connection end."""

        async def run() -> None:
            text = await self.serve_plain()
            upstream = Upstream("hangs", upstream_endpoint(REACTOR, text, self.papers.client()))
            endpoint = FailoverEndpoint(UpstreamPool("rpc", [upstream], connect_timeout=0.2), REACTOR)
            try:
                await self.dial(endpoint)
            except UpstreamError as error:
                self.assertEqual(str(error), "pool rpc: hangs timed out (connect)")
            else:
                self.fail("it connected")
            node = await self.node.wait_for()
            await node.until(lambda: node.read_ended or node.reason)

        return Deferred.fromCoroutine(run())


class ListeningTests(TLSSocketCase):
    """Towards clients."""

    async def turned_away(self, leaf: trustme.LeafCert | None) -> None:
        text = await self.serve(mutual=True)
        try:
            client = await self.dial(upstream_endpoint(REACTOR, text, self.papers.client(leaf=leaf)))
        except TLSFailed:
            pass
        else:
            # In TLS 1.3 a client is done before it hears what the listener thinks of it.
            client.transport.write(b"let me in")
            await client.until_lost()
            self.assertEqual(client.received, b"")
        self.assertEqual(self.node.taken, [])

    def test_client_certificate(self) -> Deferred[None]:
        async def run() -> None:
            text = await self.serve(mutual=True)
            client = await self.dial(upstream_endpoint(REACTOR, text, self.papers.client(leaf=CLIENT)))
            client.transport.write(b"hello")
            await (await self.node.wait_for()).until_got(b"hello")

        return Deferred.fromCoroutine(run())

    def test_client_certificate_absent(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.turned_away(None))

    def test_client_certificate_foreign(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.turned_away(STRANGER))

    def test_client_certificate_expired(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self.turned_away(EXPIRED))

    async def dial_raw(self, text: str) -> Caller:
        raw: Caller = await self.dial(
            TCP4ClientEndpoint(REACTOR, "127.0.0.1", int(text.split(":")[-1])), Caller
        )
        return raw

    def test_old_client(self) -> Deferred[None]:
        async def run() -> None:
            client = await self.dial_raw(await self.serve())
            client.transport.write(OLD_CLIENT_HELLO)
            await client.until_lost()
            self.assertEqual((client.received[0], client.received[-1]), (ALERT, PROTOCOL_VERSION))
            self.assertEqual(self.node.taken, [])

        return Deferred.fromCoroutine(run())

    def test_plain_client(self) -> Deferred[None]:
        """Plain text gets no plain answer."""

        async def run() -> None:
            client = await self.dial_raw(await self.serve())
            client.transport.write(b"GET / HTTP/1.1\r\nHost: node.example\r\n\r\n")
            await client.until_lost()
            self.assertNotIn(b"HTTP", client.received)
            self.assertEqual(self.node.taken, [])

        return Deferred.fromCoroutine(run())

    def test_silent_client(self) -> Deferred[None]:
        """Cut at the handshake's limit; another one is served meanwhile."""

        async def run() -> None:
            tls = self.papers.server()
            listen = "tcp:0:interface=127.0.0.1"
            endpoint = listening_endpoint(REACTOR, listen, tls, handshake_timeout=lambda: 0.3)
            port = await self.listen(endpoint, self.node)
            text = f"tcp:127.0.0.1:{port.getHost().port}"
            silent = await self.dial_raw(text)
            other = await self.dial(upstream_endpoint(REACTOR, text, self.papers.client()))
            await silent.until_lost()
            other.transport.write(b"hello")
            await (await self.node.wait_for()).until_got(b"hello")

        return Deferred.fromCoroutine(run())
