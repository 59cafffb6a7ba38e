"""Recovery mode, and sending again."""

from __future__ import annotations

import json

from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import OWN_KEY, Party
from tests.testing.tessera_pair import OTHER_KEY, OTHER_URL, Pair, text_of

ASKED: dict[str, object] = {"publicKey": text_of(OTHER_KEY), "batchSize": 100}


class RecoveryTests(Pair):
    def setUp(self) -> None:
        super().setUp()
        self.batch: dict[str, object] = {
            "encodedPayloads": [
                text_of(Payload.seal(b"x", OTHER_KEY, [OWN_KEY], b"%d" % n).encode()) for n in range(3)
            ]
        }

    def test_a_batch_is_taken_only_by_who_recovers(self) -> None:
        self.nodes[1].restart(recover=True)
        self.assertEqual(self.status("p2p0", "POST /pushBatch", self.batch), 404)
        self.assertEqual(self.store.transactions, {})
        for _ in range(2):
            self.assertEqual(self.status("p2p1", "POST /pushBatch", self.batch), 200)
            self.assertEqual(len(self.store.transactions), 3)
        self.nodes[1].restart()
        self.assertEqual(self.status("p2p1", "POST /pushBatch", self.batch), 404)

    def test_who_recovers_takes_plain_pushes_and_sends_nothing(self) -> None:
        self.nodes[1].state.recover = True
        for flag, status in ((0, 201), (1, 403), (3, 403)):
            octets = Payload.seal(b"x", OTHER_KEY, [OWN_KEY], b"f%d" % flag, flag).encode()
            said = self.ask("p2p1", "POST /push", octets)
            self.assertEqual(said.status, status)
        self.assertEqual(
            said.body, b"Transactions with enhanced privacy are not accepted during recovery mode"
        )
        self.assertEqual(self.status("p2p1", "POST /resendBatch", ASKED), 404)
        self.assertEqual(self.status("p2p1", "POST /resend", {**ASKED, "type": "ALL"}), 404)

    def test_all_for_a_key_is_pushed(self) -> None:
        self.nodes[0].state.parties[OTHER_URL] = Party({OTHER_KEY})
        mine = Payload.seal(b"x", OWN_KEY, [OTHER_KEY], b"s")
        self.store.insert(mine)
        self.store.insert(Payload.seal(b"x", OWN_KEY, [OWN_KEY], b"t"))
        said = self.ask("p2p0", "POST /resendBatch", ASKED)
        self.assertEqual((said.status, json.loads(said.body)), (200, {"total": 1}))
        self.assertEqual(self.status("p2p0", "POST /resend", {**ASKED, "type": "ALL"}), 200)
        self.assertEqual(self.nodes[0].state.pushed, [(OTHER_URL, mine.encode())] * 2)
        self.assertEqual(self.nodes[0].state.resends, [("BATCH", text_of(OTHER_KEY)), ("ALL", "")])
        self.assertEqual(self.status("p2p0", "POST /resend", {**ASKED, "type": "SOME"}), 400)
