"""Whatever happens to its nodes, a simulated network comes to agree."""

from __future__ import annotations

import math

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import KEYS, MemoryTopology, RpcError, SimulatedNetwork, SimulatedNode, Transaction
from tests.nightly import play

NAMES = st.sampled_from(["a1", "a2", "b", "c"])
ACCOUNTS = st.sampled_from(KEYS[:3])


class Machine(RuleBasedStateMachine):
    """Nodes die, freeze, lag and are parted; transactions come to any of them."""

    @initialize()
    def begin(self) -> None:
        self.net = MemoryTopology()
        self.network = SimulatedNetwork(self.net.clock)
        for name in ("a1", "a2", "b", "c"):
            self.network.add(name, KEYS[:3]).listen(self.net, f"{name}:8545")
        self.sent: list[Transaction] = []

    def node(self, name: str) -> SimulatedNode:
        return self.network.nodes[name]

    @rule(name=NAMES, account=ACCOUNTS, gap=st.sampled_from([0, 0, 0, 2]))
    def send(self, name: str, account: str, gap: int) -> None:
        node = self.node(name)
        if node.runs:
            one = Transaction.made(account, node.pool.nonce(account) + gap, KEYS[9], value=len(self.sent))
            try:
                node.take(one)
            except RpcError:
                return
            self.sent.append(one)

    @rule(name=NAMES)
    def die(self, name: str) -> None:
        self.node(name).die()

    @rule(name=NAMES)
    def start(self, name: str) -> None:
        self.node(name).start()

    @rule(name=NAMES)
    def freeze(self, name: str) -> None:
        self.node(name).freeze()

    @rule(name=NAMES)
    def thaw(self, name: str) -> None:
        self.node(name).thaw()

    @rule(name=NAMES, lag=st.sampled_from([0.0, 0.3, 2.0, math.inf]))
    def lag(self, name: str, lag: float) -> None:
        self.node(name).lag = lag

    @rule(name=NAMES, joined=st.booleans())
    def join(self, name: str, joined: bool) -> None:
        self.node(name).joined = joined

    @rule(gossip=st.sampled_from([None, 0.001, 0.5]))
    def gossip(self, gossip: float | None) -> None:
        self.network.gossip = gossip

    @rule(group=st.sets(NAMES))
    def part(self, group: set[str]) -> None:
        self.network.partition(group)

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.3, 2.0]))
    def wait(self, seconds: float) -> None:
        self.net.advance(seconds)

    def teardown(self) -> None:
        """All is well again: every transaction is in a block, waits after a gap, or lost its nonce."""
        network = self.network
        if network.gossip is None:
            network.gossip = 0.001
        network.heal()
        for node in network.nodes.values():
            node.thaw()
            node.start()
            node.lag, node.joined = 0.0, True
        self.net.advance(10)
        assert {node.height for node in network.nodes.values()} == {network.chain.height}
        assert [len(node.pool.pending) for node in network.nodes.values()] == [0, 0, 0, 0]
        for account in KEYS[:3]:
            nonces = [one.nonce for one in network.transactions_of(account)]
            assert nonces == list(range(len(nonces)))
            for one in self.sent:
                waits = any(one.hash in node.pool.by_hash for node in network.nodes.values())
                if one.sender == account:
                    assert network.included(one.hash) or waits or one.nonce < len(nonces)
        assert not self.net.clock.getDelayedCalls()


class NetworkMachine(SynchronousTestCase):
    def test_any_course(self) -> None:
        play(Machine, usual=50)
