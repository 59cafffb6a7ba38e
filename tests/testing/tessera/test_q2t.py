"""What simulated Tessera nodes say to GoQuorum."""

from __future__ import annotations

import json
from base64 import b64decode
from urllib.parse import quote

from tests.testing.tessera_pair import SEND, Pair, text_of


class StoreTests(Pair):
    def test_sent_at_one_read_at_the_other(self) -> None:
        made = self.ask("q2t0", "POST /send", SEND)
        key = json.loads(made.body)["key"]
        self.assertEqual(len(b64decode(key)), 64)
        where = f"/transaction/{quote(key, safe='')}"
        self.assertEqual(made.get(b"location"), f"http://c{where}".encode())
        got = self.ask("q2t1", f"GET {where}?isRaw=false")
        self.assertEqual(json.loads(got.body)["payload"], SEND["payload"])
        got = self.ask("q2t1", "GET /receive", {"key": key})
        self.assertEqual(json.loads(got.body)["payload"], SEND["payload"])
        got = self.ask("q2t1", "GET /receiveraw", b"", f"c11n-key: {key}")
        self.assertEqual(got.body, b"private")

    def test_each_send_has_its_own_key(self) -> None:
        keys = [json.loads(self.ask(f"q2t{n}", "POST /send", SEND).body)["key"] for n in (0, 1)]
        self.assertEqual(len(set(keys)), 2)
        self.assertEqual(len(self.store.transactions), 2)

    def test_deleted(self) -> None:
        key = json.loads(self.ask("q2t0", "POST /send", SEND).body)["key"]
        other = json.loads(self.ask("q2t0", "POST /send", SEND).body)["key"]
        self.assertEqual(self.status("q2t1", f"DELETE /transaction/{quote(key, safe='')}"), 204)
        self.assertEqual(self.status("q2t0", f"DELETE /transaction/{quote(key, safe='')}"), 404)
        self.assertEqual(self.status("q2t0", "POST /delete", {"key": other}), 200)
        self.assertEqual(self.store.transactions, {})

    def test_a_raw_payload_is_signed_once(self) -> None:
        stored = self.ask("third0", "POST /storeraw", {"payload": SEND["payload"]})
        key = json.loads(stored.body)["key"]
        self.assertEqual(self.status("q2t1", "POST /sendsignedtx", {"hash": key, "to": []}), 201)
        again = self.ask("q2t0", "POST /sendsignedtx", {"hash": key, "to": []})
        self.assertEqual(again.status, 500)
        self.assertIn(b"duplicate key value violates unique constraint", again.body)
        self.assertEqual(
            self.status("q2t0", "POST /sendsignedtx", {"hash": text_of(bytes(64)), "to": []}), 404
        )

    def test_encoded_payloads(self) -> None:
        made = self.ask("q2t0", "POST /encodedpayload/create", SEND)
        back = self.ask("q2t1", "POST /encodedpayload/decrypt", made.body)
        self.assertEqual(json.loads(back.body)["payload"], SEND["payload"])
        self.assertEqual(self.store.transactions, {})
