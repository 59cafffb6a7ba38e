"""The same network with party A's payloads in a real pair of PostgreSQL, behind C{serve = "postgresql"}."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path
from typing import Any

from bench.processes import free_port
from tests.e2e.network import Network
from tests.integration.database import Database, ended_late
from tests.integration.database_pair import PROBE, PROBE_PASSWORD, DatabasePair

#: Who a Tessera of L{tests.e2e.files} logs in as, and to which database.
ROLE, DATABASE = "sa", "tessera"

#: As docs/howto/database.md has it.
PARAMETERS = "targetServerType=primary&connectTimeout=5&loginTimeout=15&tcpKeepAlive=true"

#: Where Debian's libpostgresql-jdbc-java has the driver, unless C{PGJDBC} names another one.
DEBIAN_DRIVER = "/usr/share/java/postgresql.jar"


def driver(jar: str) -> str | None:
    """The path of the JDBC driver that goes beside Tessera's jar; empty: it has one; None: there is none."""
    with zipfile.ZipFile(jar) as opened:
        if "org/postgresql/Driver.class" in opened.namelist():
            return ""
    path = os.environ.get("PGJDBC", DEBIAN_DRIVER)
    return path if Path(path).is_file() else None


def make_database(primary: Database) -> None:
    """What Tessera needs there."""
    primary.ask(f"CREATE ROLE {ROLE} LOGIN")
    primary.ask(f"CREATE DATABASE {DATABASE} OWNER {ROLE}")


def payloads(database: Database) -> set[bytes]:
    """The hashes of all payloads that it has."""
    import psycopg

    with psycopg.connect(database.where(dbname=DATABASE)) as session, ended_late(session):
        return {bytes(one) for (one,) in session.execute("SELECT hash FROM encrypted_transaction")}


class DatabaseNetwork(Network):
    """The processes, without those of the pair.

    @ivar pair: party A's databases, with their role and database for Tessera.
    """

    def __init__(self, *arguments: Any, pair: DatabasePair, **keys: Any) -> None:
        self.pair, self._relay = pair, free_port()
        super().__init__(*arguments, **keys)
        password = self.folder / "password-of-probe"
        password.touch(mode=0o600)
        password.write_text(PROBE_PASSWORD)
        state = self.folder / "state"
        state.mkdir()
        members = ", ".join(
            f'{{ name = "{one.name}", endpoint = "tcp:127.0.0.1:{one.port}" }}' for one in (pair.a, pair.b)
        )
        self.proxy.also(
            f'state_directory = "{state}"\n',
            f"""
[pools.database]
upstreams = [{members}]
check = {{ kind = "postgresql", user = "{PROBE}", password_file = "{password}" }}

[listeners.database]
listen = "tcp:{self._relay}:interface=127.0.0.1"
serve = "postgresql"
pool = "database"
""",
        )

    def _start_databases(self) -> None:
        """The other party's, and the proxy: without that the Tesseras of the pair have none."""
        super()._start_databases()
        super()._start_proxy()
        self._children[0].wait_listening(("127.0.0.1", self._relay))

    def _start_proxy(self) -> None:
        """It runs."""

    def _jdbc(self, name: str, port: int) -> str:
        if name != "a":
            return super()._jdbc(name, port)
        return f"jdbc:postgresql://127.0.0.1:{self._relay}/{DATABASE}?{PARAMETERS}"

    def _java(self) -> list[str]:
        beside = driver(self._jar)
        if not beside:
            return super()._java()
        with zipfile.ZipFile(self._jar) as opened:
            manifest = opened.read("META-INF/MANIFEST.MF").decode()
        (main,) = (line.split()[1] for line in manifest.splitlines() if line.startswith("Main-Class:"))
        return ["java", "-Xmx256M", "-cp", f"{self._jar}:{beside}", main]
