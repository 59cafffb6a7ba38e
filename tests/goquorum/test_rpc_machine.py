"""Random schedules: whatever the nodes and their gossip do, what clients of JSON-RPC were told is true.

The normal run has 200; for more: C{QUORUMHA_SCHEDULES=10000 python -m pytest
tests/goquorum/test_rpc_machine.py}.
"""

from __future__ import annotations

import math
from random import Random

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from twisted.trial.unittest import SynchronousTestCase

from quorumha.testing import SimulatedNode, on_calls
from tests.goquorum.rpc_calls import Call, Client
from tests.goquorum.rpc_world import ACCOUNTS, RpcWorld
from tests.nightly import play

NAMES = st.sampled_from(["a1", "a2"])
CLIENTS = st.integers(0, 3)
ACCOUNT = st.sampled_from(ACCOUNTS)
#: Ids as JSON; the empty one is a notification's.
IDS = st.sampled_from(["1", "1", '"a"', "1.50", "-7", '"\\u00e9"', '"é"', ""])
KINDS = st.sampled_from(["send", "send", "signed", "once", "digest", "block", "count", "no call"])
#: Seconds: within a call, between a transaction and its gossip, a check, a fence, a time limit.
TIMES = st.sampled_from([0.0005, 0.0015, 0.004, 0.02, 0.15, 0.6, 1.5, 4.0])

#: Seconds after which others know what a node had in its journal.
NOTED = 0.06


