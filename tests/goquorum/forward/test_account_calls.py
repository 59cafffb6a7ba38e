"""Calls of accounts over HTTP, before simulated nodes: who gets them, and what a client is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from quorumha.goquorum.decide.call import Call
from quorumha.goquorum.decide.facts import InDoubt
from quorumha.goquorum.forward.ask import Asker, NoResponse, Outcome
from quorumha.goquorum.forward.calling_client import Caller
from quorumha.http.forward.round_policy import Response
from quorumha.pool.member import Member
from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.node_port import on_calls
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.memory_proxy import http_request
from tests.goquorum.served_accounts import AccountsServed
from tests.goquorum.served_rpc import data_of


class AffinityTests(AccountsServed):
    """C{account}: the account's member; never sent again."""

    def test_calls_of_an_account_go_to_its_home(self) -> None:
        """Whichever member's turn it is."""
        self.serve(members=3)
        for account in KEYS[:10]:
            before = self.asked("eth_sendTransaction")
            for _ in range(3):
                self.assertIn("result", self.pay(account))
            after = self.asked("eth_sendTransaction")
            self.assertEqual({name for name in after if after[name] != before[name]}, {self.home(account)})

    def test_clients_that_wait_for_ever(self) -> None:
        """C{client_timeout} is 0: a slow member is waited for, in a batch, too."""
        self.serve("client_timeout = 0")
        account = self.account_at()
        for node in self.proxy.quorums.values():
            node.faults.lag, node.faults.only = 40.0, on_calls("eth_sendTransaction")
        self.assertIn("result", self.pay(account, within=41))
        call = {"id": 1, "method": "eth_sendTransaction", "params": [self.transaction(account)]}
        body = json.dumps([call, {**call, "id": 2}]).encode()
        request = http_request(b"POST", b"/", body, b"Content-Type: application/json")
        answers = json.loads(self.proxy.ask(request, within=81).body)
        self.assertEqual(["result" in one for one in answers], [True, True])

    def test_no_transaction_is_lost_though_clients_are_many(self) -> None:
        """Sent at once, without a nonce: each takes place, without a gap."""
        self.serve()
        clients = [self.send("eth_sendTransaction", self.transaction(KEYS[n % 10]), id=n) for n in range(60)]
        self.proxy.net.advance(1.0)
        for client in clients:
            response = self.got(client)
            assert response is not None
            hash = json.loads(response.body)["result"]
            self.assertTrue(self.proxy.network.included(hash))
        for key in KEYS[:10]:
            nonces = [one.nonce for one in self.proxy.network.transactions_of(key)]
            self.assertEqual(nonces, list(range(6)))

    def test_a_member_that_refuses_was_sent_no_byte(self) -> None:
        """The next one takes the call."""
        self.serve()
        account = self.account_at("a1")
        self.pay(account)
        self.proxy.net.advance(1.0)
        self.proxy.kill("a1")
        self.assertIn("result", self.pay(account, within=1.0))
        self.assertEqual(self.asked("eth_sendTransaction")["a2"], 1)

    def test_a_nodes_fault_asks_the_next_member_for_nothing_was_pooled(self) -> None:
        """An error answer means so."""
        self.serve()
        account = self.account_at("a1")
        self.node("a1").replies["eth_sendTransaction"] = RpcError(-32000, "txpool is full")
        self.assertIn("result", self.pay(account))
        self.assertEqual(self.asked("eth_sendTransaction")["a2"], 1)

    def test_when_all_have_a_fault_the_first_answer_is_delivered(self) -> None:
        """It beats an error of ours."""
        self.serve()
        account = self.account_at("a1")
        for name in ("a1", "a2"):
            self.node(name).replies["eth_sendTransaction"] = RpcError(-32000, "txpool is full")
        self.assertEqual(self.pay(account)["error"]["message"], "txpool is full")
        self.assertEqual(self.status, 200)

    def test_the_callers_fault_is_delivered_at_once(self) -> None:
        """No second member is asked."""
        self.serve()
        account = self.account_at("a1")
        self.node("a1").replies["eth_sendTransaction"] = RpcError(-32000, "intrinsic gas too low")
        self.assertEqual(self.pay(account)["error"]["message"], "intrinsic gas too low")
        self.assertEqual(self.asked("eth_sendTransaction")["a2"], 0)

    def overtaken(self, name: str, message: str, times: int = 1) -> None:
        """Gossip brings a node another transaction with the nonce that it is just giving away."""
        replies, left = self.node(name).replies, [RpcError(-32000, message)] * times

        def say(params: object) -> None:
            if len(left) == 1:
                del replies["eth_sendTransaction"]
            raise left.pop()

        replies["eth_sendTransaction"] = say

    def test_a_nonce_that_was_overtaken_by_gossip_is_given_away_anew(self) -> None:
        """Real nodes say so right after an account's move: nothing was done."""
        self.serve()
        account = self.account_at("a1")
        for message in ("replacement transaction underpriced", "nonce too low"):
            for times in (1, 5):
                self.overtaken("a1", message, times)
                self.assertIn("result", self.pay(account))
            self.overtaken("a1", message, 1000)
            self.assertEqual(self.pay(account, within=1.1)["error"]["message"], message)
            self.node("a1").replies.clear()
        self.assertEqual(self.asked("eth_sendTransaction")["a2"], 0)

    def test_a_nonce_of_the_clients_own_is_its_own_affair(self) -> None:
        """What the node says of it is delivered."""
        self.serve()
        account = self.account_at("a1")
        self.overtaken("a1", "nonce too low")
        self.assertEqual(self.pay(account, nonce="0x0")["error"]["message"], "nonce too low")
        self.assertEqual(self.asked("eth_sendTransaction")["a1"], 1)

    def test_authentication_needed_is_asked_again_after_1_s(self) -> None:
        """A restarted node answers before C{--unlock} is done."""
        self.serve()
        account = self.account_at("a1")
        self.pay(account)
        self.proxy.net.advance(0.5)
        self.node("a1").unlocked.clear()
        for _ in range(3):
            self.assertIn("result", self.pay(account))
        self.assertEqual(self.asked("eth_sendTransaction")["a1"], 2)
        self.node("a1").unlocked.update(KEYS[:10])
        self.proxy.net.advance(1.5)
        self.assertIn("result", self.pay(account))
        self.assertEqual(self.asked("eth_sendTransaction")["a1"], 3)

    def test_an_account_that_cannot_be_read_goes_to_the_first_writable_member_once(self) -> None:
        """The node says what is wrong."""
        self.serve()
        for _ in range(2):
            self.assertIn("error", self.call("eth_sendTransaction", {"from": "0x12"}))
        self.assertEqual(self.asked("eth_sendTransaction"), {**self.asked("no"), "a1": 2})

    def test_no_writable_member_is_503_with_each_cause(self) -> None:
        """After C{client_timeout}: nothing was done."""
        self.serve('client_timeout = "2s"')
        for name in ("a1", "a2"):
            self.signs(name).read_only = "no minter"
        client = self.send("eth_sendTransaction", self.transaction(KEYS[0]))
        self.proxy.net.advance(1.5)
        self.assertIsNone(self.got(client))
        self.proxy.net.advance(1.0)
        response = self.got(client)
        assert response is not None
        error = json.loads(response.body)["error"]
        self.assertEqual((response.status, error["code"]), (503, -32050))
        self.assertIn("a1: read-only: no minter; a2: read-only: no minter", error["message"])
        self.assertEqual(sum(self.asked("eth_sendTransaction").values()), 0)

    def test_writes_wait_for_a_writable_member(self) -> None:
        """Inside C{client_timeout}."""
        self.serve()
        for name in ("a1", "a2"):
            self.signs(name).read_only = "no minter"
        client = self.send("eth_sendTransaction", self.transaction(KEYS[0]))
        self.proxy.net.advance(1.5)
        self.signs("a2").read_only = ""
        self.proxy.net.advance(1.0)
        response = self.got(client)
        assert response is not None
        self.assertIn("result", json.loads(response.body))


