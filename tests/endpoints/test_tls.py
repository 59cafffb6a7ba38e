"""The files of a TLS table: what is wrong with them is said at the start, and no secret with it."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.model import ClientTLS, ServerTLS
from quorumha.endpoints.tls import client_creator, server_context
from quorumha.errors import ConfigError
from tests.endpoints.papers import CLIENT, NODE, Papers


class FilesTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.papers = Papers(self.mktemp())
        self.cert, self.key = self.papers.files("node", NODE)
        self.other_cert, self.other_key = self.papers.files("other", CLIENT)

    def problem(self, make, *arguments) -> str:
        (problem,) = self.assertRaises(ConfigError, make, *arguments).problems
        return problem

    def test_missing(self) -> None:
        missing = str(self.papers.folder / "missing.pem")
        for tls in (
            ServerTLS(missing, self.key),
            ServerTLS(self.cert, missing),
            ServerTLS(self.cert, self.key, missing),
        ):
            self.assertEqual(
                self.problem(server_context, tls), f"{missing} cannot be read: No such file or directory"
            )

    def test_no_certificate(self) -> None:
        empty = self.papers.folder / "empty.pem"
        empty.write_text("nothing")
        self.assertIn(
            "holds no PEM certificate", self.problem(server_context, ServerTLS(str(empty), self.key))
        )

    def test_no_key(self) -> None:
        self.assertIn(
            "holds no PEM private key", self.problem(server_context, ServerTLS(self.cert, self.cert))
        )

    def test_passphrase(self) -> None:
        """Nobody is asked for a passphrase."""
        locked = self.papers.folder / "locked.key"
        private = load_pem_private_key(Path(self.key).read_bytes(), None)
        locked.write_bytes(
            private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"sesame"))
        )
        self.assertIn("without a passphrase", self.problem(server_context, ServerTLS(self.cert, str(locked))))

    def test_another_key(self) -> None:
        problem = self.problem(server_context, ServerTLS(self.cert, self.other_key))
        self.assertEqual(problem, f"{self.other_key} is not the private key of {self.cert}")
        problem = self.problem(
            client_creator, ClientTLS(self.papers.ca, "a.example", self.cert, self.other_key)
        )
        self.assertEqual(problem, f"{self.other_key} is not the private key of {self.cert}")

    def test_no_name(self) -> None:
        self.assertIn("name to check", self.problem(client_creator, ClientTLS(self.papers.ca)))
        client_creator(ClientTLS(self.papers.ca), "node.example")
        client_creator(ClientTLS(self.papers.ca, "node.example"))

    def test_no_name_at_all(self) -> None:
        problem = self.problem(client_creator, ClientTLS(self.papers.ca, "a..example"))
        self.assertEqual(problem, "'a..example' is no name that a certificate can be for")

    def test_half_a_pair(self) -> None:
        self.assertIn(
            "belong together", self.problem(client_creator, ClientTLS(None, "node.example", self.cert))
        )

    def test_system_authorities(self) -> None:
        """Without a ca, the system's are asked."""
        client_creator(ClientTLS(name="node.example"))

    def test_at_least_tls_1_2(self) -> None:
        context = server_context(ServerTLS(self.cert, self.key))
        self.assertGreaterEqual(context.set_options(0) & SSL.OP_NO_TLSv1_1, SSL.OP_NO_TLSv1_1)

    def test_no_secret(self) -> None:
        """Neither errors nor representations show what is in a key."""
        secret = Path(self.key).read_text().splitlines()[1]
        tls = ServerTLS(self.cert, self.key)
        self.assertNotIn(secret, repr(tls) + self.problem(server_context, ServerTLS(self.key, self.key)))