class RpcMachine(RuleBasedStateMachine):
    """Nodes die, hang, lag, are parted and come again with their journal.

    What is not promised does not happen.  While one of the two is away the other one is not cut off from the
    network, nor away before others know what it took: what the first one got and did not answer would come
    from its journal in place of what the second one alone took; for the same reason the next call comes when
    others know what was in a journal.  And before two proxies one of the two has
    trouble at a time: what a proxy saw alone, another one cannot know.
    """

    @initialize(proxies=st.sampled_from([1, 1, 2]), slow=st.sampled_from([0.0, 0.003]))
    def build(self, proxies: int, slow: float) -> None:
        self.world = RpcWorld(proxies)
        self.network = self.world.network
        for node in self.world.nodes.values():
            node.faults.lag = slow
        #: By what nodes are cut off from each other.
        self.cut_off: set[str] = set()

    @property
    def away(self) -> list[str]:
        """Who does not run, or will not when the next transaction comes."""
        nodes = self.world.nodes.values()
        return [
            one.name
            for one in nodes
            if not one.runs or one.faults.die_after_commit or one.faults.die_before_commit
        ]

    def may_go(self, name: str) -> bool:
        """Whether this one may die or hang."""
        others = [one for one in self.away if one != name]
        quiet = not self.world.asked and self.world.now - self.world.responded_at > 1.0
        return not self.cut_off and self.may(name) and (not others or quiet)

    def may(self, name: str) -> bool:
        """Whether this one may have trouble at all."""
        others = [node for node in self.world.nodes.values() if node.name != name]
        alone = len(self.world.proxies) == 1
        return alone or not any(one.lag or not one.joined or one.name in self.away for one in others)

    def client(self, number: int) -> Client:
        return self.world.clients[number % len(self.world.clients)]

    # What clients ask.

    @rule(number=CLIENTS, account=ACCOUNT, password=st.sampled_from([False, False, False, True]))
    def send(self, number: int, account: str, password: bool) -> None:
        client = self.client(number)
        self.world.ask(client, [self.world.send(client, account, password=password)])

    @rule(accounts=st.lists(ACCOUNT, min_size=2, max_size=5), wait=TIMES)
    def send_some(self, accounts: list[str], wait: float) -> None:
        """From all sides."""
        for number, account in enumerate(accounts):
            client = self.client(number)
            self.world.ask(client, [self.world.send(client, account)])
        self.world.go_on(wait)

    @rule(number=CLIENTS, kind=KINDS, account=ACCOUNT)
    def ask(self, number: int, kind: str, account: str) -> None:
        client = self.client(number)
        self.world.ask(client, [self.call(client, kind, account, "1")])

    @rule(number=CLIENTS, account=ACCOUNT)
    def unlock(self, number: int, account: str) -> None:
        client = self.client(number)
        self.world.ask(client, [self.world.unlock(client, account)])

    @rule(
        number=CLIENTS,
        entries=st.lists(st.tuples(KINDS, ACCOUNT, IDS), min_size=1, max_size=6),
        wait=TIMES,
    )
    def batch(self, number: int, entries: list[tuple[str, str, str]], wait: float) -> None:
        client = self.client(number)
        calls = [self.call(client, kind, account, id) for kind, account, id in entries]
        self.world.ask(client, calls, batch=True)
        self.world.go_on(wait)

    def call(self, client: Client, kind: str, account: str, id: str) -> Call:
        world = self.world
        if kind == "send":
            return world.send(client, account, id)
        if kind == "count":
            return world.count(client, account, id)
        if kind == "block":
            return world.block(client, id, "number" if len(id) % 2 else "latest")
        if kind == "signed":
            # The bytes are said again until their answer is there.
            return world.signed(client, id or "1")
        return {"once": world.once, "digest": world.digest, "no call": world.no_call}[kind](client, id)

    # What happens to the nodes.

    @rule(name=NAMES)
    def die(self, name: str) -> None:
        if self.may_go(name):
            self.world.changed()
            self.world.nodes[name].die()

    @rule(name=NAMES, unlock_after=st.sampled_from([0.0, 0.7]))
    def start(self, name: str, unlock_after: float) -> None:
        self.world.before_start()
        self.world.changed()
        self.world.nodes[name].start(unlock_after=unlock_after)
        self.world.go_on(NOTED)

    @rule(name=NAMES, after=st.booleans())
    def die_at_the_next_transaction(self, name: str, after: bool) -> None:
        faults = self.world.nodes[name].faults
        if not self.may_go(name) or len(self.world.proxies) == 2:
            return
        self.world.changed()
        faults.only = on_calls("eth_sendTransaction", "eth_sendRawTransaction")
        faults.die_after_commit, faults.die_before_commit = after, not after

        def died() -> None:
            faults.only = lambda request: True
            self.world.changed()
            self.world.nodes[name].die()

        faults.on_death = died

    @rule(name=NAMES)
    def freeze(self, name: str) -> None:
        if self.may_go(name):
            self.world.changed()
            self.world.nodes[name].freeze()

    @rule(name=NAMES)
    def thaw(self, name: str) -> None:
        self.world.changed()
        self.world.nodes[name].thaw()
        self.world.go_on(NOTED)

    @rule(name=NAMES, lag=st.sampled_from([0.0, 0.4, 3.0, math.inf]))
    def lag(self, name: str, lag: float) -> None:
        if not lag or self.may(name):
            self.world.changed()
            self.world.nodes[name].lag = lag

    def cut(self, how: str, cut: bool) -> bool:
        """Whether nodes may be cut off from each other so; or undo it."""
        if cut and self.away:
            return False
        (self.cut_off.add if cut else self.cut_off.discard)(how)
        self.world.changed()
        return True

    @rule(name=NAMES, joined=st.booleans())
    def join(self, name: str, joined: bool) -> None:
        if (joined or self.may(name)) and self.cut(name, not joined):
            self.world.nodes[name].joined = joined

    @precondition(lambda self: len(self.world.proxies) == 1)
    @rule(group=st.sampled_from([["a1"], ["a2"], ["a1", "a2"], ["a1", "other-1"], []]))
    def part(self, group: list[str]) -> None:
        """Those that are less than half have no majority."""
        if self.cut("parted", bool(group)):
            self.network.partition(group)

    @precondition(lambda self: len(self.world.proxies) == 1)
    @rule(alive=st.booleans())
    def others(self, alive: bool) -> None:
        """The other parties' nodes: without these there is no majority."""
        if not self.cut("no majority", not alive):
            return
        for name in ("other-1", "other-2"):
            node = self.network.nodes[name]
            if alive:
                node.start()
            else:
                node.die()

    @rule(gossip=st.sampled_from([0.001, 0.001, 0.05, "random", None]), seed=st.integers(0, 3))
    def gossip(self, gossip: float | str | None, seed: int) -> None:
        """Late, lost between the two, or between all."""
        lost = gossip is None
        if (lost and len(self.world.proxies) == 2) or not self.cut("silent", lost):
            return
        random = Random(seed)

        def now_and_then(sender: SimulatedNode, receiver: SimulatedNode) -> float | None:
            ours = sender.name in self.world.nodes and receiver.name in self.world.nodes
            return random.choice([0.0007, 0.002, 0.03, None if ours else 0.01])

        if gossip == "random":
            self.network.gossip = now_and_then
        else:
            assert not isinstance(gossip, str)
            self.network.gossip = gossip

    @rule()
    def heal(self) -> None:
        self.cut_off.clear()
        self.world.heal()
        self.world.go_on(NOTED)

    @rule(seconds=TIMES)
    def wait(self, seconds: float) -> None:
        self.world.go_on(seconds)

    # What must hold.

    @invariant()
    def nothing_is_wrong(self) -> None:
        if hasattr(self, "world"):
            self.world.check()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            try:
                self.world.end()
            finally:
                self.world.close()


class RpcMachineTests(SynchronousTestCase):
    """See the module."""

    def test_schedules(self) -> None:
        """All that was acknowledged takes place, once; nonces without a gap; latest never backwards for a
        client; ids and order of batches kept; no secret in the log; nothing sent twice that may not be.
        """
        play(RpcMachine)
