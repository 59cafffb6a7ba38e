"""What drivers make of a session that waited in vain: whatever they ask for first, they say why."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import psycopg
from twisted.trial.unittest import SkipTest

from tests.integration.database_case import DatabaseCase

#: Where Debian's libpostgresql-jdbc-java puts it.
JAR = Path("/usr/share/java/postgresql.jar")
SOURCE = Path(__file__).with_name("RefusedSession.java")
CAUSE = "quorumha: no writable database (no member says that it is a primary"


class RefusedCase(DatabaseCase):
    """The primary has become a standby, and nobody was promoted."""

    def setUp(self) -> None:
        super().setUp()
        self.writer("short")
        self.pair.primary.demote()
        self.says("short: nobody is written to")

    def told(self, *more: str) -> str:
        """What libpq says."""
        with self.assertRaises(psycopg.OperationalError) as caught:
            psycopg.connect(" ".join([self.where("short"), *more]))
        return str(caught.exception)


class PsycopgTests(RefusedCase):
    """libpq."""

    def test_cause(self) -> None:
        """With TLS or without it, with a request for GSSAPI before; who insists on TLS is refused that."""
        for mode in ("disable", "prefer"):
            self.assertIn(f"FATAL:  {CAUSE}", self.told(f"sslmode={mode}"))
        self.assertIn(f"FATAL:  {CAUSE}", self.told("sslmode=prefer", "gssencmode=disable"))
        self.assertIn("server does not support SSL", self.told("sslmode=require"))
        self.says(f"was dropped: {CAUSE.removeprefix('quorumha: ')}")


class PgjdbcTests(RefusedCase):
    """Tessera's driver."""

    def test_each_mode(self) -> None:
        """All that may do without TLS have SQLState and cause."""
        java = shutil.which("java")
        if java is None or not JAR.exists():
            raise SkipTest(f"needs java, and {JAR} (libpostgresql-jdbc-java)")
        port = str(self.proxy.addresses["short"])
        done = subprocess.run(
            [java, "-cp", str(JAR), str(SOURCE), port],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        lines = done.stdout.splitlines()
        self.assertEqual([line.split()[0] for line in lines], ["disable", "allow", "prefer", "require"])
        for line in lines[:3]:
            self.assertIn(f" 57P03 FATAL: {CAUSE}", line)
        self.assertIn("08004", lines[3])


del RefusedCase, DatabaseCase
