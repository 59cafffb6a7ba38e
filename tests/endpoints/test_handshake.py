"""TLS in memory: nobody is there before the handshake is done, on either side."""

from __future__ import annotations

from typing import Any

import trustme
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import wrapClientTLS, wrapServerTLS
from twisted.internet.error import ConnectionRefusedError, NoProtocol
from twisted.internet.interfaces import IHandshakeListener, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.protocols.policies import WrappingFactory
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer
from zope.interface.verify import verifyObject

from quorumha.config.model import ClientTLS
from quorumha.endpoints.certificates import Certificates
from quorumha.endpoints.handshake import HandshakeClientEndpoint, HandshakeFactory
from quorumha.endpoints.tls import client_creator
from quorumha.net.idle_clients import handshakes
from quorumha.pool.dial_errors import TLSFailed, connect_failed
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import ConnectFailed, Upstream
from quorumha.relay.endpoint import FailoverEndpoint
from quorumha.testing import MemoryTopology, Recorder
from tests.endpoints.papers import AUTHORITY, CLIENT, EXPIRED, NAMELESS, NODE, STRANGER, Papers


class Taken(Factory):
    """Keeps what was built."""

    def __init__(self) -> None:
        self.taken: list[Recorder] = []

    def buildProtocol(self, addr: object) -> Recorder:
        self.taken.append(Recorder())
        return self.taken[-1]


@implementer(IHandshakeListener)
class Listening(Recorder):
    """Wants to know of the handshake itself."""

    shaken = 0

    def handshakeCompleted(self) -> None:
        self.shaken += 1


