"""C{acknowledge = "spread"}: what a second member has to know before a client hears of a transaction."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import CancelledError, Deferred

from quorumha.goquorum.decide.facts import InDoubt, NotSpread
from quorumha.goquorum.decide.spreading import Spreading
from quorumha.goquorum.forward.spread import Spread
from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.transaction import Transaction
from quorumha.testing.http.recording import Recorder
from quorumha.testing.http_clients import http_request
from tests.goquorum.forward.asked import Lacking
from tests.goquorum.served_accounts import TO, AccountsServed

BY_HASH = "eth_getTransactionByHash"
RAW_BY_HASH = "eth_getRawTransactionByHash"
SEND_RAW = "eth_sendRawTransaction"


class SpreadServed(AccountsServed):
    """Transactions of an account that is at home at a1."""

    def begin(self, listener: str = "", members: int = 2, gossip: float | None = None) -> None:
        """
        @param gossip: seconds; None: no node tells another one of a transaction.
        """
        self.serve(listener, members=members)
        self.proxy.network.gossip = gossip
        self.account = self.account_at("a1")

    def pay_later(self, **fields: Any) -> Recorder:
        """A client that has sent a transaction; no time has passed."""
        return self.send("eth_sendTransaction", self.transaction(self.account), **fields)

    def said(self, client: Recorder, within: float = 0.0) -> dict[str, Any] | None:
        """What it is answered with so many seconds later; None: nothing yet."""
        self.proxy.net.advance(within)
        response = self.got(client)
        return None if response is None else dict(json.loads(response.body))

    def hash_at(self, name: str) -> str:
        """Of the one transaction in a node's pool."""
        (hash,) = self.node(name).pool.by_hash
        return hash


