"""One real PostgreSQL on loopback: made, started, stopped, hung, killed, promoted, asked."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import trustme

from bench.processes import LATE, Child
from tests.integration.cut_link import CutLink
from tests.integration.kept_port import KeptPort

#: Its oldest release that these tests know: C{pg_control_system()} may be asked, C{pg_rewind} recovers.
OLDEST = 13

#: Where Debian puts the programs of each release.
DEBIAN = Path("/usr/lib/postgresql")

#: Who it runs as where we are root: it refuses to run as root.
ACCOUNT = "postgres"

_HBA = """\
host all quorumha_probe 127.0.0.1/32 scram-sha-256
host replication all 127.0.0.1/32 trust
host all all 127.0.0.1/32 trust
"""

#: What is asked of a machine that has other things to do; nothing is kept beyond the test.
_SETTINGS = {
    "fsync": "off",
    "wal_level": "replica",
    "wal_log_hints": "on",
    "hot_standby": "on",
    "shared_buffers": "16MB",
    "max_connections": "150",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
    "wal_receiver_timeout": "60s",
    "wal_retrieve_retry_interval": "200ms",
    "wal_receiver_status_interval": "1s",
}


def programs() -> Path | None:
    """The folder of its programs: Debian's newest release, or that of the path; None where there is none."""
    found = sorted(
        (int(path.parent.name), path) for path in DEBIAN.glob("*/bin") if path.parent.name.isdigit()
    )
    for release, path in reversed(found):
        if release >= OLDEST and (path / "initdb").exists():
            return path
    known = shutil.which("initdb")
    return Path(known).resolve().parent if known is not None else None


def why_no_database() -> str | None:
    """Why this machine has none for tests, if so."""
    if programs() is None:
        return f"PostgreSQL {OLDEST} or newer is not installed (Debian: apt-get install postgresql)"
    if find_spec("psycopg") is None:
        return 'psycopg is not installed (pip install "psycopg[binary]")'
    if account() is not None:
        try:
            pwd.getpwnam(ACCOUNT)
        except KeyError:
            return f"PostgreSQL does not run as root, and there is no account {ACCOUNT!r}"
    return None


def account() -> str | None:
    """Who its processes run as; None: as we do."""
    return ACCOUNT if os.getuid() == 0 else None