class TLSCase(SynchronousTestCase):
    """A TLS node at C{node:1}."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.papers = Papers(self.mktemp())
        self.node = Taken()

    def serve(self, leaf: trustme.LeafCert = NODE, *, mutual: bool = False, timeout: float = 10) -> None:
        options = Certificates().server(self.papers.server(leaf, mutual=mutual))
        endpoint = wrapServerTLS(options, self.net.server_endpoint("node:1"), self.net.clock)
        self.refusals: list[tuple[str, str]] = []
        refused = lambda client, cause: self.refusals.append((client, cause))  # noqa: E731  # short
        factory = HandshakeFactory(self.node, self.net.clock, lambda: timeout, refused)
        self.port = self.successResultOf(endpoint.listen(factory))

    def endpoint(self, tls: ClientTLS) -> HandshakeClientEndpoint:
        plain = self.net.client_endpoint("node:1")
        return HandshakeClientEndpoint(wrapClientTLS(client_creator(tls), plain, self.net.clock))

    def dial(self, tls: ClientTLS, protocol: Recorder | None = None) -> Deferred[Any]:
        connecting = self.endpoint(tls).connect(Factory.forProtocol(lambda: protocol or Recorder()))
        self.net.advance(0)
        return connecting

    def refused(self, tls: ClientTLS) -> str:
        """It fails; the reason."""
        recorder = Recorder()
        failure = self.failureResultOf(self.dial(tls, recorder), TLSFailed)
        self.assertIsNone(recorder.transport)
        return str(failure.value.args[0])


class ClientTests(TLSCase):
    """Whom we dial is verified before anything is built."""

    def test_interfaces(self) -> None:
        self.serve()
        verifyObject(IStreamClientEndpoint, self.endpoint(self.papers.client()))
        self.assertIn("TLS", repr(self.endpoint(self.papers.client())))

    def test_bytes(self) -> None:
        self.serve()
        client = self.successResultOf(self.dial(self.papers.client()))
        client.write(b"question")
        self.net.advance(0)
        (node,) = self.node.taken
        self.assertEqual(node.received, b"question")
        node.write(b"answer" * 100_000)
        self.net.advance(0)
        self.assertEqual(len(client.received), 600_000)
        client.close()
        self.net.advance(0)
        self.assertEqual((client.how_it_ended, node.how_it_ended), ("ConnectionDone", "ConnectionDone"))

    def test_not_before_the_handshake(self) -> None:
        """A connection is not enough: while the node says nothing, nothing is built."""
        self.net.listen("node:1", Taken())
        recorder = Recorder()
        connecting = self.dial(self.papers.client(), recorder)
        self.net.advance(1000)
        self.assertNoResult(connecting)
        self.assertIsNone(recorder.transport)
        connecting.cancel()
        self.failureResultOf(connecting, CancelledError)
        self.net.run()
        self.assertEqual(self.net.connections("node:1"), [])

    def test_cancelled_before_it_is_connected(self) -> None:
        self.net.black_hole("node:1")
        connecting = self.dial(self.papers.client())
        connecting.cancel()
        self.failureResultOf(connecting, CancelledError)

    def test_refused(self) -> None:
        """What is not TLS's affair passes as it is."""
        self.failureResultOf(self.dial(self.papers.client()), ConnectionRefusedError)

    def test_wrong_authority(self) -> None:
        self.serve(STRANGER)
        self.assertIn("certificate verify failed", self.refused(self.papers.client()))
        self.assertEqual(self.node.taken, [])

    def test_wrong_name(self) -> None:
        self.serve()
        self.assertEqual(
            self.refused(self.papers.client("other.example")), "the certificate is for another name"
        )

    def test_no_name(self) -> None:
        """A certificate with a common name alone is for nobody; no traceback is logged."""
        self.serve(NAMELESS)
        for name in ("node.example", "other.example", "127.0.0.1"):
            self.assertEqual(
                self.refused(self.papers.client(name)), "the certificate is for no name that can be checked"
            )
        self.assertEqual((self.node.taken, self.flushLoggedErrors()), ([], []))

    def test_no_name_where_twisted_checks(self) -> None:
        """As with C{tls:} in an endpoint string."""
        self.serve(NAMELESS)
        creator = optionsForClientTLS(
            "other.example", trustRootFromCertificates([Certificate.loadPEM(AUTHORITY.cert_pem.bytes())])
        )
        plain = self.net.client_endpoint("node:1")
        endpoint = HandshakeClientEndpoint(wrapClientTLS(creator, plain, self.net.clock))
        recorder = Recorder()
        connecting = endpoint.connect(Factory.forProtocol(lambda: recorder))
        self.net.advance(0)
        failed = self.failureResultOf(connecting, TLSFailed)
        self.assertEqual(failed.value.args[0], "the certificate is for no name that can be checked")
        self.assertIsNone(recorder.transport)
        self.flushLoggedErrors()
        self.assertEqual([node.received for node in self.node.taken], [b""] * len(self.node.taken))

    def test_wrong_address(self) -> None:
        self.serve()
        self.assertEqual(self.refused(self.papers.client("127.0.0.9")), "the certificate is for another name")

    def test_address(self) -> None:
        """An IP address is a name that a certificate can be for."""
        self.serve()
        self.successResultOf(self.dial(self.papers.client("127.0.0.1")))

    def test_expired(self) -> None:
        self.serve(EXPIRED)
        self.assertIn("certificate verify failed", self.refused(self.papers.client()))

    def test_plain_text(self) -> None:
        """A node that does not speak TLS is not spoken to."""
        node = Taken()
        self.net.listen("node:1", node)
        connecting = self.dial(self.papers.client())
        node.taken[0].write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        self.net.run()
        self.failureResultOf(connecting, TLSFailed)

    def test_node_goes_in_the_handshake(self) -> None:
        node = Taken()
        self.net.listen("node:1", node)
        connecting = self.dial(self.papers.client())
        node.taken[0].close()
        self.net.run()
        self.assertEqual(self.failureResultOf(connecting, TLSFailed).value.args[0], "closed in the handshake")

    def test_said_in_words(self) -> None:
        """The outcome carries the reason."""
        self.serve()
        failure = self.failureResultOf(self.dial(self.papers.client("other.example")))
        self.assertEqual(
            connect_failed(failure), ConnectFailed("TLS failed: the certificate is for another name")
        )

    def test_listener(self) -> None:
        """A protocol that listens for the handshake hears of it, once."""
        self.serve()
        client = Listening()
        self.successResultOf(self.dial(self.papers.client(), client))
        self.assertEqual(client.shaken, 1)

    def test_factory_builds_nothing(self) -> None:
        self.serve()
        factory = Factory()
        factory.buildProtocol = lambda addr: None
        connecting = self.endpoint(self.papers.client()).connect(factory)
        self.net.advance(0)
        self.failureResultOf(connecting, NoProtocol)
        self.assertEqual(self.net.connections("node:1"), [])

    def test_factory_raises(self) -> None:
        self.serve()
        factory = Factory.forProtocol(lambda: 1 / 0)
        connecting = self.endpoint(self.papers.client()).connect(factory)
        self.net.advance(0)
        self.failureResultOf(connecting, ZeroDivisionError)

    def test_handshake_counts_as_connecting(self) -> None:
        """A node that hangs in the handshake is one that cannot be reached: next, within the limit."""
        self.net.listen("node:1", Taken())
        self.net.listen("plain:1", Taken())
        pool = UpstreamPool(
            "rpc",
            [
                Upstream("hangs", self.endpoint(self.papers.client())),
                Upstream("other", self.net.client_endpoint("plain:1"), backup=True),
            ],
            connect_timeout=1,
        )
        recorder = Recorder()
        connecting = FailoverEndpoint(pool, self.net.clock).connect(Factory.forProtocol(lambda: recorder))
        self.net.advance(1)
        self.assertIs(self.successResultOf(connecting), recorder)
        self.assertEqual([m.in_flight for m in pool.members], [0, 1])
        self.assertEqual(self.net.connections("node:1"), [])