class OrdinaryTests(SpreadServed):
    """Nodes that live."""

    def test_a_hash_goes_to_the_client_only_when_a_second_usable_member_knows_it(self) -> None:
        """It is there within a millisecond."""
        self.begin(gossip=0.001)
        client = self.pay_later()
        self.assertIsNone(self.said(client))
        self.assertIn(self.hash_at("a1"), self.node("a1").pool.by_hash)
        said = self.said(client, 0.002)
        assert said is not None
        self.assertIn(said["result"], self.node("a2").pool.by_hash)
        self.assertEqual(self.asked(RAW_BY_HASH)["a1"], 0)

    def test_it_is_asked_for_by_hash_at_once_and_5_ms_later(self) -> None:
        """No bytes are carried then."""
        self.begin(gossip=0.004)
        client = self.pay_later()
        self.assertEqual(self.asked(BY_HASH)["a2"], 1)
        self.assertIsNone(self.said(client, 0.0045))
        self.assertIsNotNone(self.said(client, 0.001))
        self.assertEqual(self.asked(RAW_BY_HASH)["a1"], 0)
        self.assertEqual(self.asked(SEND_RAW)["a2"], 0)

    def test_then_the_bytes_are_carried_over(self) -> None:
        """Nodes that do not gossip."""
        self.begin()
        client = self.pay_later()
        said = self.said(client, 0.006)
        assert said is not None
        self.assertIn(said["result"], self.node("a2").pool.by_hash)
        self.assertEqual(self.asked(RAW_BY_HASH)["a1"], 1)
        self.assertEqual(self.asked(SEND_RAW)["a2"], 1)
        self.assertEqual(self.facts.of(NotSpread), [])

    def test_nobody_is_asked_any_more_afterwards(self) -> None:
        """Neither is anything left to happen."""
        self.begin()
        self.assertIsNotNone(self.said(self.pay_later(), 0.006))
        before = self.asked(BY_HASH), self.asked(SEND_RAW)
        self.proxy.net.advance(1.0)
        self.assertEqual((self.asked(BY_HASH), self.asked(SEND_RAW)), before)

    def test_with_one_usable_member_there_is_nothing_to_wait_for(self) -> None:
        """It is the only one, or the only one that is up."""
        self.begin(members=1)
        self.assertIn("result", self.pay(self.account, within=0.0))
        self.assertEqual(self.facts.of(NotSpread), [])

    def test_with_one_member_that_is_up_there_is_nothing_to_wait_for(self) -> None:
        """The other one is down by its checks."""
        self.begin()
        self.pay(self.account)
        self.proxy.kill("a2")
        self.proxy.net.advance(2.0)
        self.assertIn("result", self.pay(self.account, within=0.0))
        self.assertEqual(self.facts.of(NotSpread), [])

    def begin_with_one_back(self) -> None:
        """a2 was dead, is back, and not known to be."""
        self.begin()
        self.pay(self.account)
        self.proxy.kill("a2")
        self.proxy.net.advance(2.0)
        self.proxy.revive("a2")
        (member,) = (m for m in self.proxy.service.pools["quorum"].members if m.name == "a2")
        self.assertFalse(member.usable(self.proxy.net.clock.seconds()))

    def test_a_member_that_is_back_and_not_known_to_be_is_carried_what_it_lacks(self) -> None:
        """Another proxy may use it already: it would give the same nonce away."""
        self.begin_with_one_back()
        client = self.pay_later()
        self.assertIsNone(self.said(client))
        said = self.said(client, 0.02)
        assert said is not None
        self.assertIn(said["result"], self.node("a2").pool.by_hash)

    def test_a_nonce_that_one_gave_away_that_is_back_is_an_unknown_outcome(self) -> None:
        """Two proxies did not see at the same moment that it is back."""
        self.begin_with_one_back()
        self.node("a2").take(Transaction.made(self.account, 1, TO, data=b"\x01"))
        said = self.said(self.pay_later(), 0.3)
        assert said is not None
        self.assertEqual(said["error"]["code"], -32051)

    def test_one_that_is_out_and_does_not_answer_is_waited_for_50_ms(self) -> None:
        """It hangs."""
        self.begin()
        self.pay(self.account)
        self.proxy.hang("a2")
        self.proxy.net.advance(2.0)
        client = self.pay_later()
        self.assertIsNone(self.said(client, 0.045))
        said = self.said(client, 0.006)
        self.assertIn("result", said or {})

    def test_at_once_does_without(self) -> None:
        """Nobody is asked."""
        self.begin('acknowledge = "at-once"')
        self.assertIn("result", self.pay(self.account, within=0.0))
        self.assertEqual(self.asked(BY_HASH)["a2"], 0)

    def test_the_zero_hash_of_async_is_not_spread(self) -> None:
        """There is nothing to ask for."""
        self.begin()
        transaction = self.transaction(self.account)
        self.assertIn("result", self.call("eth_sendTransactionAsync", transaction, within=0.0))
        self.assertEqual(self.asked(BY_HASH)["a2"], 0)

    def test_lookups_have_the_token_of_the_call_they_serve(self) -> None:
        """And its private state."""
        self.begin()
        client = self.pay_later(fields=(b"Authorization: Bearer x", b"Quorum-PSI: p"))
        self.assertIsNotNone(self.said(client, 0.006))
        for name, method in (("a2", BY_HASH), ("a1", RAW_BY_HASH), ("a2", SEND_RAW)):
            found = [m for m in self.node(name).rpc.requests if method.encode() in m.body]
            self.assertTrue(found)
            for request in found:
                self.assertEqual(request.get(b"authorization"), b"Bearer x")
                self.assertEqual(request.get(b"quorum-psi"), b"p")