class UnknownOutcomeTests(AccountsServed):
    """Bytes were sent, and no response came."""

    def in_hands(self) -> tuple[str, Any]:
        """An account of a1, which hangs with a call of it."""
        self.serve()
        account = self.account_at("a1")
        self.pay(account)
        self.proxy.net.advance(0.5)
        self.proxy.hang("a1")
        client = self.send("eth_sendTransaction", self.transaction(account))
        return account, client

    def check_unknown(self, client: Any) -> None:
        """It was told so, and in no way that invites a repeat."""
        response = self.got(client)
        assert response is not None
        error = json.loads(response.body)["error"]
        self.assertEqual((response.status, error["code"]), (200, -32051))
        self.assertEqual(data_of(error), {"quorumha": "unknown-outcome"})

    def test_the_connection_ended(self) -> None:
        """Nobody knows; event C{in-doubt} says account, method and member."""
        account, client = self.in_hands()
        self.proxy.kill("a1")
        self.proxy.net.advance(0.1)
        self.check_unknown(client)
        self.assertEqual(self.facts.of(InDoubt), [InDoubt("quorum", "a1", account, "eth_sendTransaction")])

    def test_down_by_its_checks_for_1_s(self) -> None:
        """It may only have been slow."""
        _, client = self.in_hands()
        self.proxy.net.advance(1.0)
        self.assertIsNone(self.got(client))
        self.proxy.net.advance(1.5)
        self.check_unknown(client)

    def test_a_part_of_the_request_was_sent(self) -> None:
        """The member takes no more of it: it may have got the rest all the same, as far as anybody knows."""
        self.serve()
        account = self.account_at("a1")
        self.pay(account)
        self.proxy.net.advance(0.5)
        self.proxy.hang("a1")
        client = self.send("eth_sendTransaction", self.transaction(account, data="0x" + "00" * 2_000_000))
        self.proxy.net.advance(3.0)
        self.check_unknown(client)
        self.assertEqual(self.asked("eth_sendTransaction")["a2"], 0)

    def test_client_timeout(self) -> None:
        """Though nobody checks."""
        self.serve('client_timeout = "3s"')
        account = self.account_at("a1")
        self.node("a1").faults.only = on_calls("eth_sendTransaction")
        self.node("a1").faults.hang = True
        client = self.send("eth_sendTransaction", self.transaction(account))
        self.proxy.net.advance(2.5)
        self.assertIsNone(self.got(client))
        self.proxy.net.advance(1.0)
        self.check_unknown(client)

    def test_it_goes_on_elsewhere_when_that_member_refuses_connections(self) -> None:
        """It is dead: what it told others arrives within 100 ms."""
        account, _ = self.in_hands()
        self.proxy.kill("a1")
        self.proxy.net.advance(0.1)
        self.assertIn("result", self.pay(account, within=0.3))

    def test_it_goes_on_elsewhere_when_the_pending_nonce_has_stood_still_for_1_s(self) -> None:
        """A hung one takes connections."""
        account, _ = self.in_hands()
        self.proxy.net.advance(2.5)
        client = self.send("eth_sendTransaction", self.transaction(account))
        self.proxy.net.advance(0.9)
        self.assertIsNone(self.got(client))
        self.proxy.net.advance(0.3)
        response = self.got(client)
        assert response is not None
        self.assertIn("result", json.loads(response.body))

    def test_a_late_response_is_read_and_its_hash_kept_for_the_fence(self) -> None:
        """The hung member wakes and acts: nothing is displaced."""
        account, client = self.in_hands()
        self.proxy.net.advance(2.5)
        self.check_unknown(client)
        self.assertIn("result", self.pay(account, within=2.0))
        self.proxy.revive("a1")
        self.proxy.net.advance(2.0)
        self.assertIn("result", self.pay(account, within=2.0))
        self.proxy.net.advance(1.0)
        nonces = [one.nonce for one in self.proxy.network.transactions_of(account)]
        self.assertEqual(nonces, [0, 1, 2, 3])

    def test_what_stands_before_a_member_does_not_say_what_it_did(self) -> None:
        """A late 502 ends no doubt; an answer of JSON-RPC does, an error too."""
        self.serve()
        account = self.account_at("a1")
        part = self.proxy.service.parts["rpc"]
        calls = part.engine.handlings["account"]
        late: list[Callable[[Response | None], object]] = []
        asker = Unanswered(self.asker, late)
        calls = evolve(calls, accounts=evolve(calls.accounts, asker=asker))
        call = Call(b"1", "eth_sendTransaction", json.dumps([self.transaction(account)]).encode())
        failed: list[Failure] = []
        work = calls.respond(call, part.engine.rules.for_call(call), self.caller, self.clock.seconds() + 30)
        Deferred.fromCoroutine(work).addErrback(failed.append)
        self.proxy.net.advance(0.5)
        self.assertEqual([one.value.code for one in failed], [-32051])
        known = part.state.accounts.find(bytes.fromhex(account[2:]))
        late[0](Response.made(b"<html>bad gateway</html>", status=502))
        self.assertEqual(set(known.account.doubts), {self.member("a1")})
        late[0](Response.made(b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"x"}}'))
        self.assertEqual(known.account.doubts, {})

    def test_what_breaks_holds_up_no_later_call(self) -> None:
        """The account can still move: the call is in doubt, not in a member's hands for ever."""
        self.serve()
        account = self.account_at("a1")
        part = self.proxy.service.parts["rpc"]
        call = Call(b"1", "eth_sendTransaction", json.dumps([self.transaction(account)]).encode())
        calls = part.engine.handlings["account"]
        calls = evolve(calls, accounts=evolve(calls.accounts, asker=Unanswered(self.asker, None)))
        failed: list[Failure] = []
        work = calls.respond(call, part.engine.rules.for_call(call), self.caller, self.clock.seconds() + 30)
        Deferred.fromCoroutine(work).addErrback(failed.append)
        self.proxy.net.advance(0.5)
        self.assertEqual([one.type for one in failed], [AttributeError])
        known = part.state.accounts.find(bytes.fromhex(account[2:])).account
        self.assertEqual((known.under_way, set(known.doubts)), (0, {self.member("a1")}))

    def test_the_client_leaves_and_the_call_is_carried_to_its_end(self) -> None:
        """What becomes of it counts for those that come after it."""
        self.serve()
        account = self.account_at("a1")
        self.node("a1").faults.only = on_calls("eth_sendTransaction")
        self.node("a1").faults.lag = 0.5
        client = self.send("eth_sendTransaction", self.transaction(account))
        self.proxy.net.advance(0.1)
        client.close()
        self.proxy.net.advance(1.0)
        self.assertEqual(self.asked("eth_sendTransaction")["a1"], 1)
        self.node("a1").faults.lag = 0.0
        self.assertIn("result", self.pay(account))
        self.assertEqual(self.facts.of(InDoubt), [])


