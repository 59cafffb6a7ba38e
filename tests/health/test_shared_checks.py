"""The checks of a process: each made once, and deep ones listened to by all ports of a node."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.repeated_check import RepeatedCheck
from quorumha.health.shared_checks import DeepChecks, SharedChecks
from quorumha.health.verdicts import GOOD, Verdict
from quorumha.pool.identity import Node

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
        check, end = self.shared.begin("x", self.make, one, lambda: self.ask(name="1"))
        same, end_same = self.shared.begin("x", self.make, other, lambda: self.ask(name="2"))
        third, end_third = self.shared.begin("y", self.make, Taking(), lambda: self.ask(name="3"))
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
        self.assertIsNot(self.shared.begin("x", self.make, one, self.ask)[0], check)

    def test_followed(self) -> None:
        """Whichever begins first, and as long as there is one."""
        node = Node("a")
        early, late = Taking(), Taking()
        end_early = node.fact(DeepChecks).follow(early)
        self.assertFalse(bool(node.fact(DeepChecks)))
        check, end = self.shared.begin("x", self.make, Taking(), lambda: self.ask(SICK))
        end_announced = node.fact(DeepChecks).announce(check)
        end_late = node.fact(DeepChecks).follow(late)
        other = Taking()
        Node("a").fact(DeepChecks).follow(other)
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
            check, end = self.shared.begin(key, self.make, Taking(), lambda says=says: self.ask(says))  # type: ignore[misc]  # one for each turn
            ends.append((node.fact(DeepChecks).announce(check), end))
        node.fact(DeepChecks).follow(follower)
        self.pass_time()
        self.assertEqual(set(follower.taken), {SICK})
        for end in ends[0]:
            end()
        follower.taken.clear()
        self.pass_time()
        self.assertEqual((set(follower.taken), follower.losses), ({GOOD}, 0))
