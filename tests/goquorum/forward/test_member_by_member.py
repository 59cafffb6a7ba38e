"""Calls of C{once}, C{sign} and C{never}, over HTTP, before simulated nodes."""

from __future__ import annotations

import json

from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.node_port import on_calls
from quorumha.testing.goquorum.rpc_error import RpcError
from tests.goquorum.served_accounts import AccountsServed
from tests.goquorum.served_rpc import data_of


class OnceTests(AccountsServed):
    """What the table does not know."""

    def test_once_goes_in_turn_to_members_that_may_take_transactions(self) -> None:
        """Each its share."""
        self.serve(members=3)
        self.signs("a3").read_only = "no minter"
        for name in ("a1", "a2", "a3"):
            self.node(name).replies["custom_call"] = name
        said = [self.call("custom_call")["result"] for _ in range(6)]
        self.assertEqual(sorted(said), ["a1", "a1", "a1", "a2", "a2", "a2"])

    def test_once_is_never_sent_again(self) -> None:
        """-32051, status 200."""
        self.serve(members=2)
        for name in ("a1", "a2"):
            self.node(name).replies["custom_call"] = name
        client = None
        for name in ("a1", "a2"):
            self.node(name).faults.only = on_calls("custom_call")
            self.node(name).faults.die_before_commit = True
        client = self.send("custom_call")
        self.proxy.net.advance(0.1)
        response = self.got(client)
        assert response is not None
        self.assertEqual((response.status, json.loads(response.body)["error"]["code"]), (200, -32051))
        requests = [one for name in ("a1", "a2") for one in self.node(name).rpc.requests]
        self.assertEqual(sum(b"custom_call" in one.body for one in requests), 1)

    def test_no_such_method_asks_the_next_member_whatever_the_class(self) -> None:
        """Nothing was done."""
        self.serve()
        self.node("a2").replies["custom_call"] = "here"
        for _ in range(4):
            self.assertEqual(self.call("custom_call")["result"], "here")

    def test_no_member_waits_then_503(self) -> None:
        """It names each and its cause."""
        self.serve('client_timeout = "1s"')
        for name in ("a1", "a2"):
            self.signs(name).read_only = "no minter"
        error = self.call("custom_call", within=1.5)["error"]
        self.assertEqual((self.status, error["code"], data_of(error)), (503, -32050, {"quorumha": "timeout"}))
        self.assertIn("a2: read-only: no minter", error["message"])


class SignTests(AccountsServed):
    """C{sign}: the account's member, then the next one."""

    def test_sign_goes_to_the_accounts_member(self) -> None:
        """Where it is unlocked."""
        self.serve()
        for name in ("a1", "a2"):
            self.call("eth_sign", self.account_at(name), "0x12")
        asked = self.asked("eth_sign")
        self.assertEqual((asked["a1"], asked["a2"]), (1, 1))

    def test_unlocking_goes_where_the_next_transaction_goes(self) -> None:
        """Not to a home that gets no transactions: unlocking holds for one process."""
        self.serve('allow = ["*", "personal_*"]')
        account = self.account_at("a1")
        self.signs("a1").read_only = "no minter"
        for name in ("a1", "a2"):
            self.node(name).replies["personal_unlockAccount"] = name
        self.assertEqual(self.call("personal_unlockAccount", account, "pw")["result"], "a2")
        self.assertIn("result", self.pay(account, within=2.0))
        self.signs("a1").read_only = ""
        self.assertEqual(self.call("personal_unlockAccount", account, "pw")["result"], "a2")

    def test_sign_asks_the_next_member_after_no_answer(self) -> None:
        """It makes no transaction."""
        self.serve()
        account = self.account_at("a1")
        for name in ("a1", "a2"):
            self.node(name).replies["eth_sign"] = name
        self.node("a1").faults.only = on_calls("eth_sign")
        self.node("a1").faults.die_before_commit = True
        self.assertEqual(self.call("eth_sign", account, "0x12", within=0.1)["result"], "a2")

    def test_sign_asks_the_next_member_where_it_is_locked(self) -> None:
        """All of them: the first answer."""
        self.serve()
        account = self.account_at("a1")
        locked = RpcError(-32000, "authentication needed: password or unlock")
        self.node("a1").replies["eth_sign"] = locked
        self.node("a2").replies["eth_sign"] = "signed"
        self.assertEqual(self.call("eth_sign", account, "0x12")["result"], "signed")
        self.node("a2").replies["eth_sign"] = locked
        self.assertEqual(self.call("eth_sign", account, "0x12")["error"]["message"], locked.args[0])

    def test_a_secret_is_never_sent_to_a_second_member_once_a_byte_was_sent(self) -> None:
        """Whatever came of it."""
        self.serve()
        account = self.account_at("a1")
        self.node("a1").faults.only = on_calls("personal_sign")
        self.node("a1").faults.die_before_commit = True
        self.assertEqual(
            self.call("personal_sign", "0x12", account, "pw", within=0.1)["error"]["code"], -32051
        )
        self.assertEqual(self.asked("personal_sign")["a2"], 0)


class NeverTests(AccountsServed):
    """C{never}: refused unless allowed."""

    def test_never_is_refused_unless_allowed(self) -> None:
        """As a node refuses what it does not have."""
        self.serve()
        error = self.call("miner_start")["error"]
        self.assertEqual(
            (self.status, error["code"], error["message"]),
            (200, -32601, "the method miner_start does not exist/is not available"),
        )
        self.assertEqual(sum(self.asked("miner_start").values()), 0)

    def test_never_when_allowed_goes_to_the_first_usable_member(self) -> None:
        """Each time the same."""
        self.serve('allow = ["*", "miner_start"]', members=3)
        for name in ("a1", "a2", "a3"):
            self.node(name).replies["miner_start"] = name
        self.assertEqual({self.call("miner_start")["result"] for _ in range(4)}, {"a1"})
        self.proxy.kill("a1")
        self.proxy.net.advance(1.0)
        self.assertEqual({self.call("miner_start")["result"] for _ in range(4)}, {"a2"})


class FirstWritableTests(AccountsServed):
    """Accounts that cannot be read."""

    def test_a_count_of_no_account_is_answered_by_any_member(self) -> None:
        """It says what is wrong."""
        self.serve()
        self.assertIn("error", self.call("eth_getTransactionCount", KEYS[0][:10], "pending"))
