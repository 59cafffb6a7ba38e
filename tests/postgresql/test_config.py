"""Tests for L{quorumha.postgresql.config}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.admin.config_document import config_document
from quorumha.config.changes import changes
from quorumha.postgresql.config import PostgresqlConfig, PostgresqlPool, group_of, pool_keys
from tests.postgresql.said_roles import LISTENER, POOL, config


class KeyTests(SynchronousTestCase):
    """Keys of the listener, and of its pool."""

    def test_defaults(self) -> None:
        """Those of the issue."""
        found = config(POOL + LISTENER)
        self.assertEqual(found.listeners["db"].settings, PostgresqlConfig(10.0, 200))
        self.assertEqual(found.listeners["db"].idle_timeout, 3600.0)
        self.assertEqual(pool_keys(found.pools["db"]), PostgresqlPool(3.0, "", "", ()))
        self.assertEqual(group_of(found.pools["db"]), "db")

    def test_written(self) -> None:
        """All of them."""
        keys = 'lease = "4s"\nwriter_group = "tessera"\nsystem_identifier = "7300000000000000001"\n'
        found = config(POOL + keys + LISTENER + 'hold = "5s"\nwaiting_sessions = 9\n')
        self.assertEqual(found.listeners["db"].settings, PostgresqlConfig(5.0, 9))
        self.assertEqual(
            pool_keys(found.pools["db"]), PostgresqlPool(4.0, "tessera", "7300000000000000001", ())
        )
        self.assertEqual(group_of(found.pools["db"]), "tessera")

    def test_shown(self) -> None:
        """The admin shows them whether they were written or not, in the pool's own table."""
        pool = config_document(config(POOL + "lease = 4\n" + LISTENER))["pools"]["db"]
        self.assertEqual((pool["lease"], pool["writer_group"], pool["system_identifier"]), (4.0, "", ""))

    def test_changed(self) -> None:
        """A reload names them in the file's units."""
        before, now = config(POOL + LISTENER), config(POOL + "lease = 4\n" + LISTENER)
        self.assertEqual(changes(before, now), ("pools.db.lease: 3s -> 4s",))

    def test_tls_of_the_pool_is_for_checks(self) -> None:
        """What is relayed brings its own."""
        found = config(POOL + LISTENER + "[pools.db.tls]\n")
        self.assertTrue(found.pools["db"].own_tls)
        self.assertIsNotNone(found.pools["db"].tls)
