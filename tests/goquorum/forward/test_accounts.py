"""Moves of accounts over HTTP, before simulated nodes, and the fence before each."""

from __future__ import annotations

import json

from quorumha.goquorum.decide.facts import AccountUnseen
from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.node_port import on_calls
from quorumha.testing.goquorum.rpc_error import RpcError
from tests.goquorum.served_accounts import AccountsServed
from tests.goquorum.served_rpc import data_of, rpc_request


class FenceTests(AccountsServed):
    """Before the first call at another member."""

    def test_first_call_after_the_start_is_fenced(self) -> None:
        """Its home must not be below another writable member."""
        self.serve()
        account = self.account_at("a1")
        self.node("a1").replies["eth_getTransactionCount"] = "0x0"
        self.node("a2").replies["eth_getTransactionCount"] = "0x1"
        client = self.send("eth_sendTransaction", self.transaction(account))
        self.proxy.net.advance(0.5)
        self.assertIsNone(self.got(client))
        self.node("a1").replies["eth_getTransactionCount"] = "0x1"
        self.proxy.net.advance(0.1)
        self.assertIsNotNone(self.got(client))

    def test_unseen_refuse_answers_32052_after_2_s(self) -> None:
        """Nothing was done: 503."""
        account = self.moved_unseen()
        client = self.send("eth_sendTransaction", self.transaction(account))
        self.proxy.net.advance(1.9)
        self.assertIsNone(self.got(client))
        self.proxy.net.advance(0.2)
        response = self.got(client)
        assert response is not None
        error = json.loads(response.body)["error"]
        self.assertEqual((response.status, error["code"]), (503, -32052))
        self.assertEqual(data_of(error), {"quorumha": "unseen"})
        self.assertEqual(self.asked("eth_sendTransaction")["a2"], 0)

    def test_calls_that_wait_for_the_same_fence_are_refused_with_it(self) -> None:
        """None waits 2 s for each of the others."""
        account = self.moved_unseen()
        clients = [self.send("eth_sendTransaction", self.transaction(account)) for _ in range(4)]
        self.proxy.net.advance(2.2)
        codes = [json.loads(got.body)["error"]["code"] for one in clients if (got := self.got(one))]
        self.assertEqual(codes, [-32052] * 4)

    def test_until_the_old_member_is_back(self) -> None:
        """It has its journal."""
        account = self.moved_unseen()
        self.assertEqual(self.pay(account, within=2.5)["error"]["code"], -32052)
        self.proxy.network.gossip = 0.001
        self.proxy.revive("a1")
        self.proxy.net.advance(1.0)
        self.assertIn("result", self.pay(account, within=1.0))
        self.proxy.net.advance(0.1)
        self.proxy.network.mine()
        nonces = [one.nonce for one in self.proxy.network.transactions_of(account)]
        self.assertEqual(nonces, [0, 1, 2])

    def test_until_the_operator_disables_the_old_member(self) -> None:
        """Its transactions are given up."""
        account = self.moved_unseen()
        self.assertEqual(self.pay(account, within=2.5)["error"]["code"], -32052)
        self.member("a1").enabled = False
        self.assertIn("result", self.pay(account, within=0.5))

    def test_unseen_proceed_goes_on_with_an_event(self) -> None:
        """After the same 2 s."""
        account = self.moved_unseen('unseen = "proceed"')
        self.assertIn("result", self.pay(account, within=2.5))
        self.assertEqual(
            self.facts.of(AccountUnseen), [AccountUnseen("quorum", "a2", account, 'unseen = "proceed"')]
        )

    def test_an_explicit_nonce_needs_no_fence(self) -> None:
        """The client has given it itself."""
        account = self.moved_unseen()
        self.assertIn("result", self.pay(account, nonce="0x2"))
        self.assertEqual(self.pay(account, within=2.5)["error"]["code"], -32052)

    def test_a_queued_one_counts(self) -> None:
        """A node never gives a nonce away that waits there after a gap."""
        self.serve('acknowledge = "at-once"')
        account = self.account_at("a1")
        self.pay(account)
        self.proxy.net.advance(0.5)
        queued = self.pay(account, nonce="0x2")["result"]
        raw = self.node("a1").pool.by_hash[queued].raw
        self.signs("a1").read_only = "no minter"
        self.assertEqual(self.pay(account, within=2.5)["error"]["code"], -32052)
        # Not gossiped: carried there.
        self.carry(raw, "a2")
        self.assertIn("result", self.pay(account, within=0.1))
        self.proxy.net.advance(0.5)
        nonces = [one.nonce for one in self.proxy.network.transactions_of(account)]
        self.assertEqual(nonces, [0, 1, 2])

    def carry(self, raw: bytes, name: str) -> None:
        """Hand a transaction to a node, past the proxy."""
        client = self.proxy.net.connect(self.proxy.places[name][0])
        client.write(rpc_request("eth_sendRawTransaction", "0x" + raw.hex()))
        self.proxy.net.run()
        self.assertIn(b"result", client.received)

    def test_nothing_that_a_fence_asks_shows_a_secret(self) -> None:
        """It has the token of the call that it serves, and goes to members only."""
        account = self.moved_unseen()
        fields = (b"Authorization: Bearer token-of-alice",)
        call = self.transaction(account)
        self.assertIn("error", self.call("eth_sendTransaction", call, within=2.5, fields=fields))
        asked = [one for one in self.node("a2").rpc.requests if b"eth_getTransactionByHash" in one.body]
        self.assertGreater(len(asked), 50)
        self.assertEqual({one.get(b"authorization") for one in asked}, {b"Bearer token-of-alice"})


