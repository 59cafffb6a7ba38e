"""Versioned content types."""

from __future__ import annotations

from tests.testing.tessera_pair import SEND, Pair

NEW = "application/vnd.tessera-2.1+json"


class MediaTests(Pair):
    def test_a_version_that_the_node_has(self) -> None:
        self.nodes[0].state.api_versions = ("1.0", "2.0", "2.1")
        said = self.ask("q2t0", "POST /send", SEND, f"Content-Type: {NEW}", f"Accept: {NEW}")
        self.assertEqual((said.status, said.get(b"content-type")), (201, NEW.encode()))

    def test_one_that_it_has_not(self) -> None:
        said = self.ask("q2t0", "POST /send", SEND, f"Content-Type: {NEW}", f"Accept: {NEW}")
        self.assertEqual((said.status, said.body), (500, b"HTTP 415 Unsupported Media Type"))
        self.assertEqual(self.store.transactions, {})
        said = self.ask("q2t0", "GET /transaction/AA==", b"", f"Accept: {NEW}")
        self.assertEqual((said.status, said.body), (500, b"HTTP 406 Not Acceptable"))
