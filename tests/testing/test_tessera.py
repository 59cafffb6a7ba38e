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

    def test_wrong_requests(self) -> None:
        self.assertEqual(self.status("q2t0", "GET /nothing"), 404)
        self.assertEqual(self.status("q2t0", "GET /keys"), 404)
        self.assertEqual(self.status("q2t0", "GET /send"), 500)
        self.assertEqual(self.status("q2t0", "POST /send", b"{"), 400)
        self.assertEqual(self.status("q2t0", "POST /send", {"to": []}), 400)
        self.assertEqual(self.status("p2p0", "POST /partyinfo", b"\0" * 7), 400)
        self.assertEqual(self.status("third0", "POST /storeraw", {**SEND, "from": text_of(OTHER_KEY)}), 404)
