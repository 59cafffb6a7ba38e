"""The checks of a process: each made once, and deep ones listened to by all ports of a node."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.repeated_check import RepeatedCheck
from quorumha.health.shared_checks import DeepChecks, SharedChecks
from quorumha.health.verdicts import GOOD, Verdict
from quorumha.pool.identity import Node
from tests.nightly import play

SICK = Verdict("it is sick")


class Taking:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.taken: list[Verdict] = []
        self.losses = 0

    def take(self, verdict: Verdict, begun: float) -> bool:
        self.taken.append(verdict)
        return False

    def lost(self) -> None:
        self.losses += 1


class SharedTests(SynchronousTestCase):
    """Those that ask the same are one."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.shared = SharedChecks(self.clock)
        self.asked = ""

    def make(self) -> RepeatedCheck:
        return RepeatedCheck("a", 0.4, self.clock, self.shared.ticks, lambda: 0.5)

    def ask(self, says: Verdict = GOOD, name: str = "x") -> Deferred[Verdict]:
        self.asked += name
        return succeed(says)

    def pass_time(self, seconds: float = 0.8) -> None:
        for _ in range(round(seconds / 0.05)):
            self.clock.advance(0.05)

    def test_same_question(self) -> None:
        """One check while anybody wants to know; then it is gone."""
        one, other = Taking(), Taking()
        check, end = self.shared.begin("x", self.make, one.take, lambda: self.ask(name="1"))
        same, end_same = self.shared.begin("x", self.make, other.take, lambda: self.ask(name="2"))
        third, end_third = self.shared.begin("y", self.make, Taking().take, lambda: self.ask(name="3"))
        self.assertIs(same, check)
        self.assertIsNot(third, check)
        self.pass_time()
        self.assertEqual(set(self.asked), {"1", "3"})
        self.assertEqual(one.taken, other.taken)
        end()
        end_third()
        self.asked = ""
        self.pass_time()
        self.assertEqual(set(self.asked), {"2"})
        end_same()
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertIsNot(self.shared.begin("x", self.make, one.take, self.ask)[0], check)

    def test_followed(self) -> None:
        """Whichever begins first, and as long as there is one."""
        node = Node("a")
        early, late = Taking(), Taking()
        end_early = node.fact(DeepChecks).follow(early.take, early.lost)
        self.assertFalse(bool(node.fact(DeepChecks)))
        check, end = self.shared.begin("x", self.make, Taking().take, lambda: self.ask(SICK))
        end_announced = node.fact(DeepChecks).announce(check)
        end_late = node.fact(DeepChecks).follow(late.take, late.lost)
        other = Taking()
        Node("a").fact(DeepChecks).follow(other.take, other.lost)
        self.pass_time()
        self.assertTrue(bool(node.fact(DeepChecks)))
        self.assertEqual((early.taken[0], early.taken, other.taken), (SICK, late.taken, []))
        end_late()
        end_announced()
        end()
        self.assertEqual((early.losses, late.losses), (1, 0))
        self.assertFalse(bool(node.fact(DeepChecks)))
        before = len(early.taken)
        self.pass_time()
        self.assertEqual(len(early.taken), before)
        end_early()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_the_next_deep_check(self) -> None:
        """Is followed once the first ends."""
        node, follower = Node("a"), Taking()
        ends = []
        for key, says in (("x", SICK), ("y", GOOD)):
            check, end = self.shared.begin(key, self.make, Taking().take, lambda says=says: self.ask(says))  # type: ignore[misc]  # one for each turn
            ends.append((node.fact(DeepChecks).announce(check), end))
        node.fact(DeepChecks).follow(follower.take, follower.lost)
        self.pass_time()
        self.assertEqual(set(follower.taken), {SICK})
        for end in ends[0]:
            end()
        follower.taken.clear()
        self.pass_time()
        self.assertEqual((set(follower.taken), follower.losses), ({GOOD}, 0))


class SharedMachine(RuleBasedStateMachine):
    """Deep checks and those who listen begin and end in any order, at one node.

    @ivar deep: what ends each deep check, by its key, in the order in which they began.
    @ivar followers: those who listen, and what ends that.
    """

    @initialize()
    def build(self) -> None:
        self.clock = Clock()
        self.shared = SharedChecks(self.clock)
        self.node = Node("n")
        self.deep: dict[str, list[Callable[[], None]]] = {}
        self.followers: list[tuple[Taking, Callable[[], None]]] = []

    @rule(key=st.sampled_from("xyz"))
    def check(self, key: str) -> None:
        """Begins, or ends if it is there."""
        if key in self.deep:
            for end in self.deep.pop(key):
                end()
            return
        make = lambda: RepeatedCheck(key, 0.4, self.clock, self.shared.ticks, lambda: 0.5)  # noqa: E731  # short
        check, end = self.shared.begin(key, make, Taking().take, lambda: succeed(Verdict(key)))
        self.deep[key] = [self.node.fact(DeepChecks).announce(check), end]

    @rule()
    def follow(self) -> None:
        taker = Taking()
        self.followers.append((taker, self.node.fact(DeepChecks).follow(taker.take, taker.lost)))

    @rule(number=st.integers(0, 9))
    def leave(self, number: int) -> None:
        if self.followers:
            taker, end = self.followers.pop(number % len(self.followers))
            end()
            taker.taken.clear()
            self.pass_time()
            assert taker.taken == []

    @rule()
    def pass_time(self) -> None:
        """Each who listens is given the verdicts of the first check alone, and of each that follows it."""
        for taker, _ in self.followers:
            taker.taken.clear()
        for _ in range(12):
            self.clock.advance(0.05)
        for taker, _ in self.followers:
            assert {verdict.fault for verdict in taker.taken} == set(list(self.deep)[:1])

    @invariant()
    def known(self) -> None:
        if hasattr(self, "node"):
            assert bool(self.node.fact(DeepChecks)) == bool(self.deep)
            assert bool(self.clock.getDelayedCalls()) == bool(self.deep)


class MachineTests(SynchronousTestCase):
    """See L{SharedMachine}."""

    def test_machine(self) -> None:
        play(SharedMachine, 60, steps=50)
