"""Signed transactions over HTTP, before simulated nodes."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from quorumha.events import RequestDone
from quorumha.goquorum.decide.call import Call, OwnResponse
from quorumha.goquorum.forward.ask import MemberResponse, NoResponse, Outcome
from quorumha.goquorum.forward.reply import Reply
from quorumha.http.forward.round_policy import Response
from quorumha.testing.goquorum.key_store import KEYS
from quorumha.testing.goquorum.node_port import on_calls
from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.transaction import Transaction
from quorumha.testing.http.recording import Recorder
from quorumha.testing.http_clients import http_request
from tests.goquorum.served_rpc import ServedRpc, data_of

SEND_RAW = "eth_sendRawTransaction"
PRIVATE = "eth_sendRawPrivateTransaction"
DISTRIBUTE = "eth_distributePrivateTransaction"
BY_HASH = "eth_getTransactionByHash"
TO = "0x" + "99" * 20
FULL = RpcError(-32000, "txpool is full")


class SignedServed(ServedRpc):
    """Transactions that a client has signed."""

    def begin(self, listener: str = "", members: int = 2, gossip: float | None = 0.001) -> None:
        self.serve(listener, members=members)
        self.proxy.network.gossip = gossip
        for node in self.proxy.quorums.values():
            node.ptm = True

    def signed(self, nonce: int = 0, *, private: bool = False, data: bytes = b"\x01") -> Transaction:
        return Transaction.made(KEYS[0], nonce, TO, data=data, private=private)

    def raw(self, one: Transaction) -> str:
        return f"0x{one.raw.hex()}"

    def submit(self, one: Transaction, within: float = 0.1) -> dict[str, Any]:
        return self.call(SEND_RAW, self.raw(one), within=within)

    def submit_later(self, one: Transaction) -> Recorder:
        return self.send(SEND_RAW, self.raw(one))

    def said(self, client: Recorder, within: float = 0.0) -> dict[str, Any] | None:
        self.proxy.net.advance(within)
        response = self.got(client)
        return None if response is None else dict(json.loads(response.body))

    def sent(self, method: str = SEND_RAW) -> list[int]:
        """How often each node was sent it."""
        return [n for name, n in self.asked(method).items() if name.startswith("a")]

    def resolved(self) -> dict[str, int]:
        """The calls of which nobody knew what became of them, until a member was asked."""
        (numbers,) = self.proxy.service.numbers.values()
        return dict(numbers.outcomes_resolved)

    def first(self) -> str:
        """Whose turn it is: found by sending one that is refused for its own fault."""
        before = self.sent()
        self.submit(Transaction.made(KEYS[9], 0, TO, gas_price=1))
        (index,) = [i for i, (was, now) in enumerate(zip(before, self.sent(), strict=True)) if was != now]
        return f"a{2 - index}"


class SignedTests(SignedServed):
    """C{signed}."""

    def test_any_writable_member(self) -> None:
        """In turn; none that is read-only."""
        self.begin('acknowledge = "at-once"')
        for nonce in range(4):
            one = self.signed(nonce)
            self.assertEqual(self.submit(one)["result"], one.hash)
        self.assertEqual(self.sent(), [2, 2])
        self.assertEqual(self.resolved(), {})
        self.signs("a1").read_only = "no minter"
        for nonce in range(4, 8):
            self.assertIn("result", self.submit(self.signed(nonce)))
        self.assertEqual(self.sent(), [2, 6])

    def test_the_hash_is_that_of_the_bytes(self) -> None:
        """Private ones alike."""
        self.begin()
        for one in (self.signed(0), self.signed(1, private=True)):
            self.assertEqual(self.submit(one)["result"], one.hash)

    def test_already_known_is_success_with_that_hash(self) -> None:
        """At either node, before and after it is in a block."""
        self.begin()
        one = self.signed()
        for _ in range(4):
            self.assertEqual(self.submit(one)["result"], one.hash)
        self.assertEqual(len(self.proxy.network.transactions_of(KEYS[0])), 0)
        self.proxy.net.advance(0.5)
        self.assertEqual(self.submit(one)["result"], one.hash)
        self.assertEqual(len(self.proxy.network.transactions_of(KEYS[0])), 1)

    def test_nonce_too_low_is_success_if_a_member_finds_the_hash(self) -> None:
        """It is in a block."""
        self.begin()
        one = self.signed()
        self.submit(one)
        self.proxy.net.advance(1.0)
        self.assertTrue(self.proxy.network.included(one.hash))
        for _ in range(2):
            self.assertEqual(self.submit(one)["result"], one.hash)

    def test_nonce_too_low_is_delivered_if_none_does(self) -> None:
        """Another transaction had it."""
        self.begin()
        self.submit(self.signed())
        self.proxy.net.advance(1.0)
        said = self.submit(self.signed(data=b"\x02"))
        self.assertEqual(said["error"]["message"], "nonce too low")

    def test_a_callers_fault_is_delivered(self) -> None:
        """No second member is asked."""
        self.begin()
        said = self.submit(Transaction.made(KEYS[0], 0, TO, gas_price=1))
        self.assertEqual(said["error"]["message"], "Gas price not 0")
        self.assertEqual(sum(self.sent()), 1)

    def test_what_cannot_be_read_the_node_answers(self) -> None:
        """It says what is wrong with it."""
        self.begin()
        self.assertEqual(self.call(SEND_RAW, "zz")["error"]["code"], -32602)
        self.assertEqual(sum(self.sent()), 1)

    def test_a_nodes_fault_asks_the_next_member(self) -> None:
        """Nothing was done."""
        self.begin('acknowledge = "at-once"')
        self.node("a1").replies[SEND_RAW] = FULL
        for nonce in range(2):
            self.assertIn("result", self.submit(self.signed(nonce)))
        self.assertEqual(self.sent()[1], 2)

    def test_when_all_have_a_fault_the_first_answer_is_delivered(self) -> None:
        """No member is sent the same call twice."""
        self.begin()
        for name in ("a1", "a2"):
            self.node(name).replies[SEND_RAW] = FULL
        self.assertEqual(self.submit(self.signed())["error"]["message"], "txpool is full")
        self.assertEqual(self.sent(), [1, 1])

    def test_a_fault_of_the_next_member_does_not_say_what_became_of_it_at_the_first(self) -> None:
        """-32051 with its hash: the one that did not answer may have it yet."""
        self.begin(gossip=None)
        self.node("a1").faults.only = on_calls(SEND_RAW)
        self.node("a1").faults.die_before_commit = True
        self.node("a2").replies[SEND_RAW] = FULL
        one = self.signed()
        said = self.submit(one, within=1.0)
        self.assertEqual(said["error"]["code"], -32051)
        self.assertEqual(said["error"]["data"]["transactionHash"], one.hash)

    def test_no_answer_looked_up_by_hash_then_sent_to_the_next_member(self) -> None:
        """It died before it did anything."""
        self.begin()
        name = self.first()
        self.node(name).faults.die_before_commit = True
        self.node(name).faults.only = on_calls(SEND_RAW)
        one = self.signed()
        self.assertEqual(self.submit(one)["result"], one.hash)
        self.assertFalse(self.node(name).alive)
        other = "a2" if name == "a1" else "a1"
        self.assertGreaterEqual(self.asked(BY_HASH)[other], 1)

    def test_no_answer_but_found_by_its_hash(self) -> None:
        """It was done, and gossiped; no member is sent the same call twice."""
        self.begin(gossip=0.0)
        name = self.first()
        before = sum(self.sent())
        self.node(name).faults.hang = True
        self.node(name).faults.only = on_calls(SEND_RAW)
        one = self.signed()
        client = self.submit_later(one)
        other = "a2" if name == "a1" else "a1"
        self.node(other).take(one)
        # Its connection ends: the answer is lost.
        self.proxy.kill(name)
        said = self.said(client, 0.6)
        assert said is not None
        self.assertEqual(said["result"], one.hash)
        self.assertEqual(sum(self.sent()) - before, 0)
        self.assertEqual(self.resolved(), {SEND_RAW: 1})

    def test_a_member_that_hangs_is_left_as_its_checks_put_it_down(self) -> None:
        """The next one is sent it."""
        self.begin()
        name = self.first()
        self.proxy.hang(name)
        one = self.signed()
        said = self.said(self.submit_later(one), 3.0)
        assert said is not None
        self.assertEqual(said["result"], one.hash)

    def test_while_no_member_may_take_it_it_waits(self) -> None:
        """Until one may."""
        self.begin()
        for name in ("a1", "a2"):
            self.signs(name).read_only = "no minter"
        one = self.signed()
        client = self.submit_later(one)
        self.assertIsNone(self.said(client, 1.0))
        self.signs("a2").read_only = ""
        said = self.said(client, 1.0)
        assert said is not None
        self.assertEqual(said["result"], one.hash)

    def test_in_vain(self) -> None:
        """-32050, 503: nothing was done."""
        self.begin('client_timeout = "1s"')
        for name in ("a1", "a2"):
            self.signs(name).read_only = "no minter"
        said = self.submit(self.signed(), within=1.5)
        self.assertEqual(said["error"]["code"], -32050)
        self.assertEqual(data_of(said["error"]), {"quorumha": "timeout"})
        self.assertIn("a1: read-only: no minter", said["error"]["message"])
        self.assertEqual(self.status, 503)
        (fact,) = self.facts.of(RequestDone)
        self.assertGreater(fact.waited, 0.5)

    def test_its_only_member_died_with_it_and_comes_back(self) -> None:
        """It is found in the journal: it is not sent again."""
        self.begin(members=1)
        node = self.node("a1")
        node.faults.die_after_commit, node.faults.only = True, on_calls(SEND_RAW)
        one = self.signed()
        client = self.submit_later(one)
        self.assertIsNone(self.said(client, 2.0))
        self.proxy.revive("a1")
        said = self.said(client, 3.0)
        assert said is not None
        self.assertEqual(said["result"], one.hash)
        self.assertEqual(self.sent(), [1])

    def test_its_only_member_died_and_forgot_it(self) -> None:
        """-32050 with its hash, by which the client can look."""
        self.begin('client_timeout = "4s"', members=1)
        node = self.node("a1")
        node.faults.die_before_commit, node.faults.only = True, on_calls(SEND_RAW)
        one = self.signed()
        client = self.submit_later(one)
        self.proxy.net.advance(1.0)
        self.proxy.revive("a1")
        said = self.said(client, 4.0)
        assert said is not None
        self.assertEqual(said["error"]["code"], -32050)
        self.assertEqual(data_of(said["error"]), {"quorumha": "timeout", "transactionHash": one.hash})
        self.assertEqual(self.sent(), [0])

    def test_the_client_leaves(self) -> None:
        """Nothing is left to happen."""
        self.begin()
        client = self.submit_later(self.signed())
        client.abort()
        self.proxy.net.advance(2.0)


class SignedSpreadTests(SignedServed):
    """C{acknowledge = "spread"} holds for C{signed}, too."""

    def test_the_bytes_in_hand_go_to_a_second_member(self) -> None:
        """At once: nothing is read back."""
        self.begin(gossip=None)
        one = self.signed()
        self.assertEqual((self.said(self.submit_later(one)) or {}).get("result"), one.hash)
        for name in ("a1", "a2"):
            self.assertIn(one.hash, self.node(name).pool.by_hash)
        self.assertEqual(sum(self.asked("eth_getRawTransactionByHash").values()), 0)

    def test_already_known_there_is_enough(self) -> None:
        """It was faster."""
        self.begin(gossip=None)
        one = self.signed()
        for name in ("a1", "a2"):
            self.node(name).take(one)
        self.assertEqual((self.said(self.submit_later(one)) or {}).get("result"), one.hash)

    def test_the_member_dies_before_that_it_is_sent_to_the_next_one_and_succeeds(self) -> None:
        """The second one cannot be reached for a while."""
        self.begin(gossip=None)
        name = self.first()
        other = "a2" if name == "a1" else "a1"
        self.node(other).faults.lag, self.node(other).faults.only = 0.1, on_calls(SEND_RAW)
        one = self.signed()
        client = self.submit_later(one)
        self.assertIn(one.hash, self.node(name).pool.by_hash)
        self.proxy.kill(name)
        said = self.said(client, 0.2)
        assert said is not None
        self.assertEqual(said["result"], one.hash)
        self.assertIn(one.hash, self.node(other).pool.by_hash)

    def test_no_other_one_takes_it_and_the_member_is_gone(self) -> None:
        """-32051 with its hash."""
        self.begin(gossip=None)
        name = self.first()
        other = "a2" if name == "a1" else "a1"
        self.node(other).replies[SEND_RAW] = FULL
        one = self.signed()
        client = self.submit_later(one)
        self.proxy.kill(name)
        said = self.said(client, 1.0)
        assert said is not None
        self.assertEqual(said["error"]["code"], -32051)
        self.assertEqual(said["error"]["data"]["transactionHash"], one.hash)


class SignedPrivateTests(SignedServed):
    """C{signed-private}."""

    def submit_private(self, one: Transaction) -> Recorder:
        return self.send(PRIVATE, self.raw(one), {"privateFor": ["x"]})

    def first_private(self) -> str:
        """Whose turn it is."""
        before = self.sent(PRIVATE)
        self.call(PRIVATE, self.raw(self.signed(private=False)), {"privateFor": []})
        now = self.sent(PRIVATE)
        (index,) = [i for i in range(2) if before[i] != now[i]]
        return f"a{2 - index}"

    def test_sent_and_spread(self) -> None:
        """A second member knows it before the client does."""
        self.begin(gossip=None)
        one = self.signed(private=True)
        client = self.submit_private(one)
        self.assertIsNone(self.said(client))
        self.assertEqual((self.said(client, 0.01) or {}).get("result"), one.hash)
        for name in ("a1", "a2"):
            self.assertIn(one.hash, self.node(name).pool.by_hash)
        self.assertEqual(sum(self.sent(PRIVATE)), 1)

    def test_a_nodes_fault_asks_the_next_member(self) -> None:
        """Its Tessera is away."""
        self.begin()
        self.node("a1").ptm = False
        for nonce in range(2):
            one = self.signed(nonce, private=True)
            self.assertEqual((self.said(self.submit_private(one), 0.01) or {}).get("result"), one.hash)

    def test_no_answer_looked_up_on_all_members_for_1_s_found_success(self) -> None:
        """It was gossiped before its member died."""
        self.begin()
        name = self.first_private()
        other = "a2" if name == "a1" else "a1"
        self.node(name).faults.die_before_commit, self.node(name).faults.only = True, on_calls(PRIVATE)
        before = self.sent(PRIVATE)
        one = self.signed(private=True)
        client = self.submit_private(one)
        self.assertIsNone(self.said(client, 0.5))
        self.node(other).take(one)
        said = self.said(client, 0.8)
        assert said is not None
        self.assertEqual(said["result"], one.hash)
        self.assertEqual(self.sent(PRIVATE), before)

    def test_not_found_is_unknown_with_its_hash(self) -> None:
        """-32051; never sent again."""
        self.begin()
        name = self.first_private()
        self.node(name).faults.die_before_commit, self.node(name).faults.only = True, on_calls(PRIVATE)
        before = self.sent(PRIVATE)
        one = self.signed(private=True)
        client = self.submit_private(one)
        self.assertIsNone(self.said(client, 0.8))
        said = self.said(client, 0.4)
        assert said is not None
        self.assertEqual(said["error"]["code"], -32051)
        self.assertEqual(said["error"]["data"]["transactionHash"], one.hash)
        self.assertEqual(self.sent(PRIVATE), before)

    def test_distribute_has_no_hash_no_answer_is_unknown(self) -> None:
        """-32051 at once."""
        self.begin()
        for name in ("a1", "a2"):
            faults = self.node(name).faults
            faults.die_before_commit, faults.only = True, on_calls(DISTRIBUTE)
        said = self.call(DISTRIBUTE, self.raw(self.signed(private=True)), {"privateFor": ["x"]})
        self.assertEqual(said["error"]["code"], -32051)
        self.assertEqual(sum(node.alive for node in self.proxy.quorums.values()), 1)

    def test_distribute(self) -> None:
        """Its result is no transaction's hash: nobody is asked for it."""
        self.begin()
        said = self.call(DISTRIBUTE, self.raw(self.signed(private=True)), {"privateFor": ["x"]}, within=0.0)
        self.assertEqual(len(said["result"]), 130)
        self.assertEqual(sum(self.asked(BY_HASH).values()), 0)