def end_session(session: Any) -> None:
    """Close the socket of a session of psycopg, whatever its thread waits for: that one gets an error."""
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(session.fileno())) as copy:
        copy.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def ended_late(session: Any) -> Iterator[None]:
    """At most C{LATE} seconds: C{statement_timeout} ends no wait for a synchronous standby."""
    timer = threading.Timer(LATE + 1, end_session, (session,))
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Database:
    """One server with its own folder, port and link; the port is its own while it is down, too.

    @param folder: where its data are put, in one of its name; its account may enter it.
    @param settings: more lines of C{postgresql.conf}, by name.
    @ivar port: where it listens, on loopback.
    @ivar link: another way to it, that can be cut; its standby takes this one.
    """

    def __init__(self, name: str, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.name = name
        self.data = folder / name
        self._folder = folder
        self._settings = {**_SETTINGS, **(settings or {})}
        self._kept = KeptPort()
        self.port = self._kept.port
        self.link = CutLink(self.port)
        self._child: Child | None = None
        self._hung: list[int] = []

    def run(self, program: str, *arguments: str) -> str:
        """What one of its programs printed, run as its account.

        @raise AssertionError: it failed.
        """
        home = programs()
        assert home is not None
        user = account()
        done = subprocess.run(
            [str(home / program), *arguments],
            cwd=self._folder,
            user=user,
            extra_groups=None if user is None else (),
            capture_output=True,
            text=True,
            timeout=LATE,
            check=False,
        )
        if done.returncode:
            raise AssertionError(f"{program} {self.name}: {done.stderr[-2000:]}")
        return done.stdout

    def make(self) -> None:
        """An empty cluster; it does not run yet."""
        options = ("--no-sync", "--locale=C", "--encoding=UTF8", "--username=postgres", "--auth=trust")
        self.run("initdb", "-D", str(self.data), *options)
        self._configure()

    def copy(self, primary: Database) -> None:
        """Become a new standby of C{primary}, whatever was here: C{pg_basebackup -R -C -S}."""
        self.kill()
        shutil.rmtree(self.data, ignore_errors=True)
        self._leave(primary)
        options = ("-R", "-C", "-S", self._slot, "--checkpoint=fast", "--no-sync")
        self.run("pg_basebackup", "-d", self._source(primary), "-D", str(self.data), *options)
        self._configure()

    def rewind(self, primary: Database) -> None:
        """Become a standby of C{primary}, that was promoted from one of ours: C{pg_rewind -R}."""
        self.kill()
        self._leave(primary)
        primary.ask("SELECT pg_create_physical_replication_slot(%s, true)", self._slot)
        source = f"{self._source(primary)} dbname=postgres"
        self.run("pg_rewind", "-D", str(self.data), "--source-server", source, "-R", "--no-sync")
        # C{-R} writes no slot: the file is the source's, and names the slot that that one had once.
        self._configure(f"primary_slot_name = '{self._slot}'\n")

    @property
    def _slot(self) -> str:
        """What the primary keeps for us."""
        return f"of_{self.name}"

    def _source(self, primary: Database) -> str:
        return f"host=127.0.0.1 port={primary.link.port} user=postgres application_name={self.name}"

    def _leave(self, primary: Database) -> None:
        """The primary forgets what it kept for us."""
        primary.ask(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s",
            self._slot,
        )

    def start(self) -> None:
        """Start it as it was; return when it takes sessions."""
        home = programs()
        assert home is not None
        self._child = Child(
            [str(home / "postgres"), "-D", str(self.data)],
            self._folder / f"{self.name}.log",
            user=account(),
            folder=self._folder,
        )
        self._child.wait_until(self._takes_sessions, "takes sessions")

    def stop(self) -> None:
        """Ask it to end its sessions and to stop in order."""
        self.resume()
        if self._child is not None:
            self._child.stop(signal.SIGINT)

    def kill(self) -> None:
        """As if its machine lost its power: SIGKILL to all its processes.  It can be started again."""
        if self._child is None:
            return
        if self._child.popen.poll() is None:
            others = self._child.tree()[1:]
            # The first one first: it would start others in their place.
            self._child.kill()
            for pid in others:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._hung = []
        self._child = None

    def hang(self) -> None:
        """None of its processes gets a turn any more: SIGSTOP to all."""
        assert self._child is not None
        # The first one first: then there come no new ones.
        self._child.popen.send_signal(signal.SIGSTOP)
        self._hung = self._child.tree()
        for pid in self._hung[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on after L{hang}, as if nothing had been."""
        for pid in self._hung:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
        self._hung = []

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """It hangs meanwhile."""
        self.hang()
        try:
            yield
        finally:
            self.resume()

    @property
    def runs(self) -> bool:
        """Whether its first process lives and is not stopped."""
        return self._child is not None and self._child.popen.poll() is None and not self._hung

    def promote(self) -> None:
        """Make a primary of a standby; return when it is one."""
        self.ask("SELECT pg_promote(true, 60)")

    def demote(self) -> None:
        """Start a primary again as a standby that follows nobody."""
        self.stop()
        (self.data / "standby.signal").touch()
        self._set_last("primary_conninfo = ''\n")
        self.start()

    def ask(self, text: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of one statement, in a session of its own."""
        import psycopg

        with psycopg.connect(self.where(), autocommit=True) as session, ended_late(session):
            result = session.execute(text, values or None)  # type: ignore[call-overload]
            return result.fetchall() if result.description is not None else []

    def wait_until(self, condition: str) -> None:
        """Return when it is true: waited for in the server, at most C{LATE} seconds.

        @param condition: an expression of SQL.
        """
        self.ask(
            f"DO $$ BEGIN WHILE ({condition}) IS NOT TRUE LOOP"
            " PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); END LOOP; END $$"
        )

    def where(self, **more: object) -> str:
        """How psycopg connects to it; C{more} are keys of libpq's."""
        keys = {"host": "127.0.0.1", "port": self.port, "user": "postgres", "dbname": "postgres"}
        limits = {"connect_timeout": int(LATE), "options": f"'-c statement_timeout={int(LATE)}s'"}
        return " ".join(f"{name}={value}" for name, value in {**keys, **limits, **more}.items())

    @property
    def primary(self) -> bool:
        """Whether it says that it is one."""
        return not self.ask("SELECT pg_is_in_recovery()")[0][0]

    @property
    def timeline(self) -> int:
        """A primary's."""
        return int(self.ask("SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)")[0][0], 16)

    def set(self, name: str, value: str) -> None:
        """Change one setting of a server that runs (C{ALTER SYSTEM}, and its files are read again)."""
        self.ask(f"ALTER SYSTEM SET {name} = '{value}'")
        self.ask("SELECT pg_reload_conf()")

    def encrypt(self, certificate: trustme.LeafCert) -> None:
        """Speak TLS with whoever likes that, from now on; C{ssl = off} ends it."""
        owner = self.data.stat()
        for name, blob in (
            ("server.key", certificate.private_key_pem),
            ("server.crt", certificate.cert_chain_pems[0]),
        ):
            path = self.data / name
            blob.write_to_path(str(path))
            path.chmod(0o600)
            os.chown(path, owner.st_uid, owner.st_gid)
        self.set("ssl", "on")

    def close(self) -> None:
        """It is killed, and its port is free."""
        self.kill()
        self.link.close()
        self._kept.close()

    def _takes_sessions(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.where(connect_timeout=2)).close()
        except psycopg.OperationalError:
            return False
        return True

    def _configure(self, more: str = "") -> None:
        """Its own files of configuration, not those that were copied with the data."""
        lines = [f"{name} = '{value}'" for name, value in {**self._settings, "port": self.port}.items()]
        (self.data / "postgresql.conf").write_text("\n".join(lines) + "\n")
        (self.data / "pg_hba.conf").write_text(_HBA)
        # What C{-R} wrote is kept; what was set while the primary ran is not ours.
        self._set_last(f"synchronous_standby_names = ''\n{more}")

    def _set_last(self, text: str) -> None:
        """The last line counts."""
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.write(text)
