"""TLS of a client and a real PostgreSQL with each other, through C{serve = "postgresql"}."""

from __future__ import annotations

from pathlib import Path

import psycopg
import trustme

from tests.integration.database_case import DatabaseCase
from tests.integration.database_pair import PROBE, PROBE_PASSWORD


class TLSTests(DatabaseCase):
    """The database has a certificate; the proxy has none, and needs none."""

    def setUp(self) -> None:
        super().setUp()
        authority = trustme.CA()
        self.trusted = Path(self.mktemp())
        authority.cert_pem.write_to_path(str(self.trusted))
        self.pair.primary.encrypt(authority.issue_cert("127.0.0.1"))
        self.addCleanup(self.pair.primary.set, "ssl", "off")

    def session(self, **more: str) -> psycopg.Connection:
        """One through the proxy, of who has a password, and checks whom it gives it to."""
        keys = {"user": PROBE, "password": PROBE_PASSWORD, "sslrootcert": str(self.trusted), **more}
        return psycopg.connect(self.where(), sslmode="verify-full", autocommit=True, **keys)

    def test_as_without_a_proxy(self) -> None:
        """The client sees the certificate of the database, with all that it can check: the name, and that
        nobody between the two speaks TLS (SCRAM's channel binding).  It pauses as any session does."""
        with self.session(channel_binding="require", require_auth="scram-sha-256") as session:
            own = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
            self.assertEqual(session.execute(own).fetchone(), (True,))
            with self.pair.primary.hung():
                self.paused()
            self.assertEqual(session.execute(own).fetchone(), (True,))
        with self.assertRaises(psycopg.OperationalError) as caught:
            self.session(host="db.example", hostaddr="127.0.0.1")
        self.assertIn("does not match host name", str(caught.exception))


del DatabaseCase