class FirstTryTests(SignedServed):
    """A batch has made the first try: it goes on from there."""

    def go_on(self, first: Outcome, one: Transaction, method: str = SEND_RAW) -> dict[str, Any]:
        engine = self.proxy.service.parts["rpc"].engine
        call = Call(b"1", method, json.dumps([self.raw(one)]).encode())
        rule = engine.rules.for_call(call)
        deadline = self.clock.seconds() + 30
        work = engine.handlings[rule.call_class].respond(call, rule, self.caller, deadline, first=first)
        replies: list[Reply] = []
        failures: list[Failure] = []
        Deferred.fromCoroutine(work).addCallbacks(replies.append, failures.append)
        self.proxy.net.advance(1.5)
        if failures:
            error = failures[0].value
            assert isinstance(error, OwnResponse)
            return dict(json.loads(error.body(b"1")))
        return dict(json.loads(replies[0].body))

    def lost(self, *, sent: bool) -> NoResponse:
        return NoResponse(self.member("a1"), sent, "its answer broke off")

    def test_it_was_not_sent(self) -> None:
        """The next member is sent it."""
        self.begin()
        one = self.signed()
        self.assertEqual(self.go_on(self.lost(sent=False), one)["result"], one.hash)

    def test_it_was_sent(self) -> None:
        """Looked up, then sent to the next one, not to that one."""
        self.begin(gossip=None)
        one = self.signed()
        self.assertEqual(self.go_on(self.lost(sent=True), one)["result"], one.hash)
        self.assertGreaterEqual(sum(self.asked(BY_HASH).values()), 2)

    def test_private_it_was_sent(self) -> None:
        """Looked up, never sent again."""
        self.begin()
        one = self.signed(private=True)
        self.assertEqual(self.go_on(self.lost(sent=True), one, PRIVATE)["error"]["code"], -32051)
        self.assertEqual(sum(self.sent(PRIVATE)), 0)

    def test_it_was_answered(self) -> None:
        """With a node's fault, or that its nonce is too low."""
        self.begin()
        head = Response.made(b"", b"x", 200).head
        for text, code in (("txpool is full", None), ("nonce too low", "nonce too low")):
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": text}})
            one = self.signed(data=text.encode())
            said = self.go_on(MemberResponse(self.member("a1"), head, body.encode()), one)
            self.assertEqual(said.get("error", {}).get("message"), code)

    def test_what_cannot_be_read(self) -> None:
        """The node's own words stand."""
        self.begin()
        head = Response.made(b"", b"x", 200).head
        body = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"x"}}'
        self.assertEqual(
            self.go_on(MemberResponse(self.member("a1"), head, body), self.signed(), DISTRIBUTE)["error"],
            {"code": -32602, "message": "x"},
        )
        self.assertEqual(self.go_on(self.lost(sent=True), self.signed(), DISTRIBUTE)["error"]["code"], -32051)


