"""Batches with calls of the other classes, and the spreading of what they did."""

from __future__ import annotations

from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.rpc_error import RpcError
from tests.goquorum.forward.served_batches import ServedBatches, entry


class SpreadTests(ServedBatches):
    """C{acknowledge = "spread"}."""

    def test_each_hash_is_spread_before_the_whole_response_goes_out_in_one_batch_for_each_member(
        self,
    ) -> None:
        """All of a group's in one request."""
        one, _ = self.serve_warm()
        self.proxy.net.advance(1.0)
        self.clear()
        found = self.batch(*[entry("eth_sendTransaction", self.transaction(one), id=n) for n in range(5)])
        for answer in found:
            self.assertIn(answer["result"], self.node("a2").pool.by_hash)
        asked = [m.body for m in self.node("a2").rpc.requests if b"eth_getTransactionByHash" in m.body]
        self.assertTrue(asked)
        self.assertTrue(all(body.count(b"eth_getTransactionByHash") == 5 for body in asked), asked)

    def test_a_hash_that_no_second_member_is_known_to_have_is_an_unknown_outcome(self) -> None:
        """With the hash, in its place; the reads of the group stand."""
        one, _ = self.serve_warm()
        self.proxy.net.advance(1.0)
        self.proxy.network.gossip = None
        self.die_with(self.node("a1"), b"nothing")
        node = self.node("a1")
        node.replies["eth_gasPrice"] = lambda params: self.clock.callLater(0.0005, node.die) and "0x0"
        found = self.batch(
            entry("eth_sendTransaction", self.transaction(one), id=1), entry("eth_gasPrice", id=2), within=5.0
        )
        self.assertEqual(found[0]["error"]["code"], -32051)
        self.assertEqual(len(found[0]["error"]["data"]["transactionHash"]), 66)
        self.assertEqual(found[1]["result"], "0x0")

    def test_at_once_does_without(self) -> None:
        """The answer is there when its member has answered."""
        one, _ = self.serve_warm('acknowledge = "at-once"')
        self.proxy.network.gossip = None
        found = self.batch(entry("eth_sendTransaction", self.transaction(one)), within=0.0)
        self.assertIn("result", found[0])


class SignedTests(ServedBatches):
    """What clients signed themselves."""

    def raw(self, nonce: int) -> str:
        return self.proxy.network.sign(KEYS[50], nonce, to=KEYS[1])

    def test_signed_transactions_keep_their_order(self) -> None:
        """In one group; a second member has each."""
        self.serve()
        found = self.batch(
            *[entry("eth_sendRawTransaction", self.raw(n), id=n) for n in range(5)], within=1.0
        )
        self.assertEqual(len({answer["result"] for answer in found}), 5)
        for name in ("a1", "a2"):
            for answer in found:
                self.assertTrue(
                    answer["result"] in self.node(name).pool.by_hash
                    or self.proxy.network.included(answer["result"])
                )
        self.assertGreaterEqual(sum(self.asked("eth_sendRawTransaction").values()), 5)

    def test_already_known_is_success(self) -> None:
        """With that hash, in its place."""
        self.serve()
        call = entry("eth_sendRawTransaction", self.raw(0), id=2)
        (first,) = self.batch(call)
        again = self.batch(entry("eth_chainId"), call)
        self.assertEqual(again[1], first)

    def test_a_signed_one_whose_member_died_is_sent_to_the_next_one(self) -> None:
        """It cannot take place twice."""
        self.serve()
        for name in ("a1", "a2"):
            self.die_with(self.node(name), b"eth_sendRaw")
        self.node("a2").faults.die_before_commit = False
        for nonce in range(2):
            found = self.batch(
                entry("eth_chainId"), entry("eth_sendRawTransaction", self.raw(nonce), id=2), within=3.0
            )
            self.assertIn("result", found[1])
            self.assertEqual(found[0]["result"], "0x1ea1")

    def test_signed_ones_ride_with_the_accounts_of_the_batch(self) -> None:
        """They may go to any writable member."""
        one, _ = self.serve_warm()
        self.batch(
            entry("eth_sendRawTransaction", self.raw(0), id=1),
            entry("eth_sendTransaction", self.transaction(one), id=2),
        )
        (got,) = self.batches("a1")
        self.assertEqual([call["id"] for call in got], [1, 2])


class OtherTests(ServedBatches):
    """Pins of other kinds."""

    def test_filters_go_to_the_member_that_made_them(self) -> None:
        """Of a new one it is noted who did."""
        self.serve()
        made = [
            self.batch(entry("eth_newBlockFilter"), entry("eth_chainId", id=2))[0]["result"] for _ in range(4)
        ]
        self.proxy.network.mine(1)
        self.proxy.net.advance(0.1)
        self.clear()
        found = self.batch(*[entry("eth_getFilterChanges", id, id=n) for n, id in enumerate(made)])
        self.assertEqual([len(answer["result"]) for answer in found], [1, 1, 1, 1])
        self.assertEqual(self.asked("eth_getFilterChanges"), {"a1": 2, "a2": 2, **self.others()})

    def others(self) -> dict[str, int]:
        return {name: 0 for name in self.proxy.quorums if name not in ("a1", "a2")}

    def test_a_filter_that_nobody_knows_is_asked_of_each(self) -> None:
        """In its place it says so."""
        self.serve()
        found = self.batch(entry("eth_chainId"), entry("eth_getFilterChanges", "0x1234", id=2))
        self.assertEqual(found[1]["error"]["message"], "filter not found")
        self.assertEqual(sum(self.asked("eth_getFilterChanges").values()), 2)

    def test_sign_goes_to_the_accounts_member(self) -> None:
        """It is unlocked there."""
        one, two = self.serve_warm()
        self.batch(entry("eth_sign", one, "0x12"), entry("eth_sign", two, "0x12", id=2))
        self.assertEqual([self.asked("eth_sign")[name] for name in ("a1", "a2")], [1, 1])

    def test_a_secret_call_is_sent_to_one_member(self) -> None:
        """However that answers."""
        self.serve()
        account = self.account_at("a1")
        for name in ("a1", "a2"):
            self.node(name).replies["personal_unlockAccount"] = RpcError(-32000, "header not found")
        found = self.batch(entry("personal_unlockAccount", account, "s3cret"), entry("eth_chainId", id=2))
        self.assertEqual(found[0]["error"]["message"], "header not found")
        self.assertEqual(sum(self.asked("personal_unlockAccount").values()), 1)
        self.assertFalse(any("s3cret" in line for line in self.facts.lines()))

    def test_subscriptions_over_http(self) -> None:
        """As a node says it."""
        self.serve()
        found = self.batch(entry("eth_subscribe", "newHeads"), entry("eth_chainId", id=2))
        self.assertEqual(found[0]["error"]["message"], "notifications not supported")

    def test_a_group_over_response_limit_is_an_unknown_outcome_for_its_writes(self) -> None:
        """-32050 for its reads, which do not move."""
        one, _ = self.serve_warm('response_limit = "100KiB"')
        self.node("a1").replies["eth_call"] = "0x" + "ab" * 100_000
        found = self.batch(
            entry("eth_sendTransaction", self.transaction(one)),
            entry("eth_call", {}, "latest", id=2),
            within=1.0,
        )
        self.assertEqual([answer["error"]["code"] for answer in found], [-32051, -32050])
        self.assertEqual(self.asked("eth_call")["a2"], 0)
