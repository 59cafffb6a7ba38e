"""What tests of C{serve = "postgresql"} share: databases, a real C{twistd quorumha} before them, writers."""

from __future__ import annotations

import atexit
import itertools
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar

import psycopg
from twisted.trial.unittest import SkipTest, SynchronousTestCase

from bench.processes import LATE, ROOT
from tests.integration.database import Database, why_no_database
from tests.integration.database_pair import PROBE, PROBE_PASSWORD, DatabasePair, shared_pair
from tests.integration.proxies import Proxy
from tests.integration.row_writer import RowWriter
from tests.integration.topology import Listener, Member, Pool, Topology
from tests.integration.wall_clock import WallClock

#: Seconds; small, so that a test does not take long.
LEASE, INTERVAL, TIMEOUT = 1.0, 0.2, 0.4
#: A lease that no test of a process that is paused for a moment outlasts, however busy the machine is.
LONG_LEASE = 30.0
#: How long a new session waits, and how long one is held: where it is not to matter, and at C{short}.
HOLD, SHORT_HOLD = 30.0, 1.0

_numbers = itertools.count(1)


def pool(
    pair: DatabasePair, folder: Path, name: str, by_link: bool = False, host: str = "127.0.0.1", **keys: Any
) -> Pool:
    """Both databases, asked for their roles.

    @param folder: where the probe's password is put.
    @param by_link: by their links, so that they can be cut off.
    @param host: where both are, by address or name.
    @param keys: more keys of the pool.
    """
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(PROBE_PASSWORD)
    asked = {"user": PROBE, "password_file": str(password), "interval": INTERVAL, "timeout": TIMEOUT}
    both = (pair.a, pair.b)
    ports = [one.link.port if by_link else one.port for one in both]
    members = tuple(Member(port, name=one.name, host=host) for port, one in zip(ports, both, strict=True))
    check = {"kind": "postgresql", **asked}
    return Pool(name, members, {"check": check, "lease": LEASE, "connect_timeout": 1.0, **keys})


def relay(
    folder: Path,
    *pools: Pool,
    holds: dict[str, float] | None = None,
    clock: WallClock | None = None,
    **keys: Any,
) -> Proxy:
    """A proxy with one listener, called as its pool, for each pool; it listens.

    @param folder: of the proxy alone; what it keeps there outlives it.
    @param holds: seconds, by listener.
    @param clock: that the test sets; the machine's unless given.
    @param keys: more keys of the whole.
    """
    state = folder / "state"
    state.mkdir(parents=True)
    listeners = tuple(
        Listener(one.name, one.name, "postgresql", keys={"hold": (holds or {}).get(one.name, HOLD)})
        for one in pools
    )
    admin = {"listen": f"unix:{folder}/admin.sock"}
    topology = Topology(pools, listeners, keys={"state_directory": str(state), "admin": admin, **keys})
    return Proxy(topology, folder, "quorumha", environment=clock and clock.environment).wait()


