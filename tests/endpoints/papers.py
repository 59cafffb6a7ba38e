"""Certificates and keys as files, for the TLS tests."""

from __future__ import annotations

import datetime
from pathlib import Path

import trustme

from quorumha.config.model import ClientTLS, ServerTLS

#: Both are made once: keys take time, and nobody changes them.
AUTHORITY = trustme.CA()
FOREIGN = trustme.CA()
NODE = AUTHORITY.issue_cert("node.example", "127.0.0.1", "::1")
CLIENT = AUTHORITY.issue_cert("client.example")
YESTERDAY = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
EXPIRED = AUTHORITY.issue_cert("node.example", "127.0.0.1", not_after=YESTERDAY)
#: With a common name alone.
NAMELESS = AUTHORITY.issue_cert(common_name="node.example")
STRANGER = FOREIGN.issue_cert("node.example", "127.0.0.1")


class Papers:
    """The files of one test, in one folder."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self.folder.mkdir()
        self.ca = self._write("ca.pem", AUTHORITY.cert_pem.bytes())
        self.foreign_ca = self._write("foreign.pem", FOREIGN.cert_pem.bytes())

    def _write(self, name: str, data: bytes) -> str:
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    def files(self, name: str, leaf: trustme.LeafCert) -> tuple[str, str]:
        """The certificate with its chain, and the key."""
        chain = b"".join(pem.bytes() for pem in leaf.cert_chain_pems)
        return self._write(f"{name}.pem", chain), self._write(f"{name}.key", leaf.private_key_pem.bytes())

    def server(self, leaf: trustme.LeafCert = NODE, *, mutual: bool = False) -> ServerTLS:
        """A listener with this certificate."""
        cert, key = self.files("server", leaf)
        return ServerTLS(cert, key, self.ca if mutual else None)

    def client(
        self, name: str | None = "node.example", leaf: trustme.LeafCert | None = None, ca: str | None = None
    ) -> ClientTLS:
        """A client that wants this name, and shows this certificate."""
        cert, key = (None, None) if leaf is None else self.files("client", leaf)
        return ClientTLS(ca or self.ca, name, cert, key)