class DeathTests(SpreadServed):
    """The member that acknowledged it goes away."""

    def test_gone_before_a_second_one_has_it_the_client_hears_unknown_with_the_hash(self) -> None:
        """-32051, not success."""
        self.begin()
        client = self.pay_later()
        hash = self.hash_at("a1")
        self.proxy.kill("a1")
        said = self.said(client, 0.2)
        assert said is not None
        self.assertEqual(said["error"]["code"], -32051)
        self.assertEqual(said["error"]["data"]["transactionHash"], hash)
        self.assertEqual(
            self.facts.of(InDoubt), [InDoubt("quorum", "a1", self.account, "eth_sendTransaction")]
        )

    def test_the_fence_does_not_wait_for_it(self) -> None:
        """It would wait for a dead node."""
        self.begin()
        client = self.pay_later()
        self.proxy.kill("a1")
        said = self.said(client, 0.2)
        assert said is not None
        self.assertIn("error", said)
        self.assertIn("result", self.pay(self.account, within=1.5))

    def test_gone_but_it_was_on_its_way_to_the_second(self) -> None:
        """32 ms at worst: that is waited for."""
        self.begin(gossip=0.03)
        client = self.pay_later()
        hash = self.hash_at("a1")
        self.proxy.net.advance(0.002)
        # It dies for the proxy alone: what it has sent is on its way.
        self.node("a2").gossiped([self.node("a1").pool.by_hash[hash]])
        self.proxy.kill("a1")
        self.assertEqual((self.said(client, 0.06) or {}).get("result"), hash)

    def test_gone_with_its_bytes_in_hand_they_are_carried_over(self) -> None:
        """They were read in time."""
        self.begin()
        self.node("a2").replies[SEND_RAW] = RpcError(-32000, "txpool is full")
        client = self.pay_later()
        hash = self.hash_at("a1")
        self.proxy.net.advance(0.05)
        self.proxy.kill("a1")
        self.assertIsNone(self.said(client))
        del self.node("a2").replies[SEND_RAW]
        self.assertEqual((self.said(client, 0.1) or {}).get("result"), hash)

    def test_hung_before_a_second_one_has_it(self) -> None:
        """Nobody knows whether it lives: it does not say so in time."""
        self.begin()
        client = self.pay_later()
        hash = self.hash_at("a1")
        self.proxy.hang("a1")
        said = self.said(client, 1.6)
        assert said is not None
        self.assertEqual(said["error"]["data"]["transactionHash"], hash)

    def test_a_second_member_that_hangs_is_not_waited_for_where_there_is_a_third(self) -> None:
        """All others are asked then."""
        self.begin(members=3)
        # The fence of the first call asks all.
        self.pay(self.account)
        self.proxy.hang("a2")
        client = self.pay_later()
        said = self.said(client, 0.1)
        assert said is not None
        self.assertIn(said["result"], self.node("a3").pool.by_hash)

    def test_a_second_member_that_refuses_is_not_waited_for_where_there_is_a_third(self) -> None:
        """Likewise."""
        self.begin(members=3)
        self.proxy.kill("a2")
        said = self.said(self.pay_later(), 0.05)
        assert said is not None
        self.assertIn(said["result"], self.node("a3").pool.by_hash)


