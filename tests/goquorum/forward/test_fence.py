"""What a fence asks, and of whom."""

from __future__ import annotations

import json

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from quorumha.goquorum.decide.account import Account
from quorumha.goquorum.decide.call import OwnResponse
from quorumha.goquorum.decide.facts import AccountUnseen
from quorumha.goquorum.decide.fence_rule import FenceRule
from quorumha.goquorum.forward.ask import Asker
from quorumha.goquorum.forward.fence import Fence, Fenced
from quorumha.pool.member import Member
from tests.goquorum.forward.asked import Lacking
from tests.goquorum.served_accounts import AccountsServed


class FenceAskedTests(AccountsServed):
    """Three members; the account goes from a1 to its next one."""

    def test_one_batch_each_round(self) -> None:
        """The target is asked for hashes and its pending nonce, every other one for the latter."""
        self.serve('acknowledge = "at-once"', members=3)
        account = self.account_at("a1")
        hashes = [self.pay(account)["result"] for _ in range(3)]
        self.proxy.net.advance(0.5)
        for node in self.proxy.quorums.values():
            node.rpc.requests.clear()
        self.signs("a1").read_only = "no minter"
        self.assertIn("result", self.pay(account))
        bodies = {
            name: [json.loads(one.body) for one in node.rpc.requests if one.body]
            for name, node in sorted(self.proxy.quorums.items())
        }
        self.assertEqual(bodies["a1"], [])
        target, other = sorted(("a2", "a3"), key=lambda name: -len(bodies[name]))
        batch, call = bodies[target]
        self.assertEqual(
            [one["method"] for one in batch], ["eth_getTransactionCount"] + ["eth_getTransactionByHash"] * 3
        )
        self.assertEqual([one["params"] for one in batch[1:]], [[hash] for hash in hashes])
        self.assertEqual(batch[0]["params"], [account, "pending"])
        self.assertEqual(call["method"], "eth_sendTransaction")
        self.assertEqual(
            [[one["method"] for one in batch] for batch in bodies[other]], [["eth_getTransactionCount"]]
        )

    def test_nothing_is_asked_of_a_member_that_is_alone(self) -> None:
        """There is nothing that it could not know."""
        self.serve(members=1)
        self.assertIn("result", self.pay(self.account_at("a1")))
        self.assertEqual(self.asked("eth_getTransactionCount")["a1"], 0)

    def test_the_second_call_pays_nothing(self) -> None:
        """A fence is asked only when an account moves."""
        self.serve()
        account = self.account_at("a1")
        self.pay(account)
        asked = self.asked("eth_getTransactionCount")
        for _ in range(3):
            self.pay(account)
        self.assertEqual(self.asked("eth_getTransactionCount"), asked)

    def test_a_target_that_does_not_answer_is_left_for_the_next_one(self) -> None:
        """Nothing was done."""
        self.serve(members=3)
        account = self.account_at("a1")
        self.proxy.hang("a1")
        self.assertIn("result", self.pay(account, within=2.0))

    def test_a_lack_of_this_process_is_no_members_fault(self) -> None:
        """Nothing was done; an account that may stay where it is stays."""
        self.serve()
        asker: Asker = Lacking(self.asker)  # type: ignore[assignment]
        for forced in (True, False):
            rule = FenceRule(Account[Member](), self.member("a1"))
            others = lambda: [self.member("a2")]  # noqa: E731
            fence = Fence(rule, asker, "0x12", self.caller, others, self.clock.seconds() + 2, forced)
            came: list[Fenced | Failure] = []
            Deferred.fromCoroutine(fence.ask()).addBoth(came.append)
            if forced:
                (failure,) = came
                assert isinstance(failure, Failure)
                self.assertEqual(failure.check(OwnResponse), OwnResponse)
            else:
                self.assertEqual(came, [Fenced.STAYS])

    def test_what_no_member_has_any_more_is_given_up(self) -> None:
        """The old member is back, and has lost its journal: to wait for it longer would be for ever."""
        account = self.moved_unseen()
        self.node("a1").journal.clear()
        self.assertEqual(self.pay(account, within=2.5)["error"]["code"], -32052)
        self.proxy.revive("a1")
        self.proxy.net.advance(1.0)
        self.assertIn("result", self.pay(account, within=2.5))
        self.assertEqual(
            self.facts.of(AccountUnseen),
            [AccountUnseen("quorum", "a1", account, "nor does any other member")],
        )
