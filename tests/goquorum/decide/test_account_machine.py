"""An account, whatever its members, their gossip and its clients do."""

from __future__ import annotations

from attrs import define
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.account import Account, What
from quorumha.goquorum.decide.fence_rule import FenceRule
from quorumha.goquorum.decide.home import home_order
from tests.goquorum.decide.key_store_model import Network, Node, Transaction
from tests.nightly import play

ADDRESS = bytes(range(20))


@define(eq=False)
class Sent:
    """A call that is in a member's hands.

    @ivar done: what the member made of it; None: nothing yet.
    @ivar unknown: the client was told that nobody knows.
    """

    name: str
    node: Node
    done: Transaction | None = None
    unknown: bool = False


class AccountMachine(RuleBasedStateMachine):
    """One account behind one proxy.

    @ivar calls: those in members' hands.
    @ivar acknowledged: what clients were told took place.
    @ivar down: the members that the proxy thinks are down.
    """

    @initialize(nodes=st.integers(2, 3))
    def build(self, nodes: int) -> None:
        self.now = 0.0
        self.network = Network()
        for name in ("a", "b", "c")[:nodes]:
            self.network.add(name)
        self.account: Account[Node] = Account()
        self.rules: FenceRule[Node] | None = None
        self.forced = False
        self.began = 0.0
        self.calls: list[Sent] = []
        self.acknowledged: list[str] = []
        self.down: set[Node] = set()
        self.up_since: dict[Node, float] = {}
        self.number = 0

    @property
    def usable(self) -> list[Node]:
        return [node for node in self.network.nodes if node not in self.down]

    # Time and nodes.

    @rule(seconds=st.sampled_from([0.02, 0.3, 1.1]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        for node in self.network.nodes if seconds > 0.1 else ():
            if node.works:
                node.hear_all()

    @precondition(lambda self: any(node.works and node.coming for node in self.network.nodes))
    @rule(data=st.data())
    def a_node_hears(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from([one for one in self.network.nodes if one.works and one.coming])).hear_all()

    @precondition(lambda self: any(node.works and node.pool for node in self.network.nodes))
    @rule(data=st.data())
    def a_block_is_made(self, data: st.DataObject) -> None:
        self.network.mine(
            data.draw(st.sampled_from([one for one in self.network.nodes if one.works and one.pool]))
        )

    def _may_go(self) -> list[Node]:
        working = [node for node in self.network.nodes if node.works]
        return working if len(working) > 1 else []

    @precondition(lambda self: self._may_go())
    @rule(data=st.data(), dies=st.booleans(), noticed=st.booleans())
    def a_node_goes(self, data: st.DataObject, dies: bool, noticed: bool) -> None:
        node = data.draw(st.sampled_from(self._may_go()))
        if dies:
            self.network.kill(node)
        else:
            node.frozen = True
        if noticed:
            self._notice(node)

    @precondition(lambda self: any(not node.works for node in self.network.nodes))
    @rule(data=st.data(), noticed=st.booleans())
    def a_node_is_back(self, data: st.DataObject, noticed: bool) -> None:
        node = data.draw(st.sampled_from([one for one in self.network.nodes if not one.works]))
        if not node.alive:
            # Restarts are seen: connections break, checks fail.
            self._notice(node)
            self.network.start(node)
        if node.frozen:
            self.network.thaw(node)
        if noticed:
            self._notice(node)

    @precondition(lambda self: any(node.works == (node in self.down) for node in self.network.nodes))
    @rule(data=st.data())
    def the_proxy_notices(self, data: st.DataObject) -> None:
        wrong = [node for node in self.network.nodes if node.works == (node in self.down)]
        self._notice(data.draw(st.sampled_from(wrong)))

    def _notice(self, node: Node) -> None:
        if node.works:
            if node in self.down:
                self.down.discard(node)
                self.up_since[node] = self.now
        elif node not in self.down:
            self.down.add(node)
            # Connections have ended, or a second has passed.
            for call in [one for one in self.calls if one.node is node and not one.unknown]:
                self._in_doubt(call)

    def _in_doubt(self, call: Sent) -> None:
        call.unknown = True
        self.account.end()
        self.account.in_doubt(call.node, self.now)
        if not call.node.alive:
            # Its connection ended: no answer comes.
            self.calls.remove(call)

    # Calls.

    @rule(how=st.sampled_from(["waits", "acts", "answered", "answered", "dies"]))
    def a_call_comes(self, how: str) -> None:
        account = self.account
        for _ in range(2):
            order = home_order(ADDRESS, self.usable)
            step = account.next_step(order, self.now, lambda node: self.up_since.get(node, -1.0))
            if step.what is What.FENCE:
                assert step.member is not None
                assert self.rules is None
                account.fence_began(step.member)
                self.rules, self.forced = FenceRule(account, step.member), step.forced
                self.began = self.now
                self.the_fence_is_looked_at()
        node = step.member
        if step.what is not What.GO or node is None:
            return
        if not node.alive:
            # Not sent: the proxy learns of it.
            self._notice(node)
            return
        account.begin(node)
        self.number += 1
        call = Sent(f"t{self.number}", node)
        self.calls.append(call)
        if how != "waits" and node.works:
            call.done = self.network.send(node, call.name)
            if how != "acts":
                self._answer(call, dies=how == "dies")

    @precondition(lambda self: self.rules is not None)
    @rule(seconds=st.sampled_from([0.02, 0.12]))
    def the_fence_goes_on(self, seconds: float) -> None:
        self.time_passes(seconds)
        self.the_fence_is_looked_at()

    def the_fence_is_looked_at(self) -> None:
        rules = self.rules
        assert rules is not None
        target = rules.target
        others = {node: node.nonce if node.works else None for node in self.usable if node is not target}
        gone = [node for node in rules.suspects() if not node.alive]
        passed = False
        silent = any(node.frozen for node in others)
        if target.works and not silent:
            known = [hash for hash in rules.hashes(gone) if target.knows(hash)]
            passed = rules.passes(self.now, known, target.nonce, others, gone)
        if passed or self.now - self.began > 2:
            self.rules = None
            self.account.fence_ended(target, self.began, self.now, passed=passed, forced=self.forced)

    @precondition(lambda self: any(one.node.works and one.done is None for one in self.calls))
    @rule(data=st.data())
    def a_node_acts(self, data: st.DataObject) -> None:
        waiting = [one for one in self.calls if one.node.works and one.done is None]
        call = data.draw(st.sampled_from(waiting))
        call.done = self.network.send(call.node, call.name)

    @precondition(lambda self: any(one.node.works and one.done for one in self.calls))
    @rule(data=st.data(), dies=st.sampled_from([False, False, True]))
    def an_answer_comes(self, data: st.DataObject, dies: bool) -> None:
        self._answer(
            data.draw(st.sampled_from([one for one in self.calls if one.node.works and one.done])), dies
        )

    def _answer(self, call: Sent, dies: bool) -> None:
        account, node, one = self.account, call.node, call.done
        assert one is not None
        self.calls.remove(call)
        if call.unknown:
            account.came_late(node, one.name)
            return
        account.end()
        account.answered(node, one.name, self.now)
        self._spread(node, one, dies)

    def _spread(self, node: Node, one: Transaction, dies: bool) -> None:
        # Where nobody else is usable, those that answer though they are out.
        others = [other for other in self.usable if other is not node] or [
            other for other in self.network.nodes if other is not node and other.works
        ]
        if not others:
            # There is nothing to wait for.
            self.acknowledged.append(one.name)
        elif dies and self._may_go():
            # The member dies before anybody else is known to have it.
            self.network.kill(node)
            self.account.lost(one.name, node, self.now)
        elif any(other.take(one) for other in others if other.works):
            self.account.seen(one.name, node)
            self.acknowledged.append(one.name)
        elif not any(other.works for other in others):
            # It lives, and nobody takes it: kept for the fence.
            self.acknowledged.append(one.name)

    # What is to be true.

    def teardown(self) -> None:
        """No call of anybody is acknowledged and lost; nothing takes place twice; there is no gap."""
        if not hasattr(self, "network"):
            return
        for call in self.calls:
            if call.done is None and call.node.alive:
                if call.node.frozen:
                    self.network.thaw(call.node)
                self.network.send(call.node, call.name)
        self.network.heal()
        mined = [one.name for one in self.network.chain]
        assert len(mined) == len(set(mined)), mined
        assert [one.nonce for one in self.network.chain] == list(range(len(mined)))
        lost = [name for name in self.acknowledged if name not in mined]
        assert not lost, f"acknowledged and lost: {lost}; mined: {mined}"


class AccountMachineTests(SynchronousTestCase):
    """Random schedules."""

    def test_no_acknowledged_transaction_is_lost(self) -> None:
        """Members die, freeze and come back with their journal; gossip is late."""
        play(AccountMachine, usual=60, steps=40, night=1000)