class Unanswered:
    """Members that get what is sent once, and do not answer.

    @ivar late: who wants to know what comes all the same; None: there is a bug.
    """

    def __init__(self, asker: Asker, late: list[Callable[[Response | None], object]] | None) -> None:
        self.pool, self.clock, self.ask = asker.pool, asker.clock, asker.ask
        self.late = late

    def send(
        self,
        member: Member,
        body: bytes,
        caller: Caller,
        deadline: float,
        late: Callable[[Response | None], object],
    ) -> Deferred[Outcome]:
        self.late.append(late)  # type: ignore[union-attr]  # that is the bug
        return succeed(NoResponse(member, True, "no answer in time"))


class CountTests(AccountsServed):
    """C{count}: the account's member, then its next one."""

    def test_count_goes_to_the_accounts_member(self) -> None:
        """It has what others may not have yet."""
        self.serve()
        account = self.account_at("a1")
        self.proxy.network.gossip = None
        self.pay(account)
        self.assertEqual(self.call("eth_getTransactionCount", account, "pending")["result"], "0x1")
        self.assertEqual(self.asked("eth_fillTransaction"), self.asked("no"))
        self.call("eth_fillTransaction", self.transaction(account))
        self.assertEqual(self.asked("eth_fillTransaction")["a1"], 1)

    def test_count_is_asked_of_the_next_member_after_no_answer(self) -> None:
        """Behind the fence: a count that is too low gives a nonce twice."""
        self.serve()
        account = self.account_at("a1")
        self.pay(account)
        self.proxy.net.advance(0.5)
        self.proxy.hang("a1")
        client = self.send("eth_getTransactionCount", account, "pending")
        self.proxy.net.advance(2.0)
        response = self.got(client)
        assert response is not None
        self.assertEqual(json.loads(response.body)["result"], "0x1")


