"""Tests for L{quorumha.config.tls_files}."""

from __future__ import annotations

from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from twisted.trial.unittest import SynchronousTestCase

from quorumha.config.model import ClientTLS
from quorumha.config.problems import Problems
from quorumha.config.tls_files import read_tls

PATH = ("pools", "a", "tls")


class FilesTests(SynchronousTestCase):
    """Files of a C{tls} table."""

    authority = trustme.CA()
    leaf = authority.issue_cert("node.example")
    other = authority.issue_cert("other.example")

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def file(self, name: str, data: bytes) -> str:
        """A file with this content."""
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def check(self, ca: str | None, cert: str | None, key: str | None) -> dict[str, str]:
        """What is told of which key of the table."""
        problems = Problems()
        named = {"ca": ca, "cert": cert, "key": key}
        read_tls(ClientTLS, {key: name for key, name in named.items() if name is not None}, PATH, problems)
        for path, _ in problems.errors:
            self.assertEqual(path[:-1], PATH)
        return {str(path[-1]): text for path, text in problems.errors}

    def good(self) -> tuple[str, str, str]:
        """Three files that fit."""
        return (
            self.file("ca.pem", self.authority.cert_pem.bytes()),
            self.file("cert.pem", b"".join(blob.bytes() for blob in self.leaf.cert_chain_pems)),
            self.file("key.pem", self.leaf.private_key_pem.bytes()),
        )

    def test_good(self) -> None:
        """What fits passes."""
        self.assertEqual(self.check(*self.good()), {})
        self.assertEqual(self.check(None, None, None), {})

    def test_missing(self) -> None:
        """Each file that is not there is named."""
        away = str(self.folder / "away")
        told = self.check(f"{away}1", f"{away}2", f"{away}3")
        self.assertEqual(sorted(told), ["ca", "cert", "key"])
        self.assertIn("away2' cannot be read: No such file", told["cert"])
        self.assertIn("Is a directory", self.check(str(self.folder), None, None)["ca"])
        self.assertIn("not a file name", self.check("a\0b", None, None)["ca"])

    def test_half(self) -> None:
        """A certificate without a key, or a key without one, is half of something."""
        _, cert, key = self.good()
        self.assertEqual(self.check(None, cert, None), {"cert": "`cert` needs `key` beside it"})
        self.assertEqual(self.check(None, None, key), {"key": "`key` needs `cert` beside it"})

    def test_strangers(self) -> None:
        """A key of another certificate is told from the right one."""
        _, cert, _ = self.good()
        key = self.file("other.pem", self.other.private_key_pem.bytes())
        self.assertIn("is not the private key of", self.check(None, cert, key)["key"])

    def test_rubbish(self) -> None:
        """Files that hold something else."""
        _, cert, key = self.good()
        rubbish = self.file("rubbish", b"\xff rubbish")
        told = self.check(rubbish, rubbish, rubbish)
        self.assertIn("no PEM certificate", told["ca"])
        self.assertIn("no PEM certificate", told["cert"])
        self.assertIn("no PEM private key", told["key"])
        self.assertEqual(sorted(self.check(key, key, cert)), ["ca", "cert", "key"])
        self.assertIn("no PEM certificate", self.check(self.file("empty", b""), None, None)["ca"])

    def test_passphrase(self) -> None:
        """A key under a passphrase is refused without asking for it."""
        _, cert, _ = self.good()
        private = load_pem_private_key(self.leaf.private_key_pem.bytes(), None)
        sealed = private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"a passphrase")
        )
        told = self.check(None, cert, self.file("sealed.pem", sealed))
        self.assertIn("is protected by a passphrase", told["key"])
