"""For how long certificates hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import trustme
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.kinds import parse_config
from quorumha.config.certificate_days import days_left, tls_tables
from quorumha.config.model import ServerTLS

DAY = 86400


class DaysTests(SynchronousTestCase):
    authority = trustme.CA()
    leaf = authority.issue_cert("node.example", not_after=datetime(2030, 1, 31, 12, tzinfo=UTC))
    end = datetime(2030, 1, 31, 12, tzinfo=UTC).timestamp()

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.cert, self.key, self.ca = (self.folder / name for name in ("c.pem", "k.pem", "ca.pem"))
        self.cert.write_bytes(b"".join(one.bytes() for one in self.leaf.cert_chain_pems))
        self.key.write_bytes(self.leaf.private_key_pem.bytes())
        self.ca.write_bytes(self.authority.cert_pem.bytes())
        self.config = parse_config(
            f'[pools.p]\nupstreams = ["https://node.example"]\ntls = {{ ca = "{self.ca}" }}\n'
            f'[admin]\nlisten = "tcp:1:interface=127.0.0.1"\n'
            f'tls = {{ cert = "{self.cert}", key = "{self.key}" }}\n'
            f'[listeners.l]\nlisten = "tcp:2"\nserve = "http"\npool = "p"\n'
            f'tls = {{ cert = "{self.cert}", key = "{self.key}", client_ca = "{self.ca}" }}\n',
            "q.toml",
            {},
        )

    def said(self, days: float) -> tuple[list[str], list[str]]:
        """So many days before the end; of the certificate alone."""
        found = days_left(self.config, self.end - days * DAY)
        return tuple([one for one in lines if one.startswith("the certificate")] for lines in found)  # type: ignore[return-value]

    def test_tables(self) -> None:
        """Listeners', the admin's and pools'."""
        cert, key, ca = str(self.cert), str(self.key), str(self.ca)
        pool = self.config.pools["p"].tls
        expected = [ServerTLS(cert, key, ca), ServerTLS(cert, key), pool]
        self.assertEqual(list(tls_tables(self.config)), expected)

    def test_days(self) -> None:
        """Each file once; fewer than 14 days are a warning."""
        said = f"the certificate in {self.cert} holds for %s, until 2030-01-31"
        self.assertEqual(self.said(14.5), ([], [said % "14 more days"]))
        self.assertEqual(self.said(13.9), ([said % "13 more days"], []))
        self.assertEqual(self.said(1.5), ([said % "1 more day"], []))
        self.assertEqual(self.said(0.5), ([said % "0 more days"], []))
        self.assertEqual(self.said(-1), ([f"the certificate in {self.cert} ended on 2030-01-31"], []))

    def test_authorities(self) -> None:
        _, notes = days_left(self.config, self.end)
        (said,) = notes
        self.assertTrue(said.startswith(f"the last of the authorities in {self.ca} holds for "))

    def test_gone(self) -> None:
        """Of a file that went meanwhile that is said."""
        self.cert.unlink()
        (warning,), _ = days_left(self.config, self.end)
        self.assertIn("cannot be read any more: No such file", warning)
