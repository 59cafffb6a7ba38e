"""One death reads as one."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import MemberChanged
from quorumha.logs.gathered_changes import GATHER, NodeChanges


class NodeChangesTests(SynchronousTestCase):
    """Node C{a} has ports in C{q}, C{p} and C{t}; node C{b} has one."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.told: list[str] = []
        self.changes = NodeChanges(self.clock, self.write)

    def write(self, fact: MemberChanged) -> None:
        self.told.append(f"{fact.pool}: {fact.upstream} {fact.change}, {fact.cause}")

    def take(self, pool: str, change: str = "down", cause: str = "refused", node: str = "a") -> None:
        ports = 3 if node == "a" else 1
        self.changes.take(MemberChanged(pool, f"{node}:{pool}", change, cause, node=node, ports=ports))

    def test_all_ports(self) -> None:
        """At once, when the last one told; the first to notice says why.

        The pools stand in one order, whoever noticed first: what reads the log knows the line again.
        """
        self.take("q")
        self.clock.advance(0.4)
        self.take("t", cause="no answer")
        self.assertEqual(self.told, [])
        self.take("p")
        self.assertEqual(self.told, ["p, q, t: a down, refused"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_some(self) -> None:
        """After a second those that told; one alone is told as a member is."""
        self.take("q")
        self.take("p")
        self.clock.advance(GATHER)
        self.take("t")
        self.clock.advance(GATHER)
        self.assertEqual(self.told, ["p, q: a down, refused", "t: a:t down, refused"])

    def test_in_order(self) -> None:
        """What happens to a node next waits for nothing that happened before."""
        self.take("q", "ejected")
        self.take("q", "down")
        self.take("p", "disabled", "told")
        self.assertEqual(
            self.told,
            ["q: a:q ejected, refused", "q: a:q down, refused", "p: a:p disabled, told"],
        )

    def test_another_node(self) -> None:
        """Is told at once where it has no other port."""
        self.take("q")
        self.take("q", node="b")
        self.assertEqual(self.told, ["q: b:q down, refused"])

    def test_twice(self) -> None:
        """A port that is told of twice is no other port."""
        for _ in range(3):
            self.take("q", "ejected")
        self.clock.advance(GATHER)
        self.assertEqual(self.told, ["q: a:q ejected, refused"])

    def test_stop(self) -> None:
        self.take("q")
        self.changes.stop()
        self.assertEqual(self.told, ["q: a:q down, refused"])
        self.assertEqual(self.clock.getDelayedCalls(), [])
