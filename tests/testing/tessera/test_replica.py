"""A copy of a database that lags behind."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import ReplicatedStore, TesseraStore
from quorumha.testing.tessera.payloads import Payload
from quorumha.testing.tessera.replica import STOPPED
from quorumha.testing.tessera.store import DuplicateKey, NoSuchRow, StoreDead


def payload(salt: int) -> Payload:
    return Payload.seal(b"x", bytes(32), [], b"%d" % salt)


class ReplicaTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.primary = TesseraStore()
        self.old = self.primary.insert(payload(0))
        self.replica = ReplicatedStore(self.primary, self.clock, lag=2.0)

    def test_what_was_there_is_there(self) -> None:
        self.assertEqual(self.replica.get(self.old), payload(0))

    def test_a_write_through_either_is_read_late(self) -> None:
        keys = [self.primary.insert(payload(1)), self.replica.insert(payload(2), raw=True)]
        for key, raw in zip(keys, (False, True), strict=True):
            self.primary.get(key, raw=raw)
            self.assertRaises(NoSuchRow, self.replica.get, key, raw=raw)
        self.clock.advance(1.9)
        self.assertEqual((len(self.replica.rows()), self.replica.raws), (1, {}))
        self.clock.advance(0.1)
        self.assertEqual((len(self.replica.transactions), len(self.replica.raws)), (2, 1))

    def test_a_second_insert_is_refused_before_the_row_can_be_read(self) -> None:
        self.replica.insert(payload(1))
        self.assertRaises(DuplicateKey, self.replica.insert, payload(1))

    def test_deleted(self) -> None:
        self.replica.delete(self.old)
        self.assertEqual(self.replica.get(self.old), payload(0))
        self.clock.advance(2)
        self.assertRaises(NoSuchRow, self.replica.get, self.old)
        self.assertRaises(NoSuchRow, self.replica.delete, self.old)

    def test_the_lag_changes(self) -> None:
        self.replica.lag = STOPPED
        key = self.primary.insert(payload(1))
        self.clock.advance(1e6)
        self.assertRaises(NoSuchRow, self.replica.get, key)
        self.replica.lag = 0.0
        self.replica.get(key)

    def test_dead(self) -> None:
        self.primary.dead = True
        self.assertEqual(self.replica.get(self.old), payload(0))
        self.assertRaises(StoreDead, self.replica.insert, payload(1))
        self.primary.dead, self.replica.dead = False, True
        self.assertRaises(StoreDead, self.replica.get, self.old)
        self.assertRaises(StoreDead, self.replica.insert, payload(1))

    @given(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.floats(0, 3))))
    def test_it_is_the_primary_of_a_while_ago(self, steps: list[tuple[int, bool, float]]) -> None:
        clock, primary = Clock(), TesseraStore()
        replica = ReplicatedStore(primary, clock, lag=2.0)
        history = [(0.0, dict(primary.transactions))]
        for salt, through_replica, wait in steps:
            store = replica if through_replica else primary
            if payload(salt).hash in primary.transactions:
                store.delete(payload(salt).hash)
            else:
                store.insert(payload(salt))
            history.append((clock.seconds(), dict(primary.transactions)))
            clock.advance(wait)
            due = [rows for at, rows in history if at + 2.0 <= clock.seconds() + 1e-9]
            self.assertEqual(replica.transactions, due[-1] if due else {})
