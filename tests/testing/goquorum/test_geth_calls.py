"""What a simulated GoQuorum asks for dapps."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from quorumha.testing import CallFailed, TesseraRefused
from quorumha.testing.tessera.state import OWN_KEY, Party
from tests.testing.geth_case import GethCase
from tests.testing.tessera_pair import OTHER_KEY, OTHER_URL


class CallTests(GethCase):
    def result(self, calling: Deferred[object]) -> object:
        self.net.run()
        return self.successResultOf(calling)

    def test_sent_and_told_of(self) -> None:
        self.nodes[0].state.parties[OTHER_URL] = Party({OTHER_KEY}, "v1,v2")
        key = self.result(self.geth.send(b"private", [OTHER_KEY], 1))
        assert isinstance(key, bytes)
        self.assertEqual((self.geth.keys, self.store.journal.orphans(self.geth.keys)), ([key], []))
        self.assertIs(self.result(self.geth.is_sender(key)), True)
        self.assertEqual(self.result(self.geth.participants(key)), [OTHER_KEY, OWN_KEY])
        self.assertEqual(self.result(self.geth.mandatory(key)), [])
        self.assertEqual(self.store.get(key).flag, 1)
        self.assertIs(self.result(self.geth.delete(key)), None)
        self.assertEqual(self.store.transactions, {})

    def test_stored_then_signed(self) -> None:
        key = self.result(self.geth.store_raw(b"private"))
        assert isinstance(key, bytes)
        self.assertEqual(self.geth.keys, [])
        self.assertEqual(self.result(self.geth.send_signed(key)), key)
        self.assertEqual(self.geth.keys, [key])

    def test_what_the_dapp_sees(self) -> None:
        sending = self.geth.send(b"private", [OTHER_KEY])
        self.net.run()
        problem = self.failureResultOf(sending, TesseraRefused).value
        assert isinstance(problem, TesseraRefused)
        self.assertEqual(problem.status, 404)
        self.assertTrue(str(problem).startswith("404 status: Recipient not found for key: "))
        self.net.kill("q2t0:1")
        self.net.run()
        sending = self.geth.send(b"private")
        self.net.run()
        self.failureResultOf(sending, CallFailed)
        self.assertEqual(self.geth.errors, [str(problem), "ConnectionRefusedError"])

    def test_the_types_of_the_chosen_version(self) -> None:
        self.nodes[0].state.api_versions = ("2.0", "2.1")
        self.geth.api = "2.1"
        self.assertTrue(self.result(self.geth.send(b"private")))
        self.nodes[0].state.api_versions = ("2.0",)
        sending = self.geth.send(b"private")
        self.net.run()
        self.failureResultOf(sending, TesseraRefused)
