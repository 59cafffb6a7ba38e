"""Two databases behind one proxy, and clients that write rows: for tests of everything between."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.pool.one_writer import WriterState
from quorumha.testing import DatabaseClient, FactRecorder, MemoryProxy

TOML = """state_directory = "/var/lib/quorumha"
[pools.db]
upstreams = [{ name = "a", endpoint = "tcp:10.0.0.1:5432" }, { name = "b", endpoint = "tcp:10.0.0.2:5432" }]
check = "patroni"
[listeners.db]
listen = "tcp:5432"
serve = "postgresql"
pool = "db"
"""


class SessionCase(SynchronousTestCase):
    """C{a} is the primary, C{b} its standby; their Patronis are asked each half second."""

    toml = TOML

    def setUp(self) -> None:
        self.facts = FactRecorder()
        self.proxy = MemoryProxy(self.toml)
        self.proxy.service.observers.add(self.facts)
        self.net = self.proxy.net
        self.proxy.simulate()
        self.cluster = self.proxy.cluster
        self.proxy.start()

    def tearDown(self) -> None:
        self.proxy.stop()
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def client(self, *encryption: bytes, listener: str = "db") -> DatabaseClient:
        """One that connects to the proxy."""
        return DatabaseClient.to(self.net.client_endpoint(self.proxy.place_of(listener)), *encryption)

    def clients(self, count: int) -> list[DatabaseClient]:
        """So many, that are logged in."""
        made = [self.client() for _ in range(count)]
        self.net.advance(1)
        self.assertEqual([one.ready for one in made], [True] * count)
        return made

    def state(self, pool: str = "db") -> WriterState:
        """Who is written to."""
        writer = self.proxy.service.pools[pool].writer
        assert writer is not None
        return writer.state()

    def pause(self) -> None:
        """The Patroni of C{a} hangs, the database does not: its sessions pause, now."""
        self.net.hang("10.0.0.1:8008")
        for _ in range(50):
            if self.state().paused:
                return
            self.net.advance(0.1)
        self.fail("nothing pauses")

    def waiting(self, listener: str = "db") -> int:
        """How many wait there."""
        return self.proxy.service.parts[listener].shown().waiting

    def rows(self, name: str) -> list[str]:
        """What a database has."""
        return self.cluster.databases[name].rows