class NotTakenTests(SpreadServed):
    """The member lives, and the other takes nothing."""

    def test_bytes_are_not_sent_twice_to_who_got_them(self) -> None:
        """Whatever it said, but a fault of its own; then every 100 ms."""
        for text, times in (("invalid sender", 1), ("txpool is full", 5)):
            self.begin()
            self.node("a2").replies[SEND_RAW] = RpcError(-32000, text)
            self.assertIn("result", self.pay(self.account, within=0.6))
            self.assertEqual(self.asked(SEND_RAW)["a2"], times)

    def begin_full(self) -> None:
        self.begin()
        self.node("a2").replies[SEND_RAW] = RpcError(-32000, "txpool is full")

    def test_500_ms_then_the_answer_goes_out(self) -> None:
        """With the event C{not-spread}."""
        self.begin_full()
        client = self.pay_later()
        hash = self.hash_at("a1")
        self.assertIsNone(self.said(client, 0.45))
        self.assertEqual((self.said(client, 0.1) or {}).get("result"), hash)
        self.assertEqual(self.facts.of(NotSpread), [NotSpread("quorum", "a1", hash)])

    def test_the_hash_is_kept_for_the_fence(self) -> None:
        """The account does not move to who does not have it."""
        self.begin_full()
        self.assertIn("result", self.pay(self.account, within=0.6))
        self.signs("a1").read_only = "no minter"
        self.assertEqual(self.pay(self.account, within=2.5)["error"]["code"], -32052)

    def test_the_other_is_put_down_meanwhile(self) -> None:
        """There is nobody left to wait for, and nothing to make an event of."""
        self.begin()
        self.proxy.hang("a2")
        self.proxy.net.advance(0.38)
        client = self.pay_later()
        for _ in range(60):
            if self.said(client, 0.01) is not None:
                break
        self.assertTrue(self.member("a2").health.down)
        self.assertIn("result", self.said(client) or {})

    def test_the_other_has_another_transaction_with_that_nonce(self) -> None:
        """One of the two takes place: nobody knows which."""
        self.begin()
        # The fence of the first call sees such a thing.
        self.pay(self.account)
        other = Transaction.made(self.account, 1, TO, data=b"\x01")
        self.node("a2").take(other)
        client = self.pay_later()
        said = self.said(client, 0.2)
        assert said is not None
        self.assertEqual(said["error"]["code"], -32051)
        self.assertTrue(said["error"]["data"]["transactionHash"])

    def test_one_that_may_not_be_asked_is_not_waited_for_longer(self) -> None:
        """Its token does not allow it: 500 ms."""
        self.begin()
        for name in ("a1", "a2"):
            for method in (BY_HASH, RAW_BY_HASH, SEND_RAW):
                self.node(name).replies[method] = RpcError(-32001, "S_M - access denied")
        self.assertIn("result", self.pay(self.account, within=0.6))

    def test_many_at_once_each_waits_for_its_own(self) -> None:
        """Ten accounts."""
        self.begin(gossip=0.001)
        clients = [self.send("eth_sendTransaction", self.transaction(KEYS[n % 10])) for n in range(40)]
        for client in clients:
            said = self.said(client, 0.002)
            assert said is not None
            for name in ("a1", "a2"):
                self.assertIn(said["result"], self.node(name).pool.by_hash)


