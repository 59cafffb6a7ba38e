"""What simulated Tessera nodes say to other Tessera nodes, and what they remember of them."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import ClassVar

from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY
from tests.testing.tessera_pair import OTHER_KEY, OTHER_URL, SEND, Pair, text_of


class PartyTests(Pair):
    send: ClassVar = {**SEND, "to": [text_of(OTHER_KEY)]}

    def test_peer_tables_are_apart(self) -> None:
        self.assertEqual(self.announce(0), 200)
        self.assertEqual(self.status("q2t0", "POST /send", self.send), 201)
        missing = self.ask("q2t1", "POST /send", self.send)
        self.assertEqual(missing.status, 404)
        self.assertEqual(missing.body, b"Recipient not found for key: " + b64encode(OTHER_KEY))
        ((url, octets),) = self.nodes[0].state.pushed
        self.assertEqual((url, Payload.decode(octets).open()), (OTHER_URL, b"private"))

    def test_party_info_and_keys_are_given(self) -> None:
        self.announce(0)
        info = json.loads(self.ask("p2p0", "GET /partyinfo").body)
        self.assertEqual(info["peers"], [{"url": OTHER_URL}, {"url": "http://pair:9001/"}])
        counts = [len(json.loads(self.ask(f"third{n}", "GET /partyinfo/keys").body)["keys"]) for n in (0, 1)]
        self.assertEqual(counts, [2, 1])

    def test_lost_in_a_restart(self) -> None:
        self.announce(0)
        self.nodes[0].restart()
        self.assertEqual(self.status("q2t0", "POST /send", self.send), 404)

    def test_an_unreachable_recipient_is_dropped_and_nothing_kept(self) -> None:
        self.announce(0)
        self.nodes[0].state.offline.add(OTHER_URL)
        self.assertEqual(self.status("q2t0", "POST /send", self.send), 410)
        self.assertEqual(self.status("q2t0", "POST /send", self.send), 404)
        self.assertEqual(self.store.transactions, {})

    def test_enhanced_privacy_needs_the_announced_versions(self) -> None:
        enhanced = {**self.send, "privacyFlag": 1}
        self.announce(0, None)
        self.assertEqual(self.status("q2t0", "POST /send", enhanced), 403)
        self.announce(0, "v1,v2")
        self.assertEqual(self.status("q2t0", "POST /send", enhanced), 201)


class PushTests(Pair):
    def test_a_push_is_taken_once(self) -> None:
        octets = Payload.seal(b"x", OTHER_KEY, [OWN_KEY], b"s").encode()
        taken = self.ask("p2p0", "POST /push", octets, "Accept: text/html, */*; q=.2")
        self.assertEqual((taken.status, taken.get(b"content-type")), (201, b"text/html"))
        self.assertEqual(self.status("p2p1", "POST /push", octets), 500)

    def test_resend(self) -> None:
        payload = Payload.seal(b"x", OWN_KEY, [OTHER_KEY], b"s")
        self.store.insert(payload)
        one = {"type": "INDIVIDUAL", "key": text_of(payload.hash), "publicKey": text_of(OTHER_KEY)}
        answer = self.ask("p2p0", "POST /resend", one)
        self.assertEqual(Payload.decode(answer.body), payload)
        self.assertEqual(self.status("p2p0", "POST /resend", {"type": "ALL", "publicKey": "x"}), 200)
        self.assertEqual(self.nodes[0].state.resends[1], ("ALL", ""))
