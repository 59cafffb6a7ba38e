"""What one node knows, and its words."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import TesseraStore
from quorumha.testing.tessera.state import TesseraState, key_text, text


class StateTests(SynchronousTestCase):
    def test_nothing_but_the_store_is_shared(self) -> None:
        store = TesseraStore()
        first, second = TesseraState(store), TesseraState(store)
        first.offline.add("http://other:9001/")
        self.assertEqual(second.offline, set())
        self.assertIs(first.store, second.store)

    def test_words(self) -> None:
        answer = text("I'm up!", 200)
        self.assertEqual((answer.body, answer.content_type), (b"I'm up!", b"text/plain"))
        self.assertEqual(key_text(b"\xfb\xff"), "+/8=")
