"""A simulated GoQuorum imports blocks, or exits."""

from __future__ import annotations

from quorumha.testing import GethGone, on_paths
from tests.testing.geth_case import GethCase


class ImportTests(GethCase):
    def test_a_payload(self) -> None:
        key = self.sent()
        other = self.process("q2t1:1")
        importing = other.import_block(key)
        self.net.run()
        self.assertEqual(self.successResultOf(importing), b"private")
        self.assertEqual((other.imported, other.tries), ({key: b"private"}, 1))
        self.assertEqual(self.successResultOf(other.import_block(key)), b"private")
        self.assertEqual(other.tries, 1)

    def test_somebody_elses_is_skipped_for_ever(self) -> None:
        key = self.sent()
        row = self.store.transactions.pop(key)
        importing = self.geth.import_block(key)
        self.net.run()
        self.assertIs(self.successResultOf(importing), None)
        self.store.transactions[key] = row
        self.assertIs(self.successResultOf(self.geth.import_block(key)), None)
        self.assertEqual((self.geth.skipped, self.geth.tries), ({key}, 1))

    def test_five_tries_then_exit(self) -> None:
        key = self.sent()
        self.nodes[0].faults.database_dead = True
        importing = self.geth.import_block(key)
        self.net.advance(4.9)
        self.assertNoResult(importing)
        self.geth.assert_alive()
        self.net.advance(0.1)
        self.failureResultOf(importing, GethGone)
        self.assertEqual((self.geth.exited, self.geth.tries), (112, 5))
        self.assertRaises(AssertionError, self.geth.assert_alive)
        self.assertEqual(self.geth.caller.connections, [])
        self.failureResultOf(self.geth.send(b"x"), GethGone)
        self.failureResultOf(self.geth.import_block(b"other"), GethGone)

    def test_one_good_answer_saves_it(self) -> None:
        key = self.sent()
        self.net.kill("q2t0:1")
        importing = self.geth.import_block(key)
        self.net.advance(3.5)
        self.net.revive("q2t0:1")
        self.net.advance(0.5)
        self.assertEqual(self.successResultOf(importing), b"private")
        self.geth.assert_alive()
        self.assertEqual(self.geth.tries, 5)

    def test_a_hung_node_is_given_up_after_the_limit(self) -> None:
        key = self.sent()
        self.nodes[0].faults.hang, self.nodes[0].faults.only = True, on_paths("/transaction")
        importing = self.geth.import_block(key)
        self.net.advance(29.9)
        self.assertEqual((self.geth.tries, self.geth.caller.made), (5, 5))
        self.net.advance(0.1)
        self.failureResultOf(importing, GethGone)
        self.assertEqual(self.geth.exited, 112)

    def test_without_a_limit_it_waits(self) -> None:
        key = self.sent()
        self.geth = self.process(limit=None)
        self.nodes[0].faults.hang = True
        importing = self.geth.import_block(key)
        self.net.advance(3600)
        self.assertEqual(self.geth.tries, 1)
        self.nodes[0].faults.hang = False
        self.net.run()
        self.assertEqual(self.successResultOf(importing), b"private")

    def test_one_import_ends_the_others(self) -> None:
        key = self.sent()
        self.nodes[0].faults.database_dead = True
        first = self.geth.import_block(key)
        self.net.advance(3)
        second = self.geth.import_block(bytes(64))
        self.net.advance(3)
        for importing in (first, second):
            self.failureResultOf(importing, GethGone)
        self.assertEqual(self.geth.tries, 5 + 2)

    def test_a_payload_that_only_a_lost_answer_tells_of_is_an_orphan(self) -> None:
        self.nodes[0].faults.lag = 6.0
        sending = self.geth.send(b"private")
        self.net.advance(10)
        self.failureResultOf(sending)
        self.assertEqual(len(self.store.journal.orphans(self.geth.keys)), 1)
