"""Paths that are not there, and a database that is away."""

from __future__ import annotations

from urllib.parse import quote

from tests.testing.tessera_pair import OTHER_KEY, SEND, Pair, text_of


class FaultTests(Pair):
    probe = f"GET /transaction/{quote(text_of(bytes(64)), safe='')}"

    def test_a_dead_database(self) -> None:
        self.assertEqual(self.status("q2t0", self.probe), 404)
        self.nodes[0].faults.database_dead = True
        self.assertEqual(self.status("q2t0", self.probe), 500)
        self.assertEqual(self.status("q2t1", self.probe), 404)
        self.store.dead = True
        self.assertEqual(self.status("q2t1", self.probe), 500)
        up = self.ask("q2t1", "GET /upcheck")
        self.assertEqual((up.status, up.body), (200, b"Database unavailable"))

    def test_a_dead_database_that_a_newer_node_does_not_notice(self) -> None:
        self.nodes[1].state.version = "24.4.1"
        for kill in (lambda: setattr(self.nodes[1].faults, "database_dead", True), self.die):
            kill()
            up = self.ask("q2t1", "GET /upcheck")
            self.assertEqual((up.status, up.body), (200, b"I'm up!"))
            self.assertEqual(self.status("q2t1", self.probe), 500)
            self.assertEqual(self.status("q2t1", "POST /send", SEND), 500)
        self.assertEqual((self.store.transactions, self.store.journal.insertions), ({}, []))

    def die(self) -> None:
        self.store.dead = True

    def test_wrong_requests(self) -> None:
        self.assertEqual(self.status("q2t0", "GET /nothing"), 404)
        self.assertEqual(self.status("q2t0", "GET /keys"), 404)
        self.assertEqual(self.status("q2t0", "GET /send"), 500)
        self.assertEqual(self.status("q2t0", "POST /send", b"{"), 400)
        self.assertEqual(self.status("q2t0", "POST /send", {"to": []}), 400)
        self.assertEqual(self.status("p2p0", "POST /partyinfo", b"\0" * 7), 400)
        self.assertEqual(self.status("third0", "POST /storeraw", {**SEND, "from": text_of(OTHER_KEY)}), 404)


class VersionTests(Pair):
    def test_each_node_has_its_own(self) -> None:
        self.nodes[0].state.api_versions = ("1.0", "2.0", "2.1")
        self.nodes[0].state.version = "24.4.1"
        self.nodes[1].state.api_versions = None
        self.assertEqual(self.ask("q2t0", "GET /version/api").body, b'["1.0","2.0","2.1"]')
        self.assertEqual(self.ask("q2t0", "GET /version").body, b"24.4.1")
        self.assertEqual(self.status("q2t1", "GET /version/api"), 404)
        self.assertEqual(self.ask("q2t1", "GET /version").body, b"20.10.1-SNAPSHOT")


class RestartTests(Pair):
    def test_peers_and_connections_are_lost(self) -> None:
        self.announce(0)
        client = self.net.connect("q2t0:1")
        self.net.run()
        self.nodes[0].restart()
        self.net.run()
        self.assertEqual(client.how_it_ended, "ConnectionLost")
        self.assertEqual(self.nodes[0].state.parties, {})