class InBatchTests(SignedServed):
    """Signed transactions in a batch."""

    def submit_all(self, ones: list[Transaction]) -> Recorder:
        calls = [
            {"jsonrpc": "2.0", "id": n, "method": SEND_RAW, "params": [self.raw(one)]}
            for n, one in enumerate(ones)
        ]
        body = json.dumps(calls).encode()
        return self.proxy.client(http_request(b"POST", b"/", body, b"Content-Type: application/json"))

    def results(self, client: Recorder, within: float) -> list[Any]:
        self.proxy.net.advance(within)
        response = self.got(client)
        assert response is not None
        return [one.get("result", one.get("error")) for one in json.loads(response.body)]

    def test_all_are_at_a_second_member_before_the_response(self) -> None:
        """Their bytes are in hand."""
        self.begin(gossip=None)
        ones = [self.signed(nonce) for nonce in range(5)]
        self.assertEqual(self.results(self.submit_all(ones), 0.0), [one.hash for one in ones])
        for name in ("a1", "a2"):
            self.assertEqual(len(self.node(name).pool.by_hash), 5)

    def test_already_known_is_success(self) -> None:
        """Of those that were sent before."""
        self.begin()
        ones = [self.signed(nonce) for nonce in range(3)]
        self.submit(ones[1])
        self.submit(ones[0])
        self.assertEqual(self.results(self.submit_all(ones), 0.1), [one.hash for one in ones])

    def test_its_member_dies_with_the_batch(self) -> None:
        """Before or after it did it: each is sent to the next one, and succeeds."""
        for after in (False, True):
            self.begin(gossip=None)
            ones = [self.signed(nonce) for nonce in range(3)]
            faults = self.node("a1").faults
            faults.die_before_commit, faults.die_after_commit = not after, after
            faults.only = on_calls(SEND_RAW)
            client = self.submit_all(ones)
            self.assertFalse(self.node("a1").alive)
            self.assertEqual(self.results(client, 1.0), [one.hash for one in ones])
