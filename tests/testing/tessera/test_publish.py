"""Pushing to recipients, and what is left when a push fails."""

from __future__ import annotations

from typing import ClassVar

from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.state import Party
from tests.testing.tessera_pair import OTHER_KEY, OTHER_URL, SEND, Pair, text_of

THIRD_KEY, THIRD_URL = bytes([3]) * 32, "http://third:9001/"


class PublishTests(Pair):
    both: ClassVar = {**SEND, "to": [text_of(OTHER_KEY), text_of(THIRD_KEY)]}

    def setUp(self) -> None:
        super().setUp()
        self.state = self.nodes[0].state
        self.state.parties[OTHER_URL] = Party({OTHER_KEY}, "v1,v2")
        self.state.parties[THIRD_URL] = Party({THIRD_KEY}, "v1,v2")

    def pushed(self) -> list[str]:
        return [url for url, _ in self.state.pushed]

    def test_an_unreachable_recipient_is_forgotten(self) -> None:
        self.state.offline.add(THIRD_URL)
        said = self.ask("q2t0", "POST /send", self.both)
        self.assertEqual(said.status, 410)
        self.assertEqual(said.body, b"Connection error while communicating with http://third:9001/")
        self.assertEqual(list(self.state.parties), [OTHER_URL])
        self.assertEqual(self.status("q2t0", "POST /send", self.both), 404)

    def test_nothing_is_kept_here_but_who_took_it_keeps_it(self) -> None:
        self.state.refusing.add(THIRD_URL)
        said = self.ask("q2t0", "POST /send", self.both)
        self.assertEqual(said.status, 500)
        self.assertEqual(said.body, b"Unable to push payload to recipient url http://third:9001/")
        self.assertEqual((self.store.transactions, self.store.journal.insertions), ({}, []))
        self.assertEqual(self.pushed(), [OTHER_URL])

    def test_nobody_gets_what_this_node_cannot_keep(self) -> None:
        self.nodes[0].faults.database_dead = True
        self.assertEqual(self.status("q2t0", "POST /send", self.both), 500)
        raw = Payload.seal(b"x", self.state.keys[0], [], b"s")
        self.store.insert(raw)
        self.store.insert(raw, raw=True)
        signed = {"hash": text_of(raw.hash), "to": self.both["to"]}
        self.nodes[0].faults.database_dead = False
        self.assertEqual(self.status("q2t0", "POST /sendsignedtx", signed), 500)
        self.assertEqual(self.pushed(), [])

    def test_forgetting(self) -> None:
        self.assertTrue(self.state.forget(OTHER_URL))
        self.assertFalse(self.state.forget(OTHER_URL))
        self.assertEqual(self.status("q2t0", "POST /send", self.both), 404)
