"""Tests for L{quorumha.testing.postgresql.database_client}."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import DatabaseClient, MemoryTopology, SimulatedCluster


class ClientTests(SynchronousTestCase):
    """What a test sees of it."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.net.listen("a:5432", SimulatedCluster(self.net.clock).add("a"))
        self.client = DatabaseClient.to(self.net.client_endpoint("a:5432"))

    def test_not_acknowledged(self) -> None:
        """A row that the database did not answer for is none."""
        self.net.run()
        self.net.hang("a:5432")
        self.client.insert("row")
        self.net.run()
        self.assertEqual((self.client.ready, self.client.acknowledged, self.client.lost), (False, [], ""))
        self.net.kill("a:5432", reset=True)
        self.net.run()
        self.assertEqual((self.client.acknowledged, self.client.lost), ([], "ConnectionLost"))

    def test_nobody(self) -> None:
        """It knows that it could not connect."""
        client = DatabaseClient.to(self.net.client_endpoint("b:5432"))
        self.net.run()
        self.assertEqual((client.ready, client.lost), (False, "ConnectionRefusedError"))