class DatabaseCase(SynchronousTestCase):
    """One pair in a known state, and one proxy before it for all tests; what a test starts ends with it.

    The proxy's listeners: C{db} and C{other}, of one group; C{links}, whose members can be cut off;
    C{patient}, that has a L{LONG_LEASE}; C{short}, that has a L{SHORT_HOLD}, and whose
    members are given by name.

    @ivar pair: the databases.
    @ivar proxy: it; C{clock}: by what it measures time.
    """

    pair: DatabasePair
    clock: ClassVar[WallClock]
    _proxies: ClassVar[list[Proxy]] = []

    def setUp(self) -> None:
        if reason := why_no_database():
            raise SkipTest(reason)
        self.pair = shared_pair(DatabaseCase._end)
        if not self._proxies:
            self._start()
        self.proxy = self._proxies[-1]
        self.mark = len(self._log())
        self.writers: list[RowWriter] = []
        self.addCleanup(lambda: [writer.end() for writer in self.writers])

    def _start(self) -> None:
        folder = Path(tempfile.mkdtemp(prefix="quorumha-test-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        pools = (
            pool(self.pair, folder, "db", writer_group="party"),
            pool(self.pair, folder, "other", writer_group="party"),
            pool(self.pair, folder, "links", by_link=True),
            pool(self.pair, folder, "patient", lease=LONG_LEASE),
            pool(self.pair, folder, "short", host="localhost"),
        )
        DatabaseCase.clock = WallClock(folder / "clock", ROOT)
        self._keep(relay(folder / "q", *pools, holds={"short": SHORT_HOLD}, clock=self.clock))

    def _keep(self, proxy: Proxy) -> None:
        self._proxies.append(proxy)
        atexit.register(proxy.kill)

    @staticmethod
    def _end() -> None:
        """No proxy is there: another one's tests of the pair count its sessions."""
        while DatabaseCase._proxies:
            DatabaseCase._proxies.pop().kill()

    def restart(self) -> None:
        """The proxy, that was killed, in a new process: at the same addresses, with what it kept on disk."""
        old = self.proxy
        self._keep(
            Proxy(old.topology, old.directory, "quorumha", old.addresses, None, old.environment).wait()
        )
        self.proxy = self._proxies[-1]

    def _log(self) -> str:
        return self.proxy.child.log.read_text(errors="replace")

    @property
    def said(self) -> str:
        """What the proxy's log has of this test."""
        return self._log()[self.mark :]

    def says(self, text: str) -> None:
        """Return when its log says so."""
        self.proxy.child.wait_until(lambda: text in self.said, f"said {text!r}")

    def ran(self, *words: str) -> str:
        """What C{quorumha database} says, asked to do this."""
        command = [sys.executable, "-m", "quorumha", "database", *words]
        admin = ("--admin", f"unix:{self.proxy.directory}/admin.sock")
        done = subprocess.run(
            [*command, *admin], cwd=ROOT, capture_output=True, text=True, timeout=LATE, check=False
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def where(self, listener: str = "db") -> str:
        """How libpq connects through it."""
        port = self.proxy.addresses[listener]
        return f"host=127.0.0.1 port={port} user=postgres dbname=postgres connect_timeout=60"

    def writer(self, listener: str = "db") -> RowWriter:
        """One that writes through it, and has begun to."""
        writer = RowWriter(f"{self.id().rpartition('.')[2]}-{next(_numbers)}", self.where(listener))
        self.writers.append(writer)
        writer.more(self.pair.primary)
        return writer

    def paused(self, listener: str = "db") -> None:
        """Return when the primary's lease is over."""
        group = {"db": "party", "other": "party"}.get(listener, listener)
        self.says(f"{group}: the sessions of {self.pair.primary.name} pause")

    def promote(self) -> tuple[Database, Database, float]:
        """Promote the standby.

        @return: the old primary, the new one, and when, by C{time.time()}, at the latest.
        """
        old = self.pair.primary
        new = self.pair.promote()
        return old, new, time.time()

    def refused(self, where: str) -> str:
        """What a client is told, who gets no session; it waits for that as long as it must."""
        with self.assertRaises(psycopg.OperationalError) as caught:
            psycopg.connect(where)
        self.assertIn("FATAL:  quorumha: no writable database (", str(caught.exception))
        return str(caught.exception)

    def moved_once(self, writer: RowWriter, old: Database, new: Database) -> None:
        """It wrote to one, then to the other, and never went back; it had one error for its one session."""
        ports = [one.port for one in writer.written]
        moved = ports.index(new.port)
        self.assertEqual(set(ports[:moved]), {old.port})
        self.assertEqual(set(ports[moved:]), {new.port})
        broken = [one.text for one in writer.troubles if one.session]
        self.assertEqual(len(broken), 1, broken)

    def accounted(self, writer: RowWriter, new: Database) -> None:
        """Every row that was acknowledged is on the new primary."""
        acknowledged = {one.number for one in writer.written}
        there = {number for (number,) in new.ask("SELECT number FROM rows WHERE writer = %s", writer.name)}
        self.assertEqual(acknowledged - there, set())

    def late_rows(self, old: Database, since: float) -> list[tuple[str, int]]:
        """What was written to it after that: by whom, and the row's number."""
        late = "port = %s AND at > to_timestamp(%s)"
        return [(a, b) for a, b in old.ask(f"SELECT writer, number FROM rows WHERE {late}", old.port, since)]