class ServerTests(TLSCase):
    """Who connects is verified before the application hears of it."""

    def test_silent(self) -> None:
        """A client that never shakes hands is cut at the limit; the application never saw it."""
        self.serve(timeout=10)
        silent = self.net.connect("node:1")
        self.net.advance(9.9)
        self.assertIsNone(silent.how_it_ended)
        self.net.advance(0.1)
        self.assertEqual(silent.how_it_ended, "ConnectionLost")
        self.assertEqual(self.node.taken, [])
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_no_limit(self) -> None:
        self.serve(timeout=0)
        silent = self.net.connect("node:1")
        self.net.advance(100_000)
        self.assertIsNone(silent.how_it_ended)

    def test_limit_ends_with_the_handshake(self) -> None:
        self.serve(timeout=10)
        client = self.successResultOf(self.dial(self.papers.client()))
        self.net.advance(100)
        self.assertIsNone(client.how_it_ended)

    def test_plain_text(self) -> None:
        self.serve()
        plain = self.net.connect("node:1")
        plain.write(b"GET / HTTP/1.1\r\n\r\n")
        self.net.run()
        self.assertIsNotNone(plain.how_it_ended)
        self.assertEqual(self.node.taken, [])
        self.assertEqual(self.refusals, [("127.0.0.1", "it spoke plain HTTP")])

    def test_mutual(self) -> None:
        self.serve(mutual=True)
        client = self.successResultOf(self.dial(self.papers.client(leaf=CLIENT)))
        client.write(b"hello")
        self.net.advance(0)
        self.assertEqual(self.node.taken[0].received, b"hello")

    def assert_not_taken(self, leaf: trustme.LeafCert | None, cause: str) -> None:
        # In TLS 1.3 a client is done before the node has seen its certificate.
        self.serve(mutual=True)
        client = self.successResultOf(self.dial(self.papers.client(leaf=leaf)))
        client.write(b"hello")
        self.net.advance(0)
        self.assertEqual(self.node.taken, [])
        self.assertIsNotNone(client.how_it_ended)
        self.assertEqual(self.refusals, [("127.0.0.1", cause)])

    def test_mutual_absent(self) -> None:
        self.assert_not_taken(None, "it showed no certificate")

    def test_mutual_foreign(self) -> None:
        self.assert_not_taken(STRANGER, "its certificate is of an unknown authority")

    def test_mutual_expired(self) -> None:
        self.assert_not_taken(EXPIRED, "its certificate has expired")

    def test_not_refused(self) -> None:
        """Whoever leaves in its handshake, or never ends it, was not refused: a balancer's check does so."""
        self.serve()
        client = self.net.connect("node:1")
        self.net.run()
        client.close()
        self.net.connect("node:1")
        self.net.advance(11)
        self.assertEqual((self.refusals, self.net.connections("node:1")), ([], []))

    def test_stopped(self) -> None:
        """Who is still shaking hands when the listener stops is cut."""
        self.serve()
        silent = self.net.connect("node:1")
        self.net.run()
        stopping = self.port.stopListening()
        self.net.run()
        self.successResultOf(stopping)
        self.assertEqual(silent.how_it_ended, "ConnectionLost")
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_factory_turns_away(self) -> None:
        """A factory that builds nothing (one that drains) closes the connection."""
        self.node.buildProtocol = lambda addr: None
        self.serve()
        client = self.successResultOf(self.dial(self.papers.client()))
        self.net.advance(0)
        self.assertEqual(client.how_it_ended, "ConnectionDone")

    def test_authority_is_used(self) -> None:
        """(The tests' certificates are what they are taken for.)"""
        self.assertNotEqual(AUTHORITY.cert_pem.bytes(), STRANGER.cert_chain_pems[0].bytes())


class RoomTests(TLSCase):
    """Clients in their handshake may make room for others."""

    def setUp(self) -> None:
        super().setUp()
        self.factory = HandshakeFactory(self.node, self.net.clock, lambda: 10)
        options = Certificates().server(self.papers.server(NODE))
        endpoint = wrapServerTLS(options, self.net.server_endpoint("node:1"), self.net.clock)
        self.successResultOf(endpoint.listen(self.factory))

    def test_silent(self) -> None:
        self.net.advance(3)
        silent = self.net.connect("node:1")
        self.net.advance(2)
        (idle,) = handshakes(WrappingFactory(self.factory))()  # type: ignore[no-untyped-call]  # Twisted's
        self.assertEqual(idle.since, 3)
        self.assertEqual((idle.close(), idle.close()), (True, False))
        self.net.advance(0)
        self.assertEqual(silent.how_it_ended, "ConnectionLost")
        self.assertEqual(list(self.factory.in_handshake()), [])
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_done(self) -> None:
        """Who has done it is no business of this any more."""
        self.successResultOf(self.dial(self.papers.client()))
        self.assertEqual(list(self.factory.in_handshake()), [])
