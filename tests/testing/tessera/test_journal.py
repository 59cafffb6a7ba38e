"""Which request made which row."""

from __future__ import annotations

import json
from base64 import b64decode

from tests.testing.tessera_pair import SEND, Pair


class JournalTests(Pair):
    def key(self, place: str, path: str, *headers: str) -> bytes:
        return b64decode(json.loads(self.ask(place, f"POST {path}", SEND, *headers).body)["key"])

    def test_orphans_are_rows_whose_key_nobody_got(self) -> None:
        first, second = self.key("q2t0", "/send"), self.key("q2t1", "/send")
        raw = self.key("third0", "/storeraw")
        self.assertEqual([one.key for one in self.store.journal.orphans([first])], [second])
        self.assertEqual(self.store.journal.orphans([first, second]), [])
        self.assertEqual([one.raw for one in self.store.journal.insertions], [False, False, True])
        self.assertIn(raw, self.store.raws)

    def test_doubles_are_rows_of_one_request(self) -> None:
        self.key("q2t0", "/send", "X-Request-ID: r1")
        self.assertEqual(self.store.journal.doubles(), [])
        self.key("q2t1", "/send", "X-Request-ID: r1")
        (double,) = self.store.journal.doubles()
        self.assertEqual([(one.request_id, one.node) for one in double], [(b"r1", "t1"), (b"r1", "t2")])

    def test_what_failed_is_not_there(self) -> None:
        self.nodes[0].faults.database_dead = True
        self.assertEqual(self.status("q2t0", "POST /send", SEND), 500)
        self.assertEqual(self.store.journal.insertions, [])