class SecretTests(AccountsServed):
    """C{secret}: never sent to a second member once a byte was sent."""

    def test_an_answer_over_response_limit_is_not_asked_for_again(self) -> None:
        """Neither of a count nor of a signature: another member would give the same."""
        self.serve('response_limit = "100KiB"')
        account = self.account_at("a1")
        for method, params in (
            ("eth_fillTransaction", [{"from": account}]),
            ("eth_sign", [account, "0x12"]),
        ):
            for name in ("a1", "a2"):
                self.node(name).replies[method] = "0x" + "ab" * 100_000
            found = self.call(method, *params, within=2.0)
            self.assertEqual(data_of(found["error"]), {"quorumha": "response-limit"})
            self.assertEqual(sum(self.asked(method).values()), 1)

    def test_a_nodes_fault_is_delivered(self) -> None:
        """The password stays where it is."""
        self.serve()
        account = self.account_at("a1")
        self.node("a1").replies["personal_sendTransaction"] = RpcError(-32000, "txpool is full")
        said = self.call("personal_sendTransaction", self.transaction(account), "pw")
        self.assertEqual(said["error"]["message"], "txpool is full")
        self.assertEqual(self.asked("personal_sendTransaction")["a2"], 0)

    def test_personal_unlock_account_goes_to_the_accounts_member(self) -> None:
        """Unlocking holds for one process."""
        self.serve()
        for name in ("a1", "a2"):
            self.call("personal_unlockAccount", self.account_at(name), "pw", 0)
        asked = self.asked("personal_unlockAccount")
        self.assertEqual((asked["a1"], asked["a2"]), (1, 1))
