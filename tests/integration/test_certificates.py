"""A real process with TLS: its files change while it serves."""

from __future__ import annotations

import signal
import socket
import ssl
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trustme
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate
from twisted.trial.unittest import SynchronousTestCase

from bench.processes import LATE, Child, free_port
from tests.integration.nodes import Node

REQUEST = b"GET /hello HTTP/1.1\r\nHost: proxy\r\n\r\n"


class CertificatesTests(SynchronousTestCase):
    """Kept in a directory as Kubernetes keeps a secret: links to files in a directory that is swapped."""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="quorumha-test-", ignore_cleanup_errors=True)
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)
        self.authority = trustme.CA()
        self.first, self.second, self.third = (self.authority.issue_cert("127.0.0.1") for _ in range(3))
        self.node = Node("a", self.folder)
        self.addCleanup(self.node.kill)
        self.secret = self.folder / "secret"
        self.secret.mkdir()
        self.put("one", self.first, self.first)
        for name in ("tls.crt", "tls.key"):
            (self.secret / name).symlink_to(f"..data/{name}")
        self.port = free_port()
        self.file = self.folder / "quorumha.toml"
        self.file.write_text(self.text(self.secret, "100ms"))
        command = [sys.executable, "-m", "quorumha", "run", str(self.file)]
        self.proxy = Child(command, self.folder / "log")
        self.addCleanup(self.proxy.kill)
        self.proxy.wait_listening(("127.0.0.1", self.port))

    def text(self, folder: Path, poll: str) -> str:
        return (
            f'tls_poll = "{poll}"\n[pools.p]\nupstreams = ["http://127.0.0.1:{self.node.port}"]\n'
            f'check = "off"\n[listeners.l]\nlisten = "tcp:{self.port}:interface=127.0.0.1"\nserve = "http"\n'
            f'pool = "p"\ntls = {{ cert = "{folder}/tls.crt", key = "{folder}/tls.key" }}\n'
        )

    def put(self, name: str, certificate: trustme.LeafCert, key: trustme.LeafCert) -> None:
        """Swap the directory for another one, in one step."""
        folder = self.secret / name
        folder.mkdir()
        (folder / "tls.crt").write_bytes(certificate.cert_chain_pems[0].bytes())
        (folder / "tls.key").write_bytes(key.private_key_pem.bytes())
        new = self.secret / "..new"
        new.symlink_to(name)
        new.replace(self.secret / "..data")

    @contextmanager
    def connected(self) -> Iterator[ssl.SSLSocket]:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        with (
            socket.create_connection(("127.0.0.1", self.port), LATE) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
        ):
            yield client

    def ask(self, client: ssl.SSLSocket) -> None:
        """It is served."""
        client.sendall(REQUEST)
        found = b""
        while b"GET /hello" not in found:
            piece = client.recv(65536)
            self.assertNotEqual(piece, b"", found)
            found += piece
        self.assertTrue(found.startswith(b"HTTP/1.1 200"), found)

    def assert_shown(self, client: ssl.SSLSocket, leaf: trustme.LeafCert) -> None:
        seen = client.getpeercert(binary_form=True)
        assert seen is not None
        expected = load_pem_x509_certificate(leaf.cert_chain_pems[0].bytes())
        self.assertEqual(load_der_x509_certificate(seen).serial_number, expected.serial_number)

    def assert_new(self, leaf: trustme.LeafCert) -> None:
        """Who comes now is shown this one, and served."""
        with self.connected() as client:
            self.assert_shown(client, leaf)
            self.ask(client)

    def test_life(self) -> None:
        """Renewed; a pair that does not fit; other files by a reload: one connection through all."""
        with self.connected() as old:
            self.ask(old)
            self.put("two", self.second, self.second)
            self.proxy.wait_said("tls.key changed: new TLS connections use")
            self.assert_new(self.second)
            self.ask(old)
            self.put("three", self.third, self.second)
            self.proxy.wait_said("cannot be used as they are, and new connections get what was there")
            self.assert_new(self.second)
            self.ask(old)
            # By now the file is refused as a whole, and nothing changes.
            self.proxy.popen.send_signal(signal.SIGHUP)
            self.proxy.wait_said("was not taken")
            self.assert_new(self.second)
            other = self.folder / "other"
            other.mkdir()
            (other / "tls.crt").write_bytes(self.third.cert_chain_pems[0].bytes())
            (other / "tls.key").write_bytes(self.third.private_key_pem.bytes())
            self.file.write_text(self.text(other, "0s"))
            self.proxy.popen.send_signal(signal.SIGHUP)
            self.proxy.wait_said("was taken")
            self.assert_new(self.third)
            self.ask(old)
            # Now nobody looks before the next reload.
            (other / "tls.crt").write_bytes(self.first.cert_chain_pems[0].bytes())
            (other / "tls.key").write_bytes(self.first.private_key_pem.bytes())
            self.proxy.popen.send_signal(signal.SIGHUP)
            self.proxy.wait_said("other/tls.key changed")
            self.assert_new(self.first)
            self.ask(old)
            self.assert_shown(old, self.first)
        said = self.proxy.log.read_text()
        self.assertEqual(said.count("get what was there before"), 1)
        self.assertNotIn("Traceback", said)
        self.assertNotIn("PRIVATE KEY", said)
