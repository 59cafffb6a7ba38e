"""Who speaks TLS gets what the files hold now; connections keep what they have."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import trustme
from cryptography.x509 import load_pem_x509_certificate
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import (
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
)
from twisted.internet.protocol import Factory
from twisted.protocols.wire import Echo
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.endpoints.certificate_facts import CertificateRefused, CertificateTaken
from quorumha.endpoints.certificates import Certificates
from quorumha.errors import ConfigError
from quorumha.testing import MemoryTopology, Recorder
from quorumha.testing.net.config_endpoints import MemoryEndpoints
from tests.endpoints.papers import AUTHORITY, CLIENT, FOREIGN, NODE, STRANGER, Papers

RENEWED = AUTHORITY.issue_cert("node.example", "127.0.0.1")
CLIENT_RENEWED = AUTHORITY.issue_cert("client.example")


class Server(Echo):
    """Keeps who connected."""

    def __init__(self, made: list[Server]) -> None:
        made.append(self)


class CertificatesCase(SynchronousTestCase):
    """A listener and a client in memory."""

    def setUp(self) -> None:
        self.facts: list[Any] = []
        self.certificates = Certificates(self.facts.append)
        self.papers = Papers(self.mktemp())
        self.net = MemoryTopology()
        self.endpoints = MemoryEndpoints(self.net, "here")
        self.served: list[Server] = []

    def listen(self, tls: ServerTLS) -> None:
        policy = self.policy = self.certificates.server(tls)
        endpoint = self.endpoints.listening(self.net.clock, "tcp:443", policy)
        self.successResultOf(endpoint.listen(Factory.forProtocol(lambda: Server(self.served))))

    def dial(self, tls: ClientTLS, certificates: Certificates | None = None) -> Deferred[Recorder]:
        endpoint = self.endpoints.upstream(self.net.clock, "tcp:here:443", tls, certificates)
        connecting: Any = endpoint.connect(Factory.forProtocol(Recorder))
        self.net.run()
        return connecting

    def shown(self) -> int:
        """The serial number of the certificate that a new client sees."""
        return serial_seen(self.successResultOf(self.dial(self.papers.client())))

    def look(self, *, always: bool = False) -> list[Any]:
        """Look at the files; the facts that this makes."""
        self.facts.clear()
        self.successResultOf(self.certificates.look(always=always))
        return list(self.facts)


def serial_of(leaf: trustme.LeafCert) -> int:
    return load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes()).serial_number


def serial_seen(end: Any) -> int:
    """Of the certificate that the other end showed."""
    found: int = end.transport.getPeerCertificate().get_serial_number()
    return found


class ListenerTests(CertificatesCase):
    """Clients are shown what is new."""

    def test_interfaces(self) -> None:
        verifyObject(IOpenSSLServerConnectionCreator, self.certificates.server(self.papers.server()))
        verifyObject(IOpenSSLClientConnectionCreator, self.certificates.client(self.papers.client()))

    def test_renewed(self) -> None:
        tls = self.papers.server()
        self.listen(tls)
        old = self.successResultOf(self.dial(self.papers.client()))
        self.assertEqual(serial_seen(old), serial_of(NODE))
        self.assertEqual(self.look(), [])
        self.papers.server(RENEWED)
        self.assertEqual(self.shown(), serial_of(NODE), "nobody looked yet")
        (taken,) = self.look()
        self.assertEqual(taken, CertificateTaken((tls.cert, tls.key), self.certificates.ends[tls.cert]))
        self.assertEqual(self.shown(), serial_of(RENEWED))
        old.write(b"hello")
        self.net.run()
        self.assertEqual(old.received, b"hello")
        self.assertEqual(self.look(), [])

    def test_bad_pair(self) -> None:
        """It is said once for each change, and what was there goes on; also when the pair is whole again."""
        tls = self.papers.server()
        self.listen(tls)
        Path(tls.key).write_bytes(CLIENT.private_key_pem.bytes())
        (refused,) = self.look()
        cause = f"{tls.key} is not the private key of {tls.cert}"
        self.assertEqual(refused, CertificateRefused((tls.cert, tls.key), cause))
        self.assertEqual(self.shown(), serial_of(NODE))
        self.assertEqual(self.look(), [])
        self.assertEqual(self.look(always=True), [])
        Path(tls.cert).write_bytes(b"")
        (refused,) = self.look()
        self.assertEqual(refused.cause, f"{tls.cert} holds no PEM certificate that can be read")
        self.papers.server(NODE)
        self.assertEqual(self.look(), [])
        Path(tls.cert).unlink()
        (refused,) = self.look()
        self.assertIn("No such file", refused.cause)
        self.papers.server(RENEWED)
        (taken,) = self.look()
        self.assertEqual(taken.files, (tls.cert, tls.key))
        self.assertEqual(self.shown(), serial_of(RENEWED))

    def test_written_again(self) -> None:
        """The same once more is nothing."""
        self.listen(self.papers.server())
        self.papers.server()
        self.assertEqual(self.look(), [])
        self.assertEqual(self.look(always=True), [])

    def test_client_ca(self) -> None:
        """Whom clients may be follows its file as well."""
        tls = self.papers.server(mutual=True)
        self.listen(tls)
        asked = self.papers.client(leaf=STRANGER)
        self.assertFalse(self.served)
        self.successResultOf(self.dial(asked))
        self.net.run()
        self.assertFalse(self.served, "its authority is not ours")
        both = self.papers.folder / "ca.pem"
        both.write_bytes(AUTHORITY.cert_pem.bytes() + FOREIGN.cert_pem.bytes())
        (taken,) = self.look()
        self.assertEqual(taken.files, (tls.client_ca,))
        self.successResultOf(self.dial(asked))
        self.assertEqual(len(self.served), 1)

    def test_another_table(self) -> None:
        """A listener may be told to use other files."""
        cert, key = self.papers.files("other", RENEWED)
        self.listen(self.papers.server())
        self.policy.take(ServerTLS(cert, key))
        self.assertEqual(self.shown(), serial_of(RENEWED))
        self.certificates.keep([ServerTLS(cert, key)])
        self.papers.server(CLIENT)
        self.assertEqual(self.look(), [])

    def test_read_once(self) -> None:
        """Listeners with one table have one context."""
        tls = self.papers.server()
        self.assertIs(self.certificates.use(tls), self.certificates.use(ServerTLS(tls.cert, tls.key)))


class UpstreamTests(CertificatesCase):
    """What the proxy shows to upstreams, and whom it trusts."""

    def test_renewed(self) -> None:
        self.listen(self.papers.server(mutual=True))
        tls = self.papers.client(leaf=CLIENT)
        policy = self.certificates.client(tls)
        self.assertIs(self.certificates.client(tls, "any"), policy, "the name is the same")
        self.successResultOf(self.dial(tls, self.certificates))
        self.papers.client(leaf=CLIENT_RENEWED)
        (taken,) = self.look()
        self.assertEqual(taken.files, (tls.cert, tls.key))
        self.successResultOf(self.dial(tls, self.certificates))
        self.assertEqual(
            [serial_seen(one) for one in self.served], [serial_of(CLIENT), serial_of(CLIENT_RENEWED)]
        )

    def test_authority(self) -> None:
        self.listen(self.papers.server(STRANGER))
        trusted = self.papers.client()
        kept = self.certificates.client(trusted)
        self.failureResultOf(self.dial(trusted, self.certificates))
        (self.papers.folder / "ca.pem").write_bytes(FOREIGN.cert_pem.bytes())
        (taken,) = self.look()
        self.assertEqual(taken.files, (trusted.ca,))
        self.successResultOf(self.dial(trusted, self.certificates))
        self.assertIs(self.certificates.client(trusted), kept)

    def test_nobody_dials(self) -> None:
        """What nobody dials with any more is not made again."""
        tls = self.papers.client()
        self.certificates.client(tls, "a.example")
        gc.collect()
        self.assertEqual(len(self.certificates.use(tls).clients), 0)


class StoreTests(CertificatesCase):
    def test_ends(self) -> None:
        """Files have an end while they are in use."""
        tls, other = self.papers.server(), self.papers.client()
        self.certificates.use(tls)
        self.certificates.use(other)
        self.certificates.keep([tls, other])
        ends = self.certificates.ends
        self.assertEqual(set(ends), {tls.cert, other.ca})
        self.assertTrue(self.certificates.has_files)
        self.certificates.keep([ClientTLS()])
        self.assertEqual(ends, {})
        self.assertFalse(self.certificates.has_files)

    def test_unusable(self) -> None:
        tls = self.papers.server()
        Path(tls.key).unlink()
        self.assertRaises(ConfigError, self.certificates.server, tls)
        self.assertFalse(self.certificates.has_files)


class ThreadTests(CertificatesCase):
    """Files are read elsewhere; meanwhile everything may change."""

    def setUp(self) -> None:
        super().setUp()
        self.reading: list[tuple[Callable[[], Any], Deferred[Any]]] = []
        self.certificates = Certificates(self.facts.append, self.in_thread)

    def in_thread(self, call: Callable[[], Any]) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.reading.append((call, done))
        return done

    def read(self) -> None:
        call, done = self.reading.pop()
        done.callback(call())

    def test_given_up(self) -> None:
        """A table that nobody uses any more says nothing."""
        tls = self.papers.server()
        self.certificates.use(tls)
        self.papers.server(RENEWED)
        looking = self.certificates.look()
        call, done = self.reading.pop()
        found = call()
        self.certificates.keep([])
        done.callback(found)
        self.successResultOf(looking)
        self.assertEqual(self.facts, [])

    def test_came_meanwhile(self) -> None:
        """Who dials since then gets what is new as well."""
        self.listen(self.papers.server(STRANGER))
        tls = ClientTLS(self.papers.ca)
        first = self.certificates.client(tls, "a.example")
        (self.papers.folder / "ca.pem").write_bytes(FOREIGN.cert_pem.bytes())
        looking = self.certificates.look()
        call, done = self.reading.pop()
        found = call()
        second = self.certificates.client(tls, "node.example")
        before = first.creator, second.creator
        done.callback(found)
        self.successResultOf(looking)
        self.assertIsNot(first.creator, before[0])
        self.assertIsNot(second.creator, before[1])

    def test_one_at_a_time(self) -> None:
        self.certificates.use(self.papers.server())
        first, second = self.certificates.look(), self.certificates.look(always=True)
        self.assertEqual(len(self.reading), 1)
        self.read()
        self.successResultOf(first)
        self.assertNoResult(second)
        self.read()
        self.successResultOf(second)

    def test_nothing_to_read(self) -> None:
        self.certificates.use(ClientTLS())
        self.successResultOf(self.certificates.look(always=True))
        self.assertEqual(self.reading, [])
