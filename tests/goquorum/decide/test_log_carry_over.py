"""Logs: what goes on, what is dropped, what is filled in."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.log_carry_over import LogCarryOver


def log(number: int, index: int, hash: str = "", *, removed: bool = False) -> bytes:
    return json.dumps(
        {
            "blockNumber": hex(number),
            "blockHash": hash or f"h{number}",
            "logIndex": hex(index),
            "removed": removed,
        }
    ).encode()


class LogCarryOverTests(SynchronousTestCase):
    """From block ten on."""

    def setUp(self) -> None:
        self.machine = self.make(b'["logs",{"address":"0xaa"}]')

    def make(self, params: bytes) -> LogCarryOver:
        machine = LogCarryOver(params, 10)
        machine.begin(10)
        return machine

    def fail_over(self, height: int, known: int = 10) -> None:
        self.machine.lose(known)
        self.machine.attach()
        self.assertEqual(self.machine.reached(height), [])

    def test_the_rest_of_a_block_is_filled_in(self) -> None:
        """Told once each by block hash and log index."""
        self.assertEqual(self.machine.item(log(11, 0)), [log(11, 0)])
        self.fail_over(12)
        self.assertEqual(self.machine.needs, (11, 12))
        found = [log(11, 0), log(11, 1), log(12, 0)]
        self.assertEqual(self.machine.filled(12, found), found[1:])
        # Said late of what was filled in.
        self.assertEqual(self.machine.item(log(12, 0)), [])
        self.assertEqual(self.machine.item(log(13, 0)), [log(13, 0)])

    def test_the_same_block_with_another_hash(self) -> None:
        """It is another block."""
        self.machine.item(log(11, 0))
        self.fail_over(11)
        found = [log(11, 0, "x"), log(11, 1, "x")]
        self.assertEqual(self.machine.filled(11, found), found)

    def test_one_that_is_behind(self) -> None:
        """What was told is dropped, what follows it is not."""
        self.machine.item(log(12, 1))
        self.fail_over(9)
        self.assertIsNone(self.machine.needs)
        for again in (log(11, 0), log(12, 0), log(12, 1)):
            self.assertEqual(self.machine.item(again), [])
        self.assertEqual(self.machine.item(log(12, 2)), [log(12, 2)])

    def test_where_nothing_was_told_for_long(self) -> None:
        """What a living member has said up to some block is not asked for again."""
        self.machine.complete(500)
        self.fail_over(502, known=501)
        self.assertEqual((self.machine.needs, self.machine.missed), ((501, 502), 1))

    def test_what_comes_during_the_fill_waits(self) -> None:
        """It follows, once."""
        self.fail_over(12)
        self.machine.item(log(12, 0))
        self.machine.item(log(13, 0))
        self.assertEqual(self.machine.filled(12, [log(12, 0)]), [log(12, 0), log(13, 0)])

    def test_more_than_may_wait(self) -> None:
        """A further fill brings them."""
        self.fail_over(12)
        for index in range(11):
            self.machine.item(log(13, index))
        self.assertEqual(self.machine.filled(12, []), [])
        self.assertEqual(self.machine.needs, (13, 13))
        all_ = [log(13, index) for index in range(11)]
        self.assertEqual(self.machine.filled(13, all_), all_)

    def test_in_parts(self) -> None:
        """And a second death between them."""
        self.fail_over(400)
        self.assertEqual(self.machine.filled(110, [log(100, 0)]), [log(100, 0)])
        self.assertEqual(self.machine.needs, (111, 400))
        self.fail_over(400, known=400)
        self.assertEqual(self.machine.needs, (111, 400))

    def test_a_chain_that_is_reorganised(self) -> None:
        """As the node says it."""
        self.machine.item(log(11, 0))
        self.machine.item(log(12, 0))
        for said in (log(12, 0, removed=True), log(11, 0, removed=True), log(11, 0, "x"), log(12, 0, "y")):
            self.assertEqual(self.machine.item(said), [said])

    def test_of_pending_blocks_and_what_cannot_be_read(self) -> None:
        """They go on."""
        for said in (b'{"blockNumber":null}', b"null", b'{"blockNumber":"x"}'):
            self.assertEqual(self.machine.item(said), [said])

    def test_the_subscriptions_filter(self) -> None:
        """Keys in any letter case, as the node reads them; its range holds."""
        ((method, params),) = self.make(b'["logs",{"Address":["0xa"],"topics":[null,"0xb"]}]').calls(11, 16)
        self.assertEqual(method, "eth_getLogs")
        self.assertEqual(
            json.loads(params),
            [{"address": ["0xa"], "topics": [None, "0xb"], "fromBlock": "0xb", "toBlock": "0x10"}],
        )
        self.assertEqual(
            json.loads(self.make(b'["logs"]').calls(1, 2)[0][1])[0].keys(), {"fromBlock", "toBlock"}
        )
        self.machine = self.make(b'["logs",{"fromBlock":"0x14","toBlock":"0x1e"}]')
        self.fail_over(40)
        self.assertEqual(self.machine.needs, (20, 30))
        self.machine = self.make(b'["logs",{"fromBlock":"latest","toBlock":"0xzz"}]')
        self.fail_over(40)
        self.assertEqual(self.machine.needs, (11, 40))

    def test_what_is_no_list(self) -> None:
        """An error, most likely: it is asked again."""
        self.assertIsNone(self.machine.read([b""]))
        self.assertEqual(self.machine.read([b'[{"a": 1}]']), [b'{"a": 1}'])