class ManyHashesTests(SpreadServed):
    """Those of a batch, in one request for each member."""

    def test_in_a_batch_each_hash_is_spread_before_the_whole_response_goes_out(self) -> None:
        """One that is lost is an error in its place."""
        self.begin()
        self.pay(self.account)
        before = len(self.node("a2").rpc.requests)
        call = {"jsonrpc": "2.0", "method": "eth_sendTransaction", "params": [self.transaction(self.account)]}
        body = json.dumps([{**call, "id": n} for n in range(3)]).encode()
        client = self.proxy.client(http_request(b"POST", b"/", body, b"Content-Type: application/json"))
        self.assertIsNone(self.got(client))
        asked = [m for m in self.node("a2").rpc.requests[before:] if BY_HASH.encode() in m.body]
        self.assertEqual([m.body.count(BY_HASH.encode()) for m in asked], [3])
        self.node("a2").take(Transaction.made(self.account, 3, TO, data=b"\x01"))
        self.proxy.net.advance(0.2)
        response = self.got(client)
        assert response is not None
        said = json.loads(response.body)
        self.assertEqual([one["id"] for one in said], [0, 1, 2])
        for one in said[:2]:
            self.assertIn(one["result"], self.node("a2").pool.by_hash)
        self.assertEqual(said[2]["error"]["code"], -32051)
        self.assertTrue(said[2]["error"]["data"]["transactionHash"])

    def test_each_hash_of_a_batch_is_spread_in_one_batch_for_each_member(self) -> None:
        """Also while their bytes are carried over."""
        self.begin()
        ones = [Transaction.made(self.account, nonce, TO) for nonce in range(50)]
        for one in ones:
            self.node("a1").take(one)
        seen: list[dict[str, Spreading]] = []
        hashes = [one.hash for one in ones]
        spreading = Spread(self.asker).spread(hashes, self.member("a1"), self.caller)
        before = len(self.node("a2").rpc.requests)
        Deferred.fromCoroutine(spreading).addCallback(seen.append)
        self.proxy.net.advance(0.001)
        asked = [m for m in self.node("a2").rpc.requests[before:] if BY_HASH.encode() in m.body]
        self.assertEqual({m.body.count(BY_HASH.encode()) for m in asked}, {50})
        self.proxy.net.advance(0.3)
        self.assertEqual(seen, [dict.fromkeys(hashes, Spreading.SEEN)])
        self.assertEqual(self.asked(SEND_RAW)["a2"], 50)

    def test_each_has_its_own_end(self) -> None:
        """One is there, one is taken, one is another one's nonce."""
        self.begin()
        ones = [Transaction.made(self.account, nonce, TO) for nonce in range(3)]
        for one in ones:
            self.node("a1").take(one)
        self.node("a2").take(ones[0])
        self.node("a2").take(Transaction.made(self.account, 2, TO, data=b"\x01"))
        seen: list[dict[str, Spreading]] = []
        spreading = Spread(self.asker).spread([one.hash for one in ones], self.member("a1"), self.caller)
        Deferred.fromCoroutine(spreading).addCallback(seen.append)
        self.proxy.net.advance(0.3)
        self.assertEqual(
            seen,
            [
                {
                    ones[0].hash: Spreading.SEEN,
                    ones[1].hash: Spreading.SEEN,
                    ones[2].hash: Spreading.LOST,
                }
            ],
        )

    def test_who_waits_no_more_leaves_nothing(self) -> None:
        """Cancelled at any moment."""
        self.begin()
        one = Transaction.made(self.account, 0, TO)
        self.node("a1").take(one)
        self.node("a2").replies[SEND_RAW] = RpcError(-32000, "txpool is full")
        for moment in (0.0, 0.001, 0.004, 0.01, 0.02, 0.3):
            spreading = Spread(self.asker).spread([one.hash], self.member("a1"), self.caller)
            waiting = Deferred.fromCoroutine(spreading)
            self.proxy.net.advance(moment)
            waiting.cancel()
            self.failureResultOf(waiting, CancelledError)
            before = self.asked(BY_HASH)["a2"]
            self.proxy.net.advance(1.0)
            self.assertEqual(self.asked(BY_HASH)["a2"], before, moment)
            self.assertEqual([len(one) for one in self.asker.under_way.values() if one], [])

    def test_a_lack_of_this_process_is_no_members_fault(self) -> None:
        """It has no file descriptor for a connection: the transaction is not lost for that."""
        self.begin()
        one = Transaction.made(self.account, 0, TO)
        self.node("a1").take(one)
        asker = Lacking(self.asker)
        spreading = Spread(asker).spread([one.hash], self.member("a1"), self.caller)  # type: ignore[arg-type]
        seen: list[dict[str, Spreading]] = []
        Deferred.fromCoroutine(spreading).addCallback(seen.append)
        self.proxy.net.advance(2.0)
        self.assertEqual(seen, [{one.hash: Spreading.KEPT}])

    def test_a_bound_of_this_process_is_no_members_fault(self) -> None:
        """Its answers are not kept: the transaction is not lost for that."""
        self.begin()
        one = Transaction.made(self.account, 0, TO)
        self.node("a1").take(one)
        asker = Lacking(self.asker, limited=True)
        spreading = Spread(asker).spread([one.hash], self.member("a1"), self.caller)  # type: ignore[arg-type]
        seen: list[dict[str, Spreading]] = []
        Deferred.fromCoroutine(spreading).addCallback(seen.append)
        self.proxy.net.advance(2.0)
        self.assertEqual(seen, [{one.hash: Spreading.KEPT}])
