"""Tests for L{quorumha.testing.postgresql.simulated_database}."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.postgresql.patroni_probe import patroni_verdict
from quorumha.testing import DatabaseClient, MemoryTopology, SimulatedCluster, http_request, responses
from quorumha.testing.postgresql import pg_messages as pg


class DatabaseTests(SynchronousTestCase):
    """C{a} and its standby C{b}, without a proxy."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.cluster = SimulatedCluster(self.net.clock)
        for name in "ab":
            database = self.cluster.add(name)
            self.net.listen(f"{name}:5432", database)
            self.net.listen(f"{name}:8008", database.patroni)

    def client(self, name: str, *encryption: bytes) -> DatabaseClient:
        return DatabaseClient.to(self.net.client_endpoint(f"{name}:5432"), *encryption)

    def test_rows(self) -> None:
        client = self.client("a")
        client.insert("one")
        client.insert("two")
        client.select()
        self.net.run()
        self.assertEqual((client.acknowledged, client.rows), (["one", "two"], ["one", "two"]))
        client.close()
        self.net.run()
        self.assertEqual((client.lost, self.cluster.databases["a"].sessions), ("ConnectionDone", []))

    def test_standby(self) -> None:
        """It is read, and not written to."""
        client = self.client("b", pg.SSL_REQUEST)
        client.insert("one")
        client.select()
        self.net.run()
        self.assertEqual(client.refused, 1)
        self.assertEqual(client.errors, [("25006", "cannot execute INSERT in a read-only transaction")])
        self.assertEqual((client.acknowledged, client.rows, client.ready), ([], [], True))

    def test_cancelled(self) -> None:
        """A request to cancel is kept, and never answered."""
        client = self.client("a")
        self.net.run()
        asking = self.net.connect("a:5432")
        asking.write(pg.cancel_request(client.process, 1))
        self.net.run()
        self.assertEqual(self.cluster.databases["a"].cancels, [client.process])
        self.assertEqual((asking.received, asking.how_it_ended), (b"", "ConnectionDone"))

    def says(self, name: str) -> tuple[int, bytes]:
        asking = self.net.connect(f"{name}:8008")
        asking.write(http_request(b"GET", b"/primary"))
        self.net.run()
        (found,) = responses(asking)
        return found.status, found.body

    def test_patroni(self) -> None:
        """The primary with the lock, the standby, and a primary that lost the lock and does not know yet."""
        for name, primary in (("a", True), ("b", False)):
            word = patroni_verdict(*self.says(name)).word
            assert word is not None
            self.assertEqual((word.primary, word.timeline, word.system), (primary, 1, self.cluster.system))
        self.cluster.promote("b")
        status, body = self.says("a")
        self.assertEqual((status, json.loads(body)["role"]), (503, "master"))
        word = patroni_verdict(*self.says("b")).word
        assert word is not None
        self.assertEqual((word.primary, word.timeline), (True, 2))
