"""Random schedules around one transaction: whatever members do, what is said of it is true, and in time."""

from __future__ import annotations

import json
from random import Random

from quorumha.testing.goquorum.rpc_error import RpcError
from quorumha.testing.goquorum.simulated_node import SimulatedNode
from tests.goquorum.forward.test_spread import SEND_RAW, SpreadServed
from tests.nightly import NIGHTLY

COUNT = 400 if NIGHTLY else 40
#: Seconds after which the client has an answer: 500 ms, and 1 s for the last word of its member.
IN_TIME = 1.6


class ScheduleTests(SpreadServed):
    """Three members; each dies, hangs, comes back, or is full at some moment."""

    def test_what_is_said_is_true(self) -> None:
        """Told its hash: a second one has it, or its member lives with it.  Else -32051."""
        said = {"result": 0, "error": 0}
        for seed in range(COUNT):
            said[self.run_schedule(Random(seed))] += 1
        self.assertGreater(min(said.values()), COUNT // 20, said)

    def run_schedule(self, random: Random) -> str:
        self.begin(members=3)
        self.pay(self.account)
        before = set(self.node("a1").pool.by_hash) | set(self.proxy.network.chain.places)
        delays = {name: random.choice([None, None, 0.0005, 0.004, 0.03]) for name in ("a2", "a3")}
        # What other parties have would only be mined.
        self.proxy.network.gossip = lambda one, other: delays.get(other.name) if one.name == "a1" else None
        for name in ("a2", "a3"):
            if random.random() < 0.4:
                self.node(name).replies[SEND_RAW] = RpcError(-32000, "txpool is full")
        client = self.pay_later()
        (hash,) = set(self.node("a1").pool.by_hash) - before
        begun = self.clock.seconds()
        moments = sorted((random.choice([0.0, 0.002, 0.01, 0.1, 0.3]), random.random()) for _ in range(3))
        for moment, choice in moments:
            self.proxy.net.advance(max(0.0, begun + moment - self.clock.seconds()))
            if self.got(client) is None:
                self.happen(random, "a1" if choice < 0.6 else random.choice(["a2", "a3"]))
        while (found := self.got(client)) is None:
            self.assertLess(self.clock.seconds() - begun, IN_TIME)
            self.proxy.net.advance(0.01)
        body = json.loads(found.body)
        if "error" in body:
            self.assertEqual(body["error"]["code"], -32051)
            self.assertEqual(body["error"]["data"]["transactionHash"], hash)
            return "error"
        self.assertEqual(body["result"], hash)
        others = [name for name in ("a2", "a3") if self.has(self.node(name), hash)]
        usable = [name for name in ("a2", "a3") if self.member(name).usable(self.clock.seconds())]
        if not others and usable:
            self.assertTrue(self.node("a1").runs and self.has(self.node("a1"), hash))
        return "result"

    def happen(self, random: Random, name: str) -> None:
        node = self.node(name)
        if not node.runs:
            self.proxy.revive(name)
        elif random.random() < 0.5:
            self.proxy.kill(name)
        else:
            self.proxy.hang(name)

    def has(self, node: SimulatedNode, hash: str) -> bool:
        return node.alive and (hash in node.pool.by_hash or hash in self.proxy.network.chain.places)