class MoveTests(AccountsServed):
    """From one member to another, and home."""

    def test_a_move_waits_for_those_under_way(self) -> None:
        """A read-only member answers what it has in its hands."""
        self.serve()
        account = self.account_at("a1")
        self.pay(account)
        self.node("a1").faults.only = on_calls("eth_sendTransaction")
        self.node("a1").faults.lag = 0.5
        first = self.send("eth_sendTransaction", self.transaction(account))
        self.signs("a1").read_only = "no minter"
        second = self.send("eth_sendTransaction", self.transaction(account))
        self.proxy.net.advance(0.4)
        self.assertIsNone(self.got(second))
        self.proxy.net.advance(0.2)
        self.assertIsNotNone(self.got(first))
        self.assertIsNotNone(self.got(second))
        self.assertEqual(self.asked("eth_sendTransaction")["a2"], 1)

    def test_going_home_is_a_move_like_any_other(self) -> None:
        """With a fence; where it does not pass, the account stays, and nobody is refused."""
        self.serve()
        account = self.account_at("a1")
        self.pay(account)
        self.signs("a1").read_only = "no minter"
        self.pay(account, within=0.1)
        self.proxy.net.advance(0.5)
        self.signs("a1").read_only = ""
        self.node("a1").replies["eth_getTransactionCount"] = "0x0"
        self.assertIn("result", self.pay(account, within=0.5))
        self.assertEqual(self.asked("eth_sendTransaction")["a2"], 2)
        del self.node("a1").replies["eth_getTransactionCount"]
        self.proxy.net.advance(1.0)
        self.assertIn("result", self.pay(account))
        self.assertEqual(self.asked("eth_sendTransaction")["a1"], 2)

    def test_listeners_of_one_pool_know_of_each_other(self) -> None:
        """Two of them do not give one nonce twice."""
        proxy = self.serve()
        more = '[listeners.more]\nlisten = "tcp:8600"\nserve = "goquorum-rpc"\npool = "quorum"\n'
        proxy.apply(self.config + more)
        parts = proxy.service.parts
        self.assertIs(parts["rpc"].state.accounts, parts["more"].state.accounts)
        proxy.apply(self.config + more + 'acknowledge = "at-once"\n')
        again = proxy.service.parts
        self.assertIs(parts["rpc"].state.accounts, again["more"].state.accounts)

    def test_accounts_are_remembered_up_to_memory(self) -> None:
        """The least recently used one is fenced as after a start."""
        self.serve("memory = 5")
        for key in KEYS[:10]:
            self.assertIn("result", self.pay(key))
        before = sum(self.asked("eth_getTransactionCount").values())
        self.pay(KEYS[9])
        self.assertEqual(sum(self.asked("eth_getTransactionCount").values()), before)
        self.pay(KEYS[0])
        self.assertGreater(sum(self.asked("eth_getTransactionCount").values()), before)

    def test_async_has_no_hash_to_be_fenced_by(self) -> None:
        """Its zero hash is asked of nobody."""
        self.serve('acknowledge = "at-once"')
        account = self.account_at("a1")
        self.call("eth_sendTransactionAsync", self.transaction(account))
        self.signs("a1").read_only = "no minter"
        self.proxy.net.advance(0.5)
        self.assertIn("result", self.pay(account))
        self.assertEqual(sum(self.asked("eth_getTransactionByHash").values()), 0)

    def test_a_fence_that_is_denied_refuses_only_its_own_call(self) -> None:
        """A token that may not look is not everybody's."""
        self.serve('acknowledge = "at-once"')
        account = self.account_at("a1")
        self.pay(account)
        self.proxy.net.advance(0.5)
        self.signs("a1").read_only = "no minter"
        self.node("a2").replies["eth_getTransactionByHash"] = RpcError(-32001, "not authorized")
        self.assertEqual(self.pay(account, within=2.5)["error"]["code"], -32052)
