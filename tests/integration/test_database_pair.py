"""What the tests of databases rest on: the pair itself."""

from __future__ import annotations

import contextlib
import socket

from twisted.trial.unittest import SkipTest, SynchronousTestCase

from tests.integration.cut_link import CutLink
from tests.integration.database import why_no_database
from tests.integration.database_pair import PROBE, PROBE_PASSWORD, DatabasePair, shared_pair
from tests.integration.kept_port import KeptPort


class DatabasePairTests(SynchronousTestCase):
    """Each trouble is the one that it is called."""

    pair: DatabasePair

    def setUp(self) -> None:
        if reason := why_no_database():
            raise SkipTest(reason)
        self.pair = shared_pair()

    def test_follows(self) -> None:
        """What the primary has, the standby has; it takes no writes."""
        import psycopg

        self.pair.primary.ask("INSERT INTO rows VALUES ('follows', 1)")
        self.pair.caught_up()
        found = self.pair.standby.ask("SELECT port FROM rows WHERE writer = 'follows'")
        self.assertEqual(found, [(self.pair.primary.port,)])
        with self.assertRaises(psycopg.errors.ReadOnlySqlTransaction):
            self.pair.standby.ask("INSERT INTO rows VALUES ('follows', 2)")

    def test_promoted(self) -> None:
        """A promotion begins a higher timeline; the old primary is one still, and comes back as one."""
        old, before = self.pair.primary, self.pair.primary.timeline
        old.kill()
        new = self.pair.promote()
        self.assertTrue(new.primary)
        self.assertEqual(new.timeline, before + 1)
        old.start()
        self.assertTrue(old.primary)
        self.assertEqual(old.timeline, before)
        self.pair.reset()
        self.assertFalse(old.primary)
        self.assertIs(self.pair.primary, new)

    def test_rewound(self) -> None:
        """The old primary becomes a standby of the new one by C{pg_rewind}, without what only it had."""
        old, new = self.pair.primary, self.pair.standby
        with old.hung():
            self.pair.promote()
        old.ask("INSERT INTO rows VALUES ('rewound', 1)")
        old.rewind(new)
        old.start()
        self.pair.caught_up()
        self.assertEqual(old.ask("SELECT FROM rows WHERE writer = 'rewound'"), [])

    def test_synchronous(self) -> None:
        """A primary that is cut off acknowledges nothing, and has it for itself once that session ends."""
        import psycopg

        old = self.pair.primary
        self.pair.synchronous()
        old.ask("INSERT INTO rows VALUES ('synchronous', 1)")
        old.link.cut()
        with contextlib.closing(psycopg.connect(old.where(), autocommit=True)) as session:
            session.pgconn.send_query(b"INSERT INTO rows VALUES ('synchronous', 2)")
            pid = session.info.backend_pid
            old.wait_until(
                f"EXISTS (SELECT FROM pg_stat_activity WHERE pid = {pid} AND wait_event = 'SyncRep')"
            )
            session.pgconn.consume_input()
            self.assertTrue(session.pgconn.is_busy())
            old.ask("SELECT pg_terminate_backend(%s, 10000)", pid)
        self.pair.promote()
        old.wait_until("EXISTS (SELECT FROM rows WHERE writer = 'synchronous' AND number = 2)")
        found = self.pair.primary.ask("SELECT number FROM rows WHERE writer = 'synchronous'")
        self.assertEqual(found, [(1,)])

    def test_probe(self) -> None:
        """The role of checks has a password, and may ask what it asks."""
        import psycopg

        where = self.pair.primary.where(user=PROBE, password=PROBE_PASSWORD)
        with psycopg.connect(where) as session:
            found = session.execute("SELECT system_identifier > 0 FROM pg_control_system()").fetchone()
        self.assertEqual(found, (True,))
        with self.assertRaises(psycopg.OperationalError):
            psycopg.connect(self.pair.primary.where(user=PROBE, password="other"))


class CutLinkTests(SynchronousTestCase):
    """A link that is cut passes nothing, ends nothing, and goes on where it was."""

    def setUp(self) -> None:
        self.kept = KeptPort()
        self.addCleanup(self.kept.close)
        self.server = self.kept.listening_socket()
        self.addCleanup(self.server.close)
        self.link = CutLink(self.kept.port)
        self.addCleanup(self.link.close)

    def dial(self) -> tuple[socket.socket, socket.socket]:
        """Both ends of one connection."""
        client = socket.create_connection(("127.0.0.1", self.link.port), 10)
        self.addCleanup(client.close)
        self.server.settimeout(10)
        server, _ = self.server.accept()
        self.addCleanup(server.close)
        server.settimeout(10)
        return client, server

    def test_cut(self) -> None:
        """Nothing passes while it is cut, and all of it once it is mended."""
        client, server = self.dial()
        client.sendall(b"before")
        self.assertEqual(server.recv(100), b"before")
        self.link.cut()
        client.sendall(b"while")
        server.settimeout(0.1)
        self.assertRaises(TimeoutError, server.recv, 100)
        self.assertRaises(TimeoutError, socket.create_connection, ("127.0.0.1", self.link.port), 0.1)
        self.link.mend()
        server.settimeout(10)
        self.assertEqual(server.recv(100), b"while")
        server.sendall(b"after")
        self.assertEqual(client.recv(100), b"after")
        client.close()
        self.assertEqual(server.recv(100), b"")

    def test_end_waits(self) -> None:
        """The end of a side passes no more than its bytes do."""
        client, server = self.dial()
        self.link.cut()
        client.close()
        server.settimeout(0.1)
        self.assertRaises(TimeoutError, server.recv, 100)
        self.link.mend()
        server.settimeout(10)
        self.assertEqual(server.recv(100), b"")

    def test_port_is_kept(self) -> None:
        """A port that is kept refuses, and others do not get it."""
        kept = KeptPort()
        self.addCleanup(kept.close)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", kept.port), 10)
        with socket.socket() as other, self.assertRaises(OSError):
            other.bind(("127.0.0.1", kept.port))
        for _ in range(2):
            kept.listening_socket().close()
