"""Facts become lines of the log, folded by their cause."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.logger import LogEvent, Logger, LogLevel, formatEvent
from twisted.trial.unittest import SynchronousTestCase

from quorumha.events import MemberChanged, MemberChecked, Observers, RequestDone
from quorumha.logs.fact_observer import GATHER, LogObserver, NodeChanges
from quorumha.logs.folding import FoldingObserver
from quorumha.pool.upstream import AttemptResult, AttemptState, ConnectFailed, Upstream


class LogObserverTests(SynchronousTestCase):
    """See the module."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.written: list[LogEvent] = []
        self.folding = FoldingObserver(self.written.append, self.clock)
        logger = Logger("quorumha", observer=self.folding)
        self.observers = Observers(LogObserver(logger))

    def test_one_line(self) -> None:
        self.observers.notify(MemberChanged("rpc", "b", "backup in use"))
        (event,) = self.written
        self.assertEqual(
            (event["event"], event["pool"], event["upstream"], event["log_level"], event["log_namespace"]),
            ("backup-in-use", "rpc", "b", LogLevel.warn, "quorumha"),
        )

    def test_not_every_fact_is_one(self) -> None:
        self.observers.notify(MemberChecked("rpc", "b", ""))
        self.observers.notify(object())
        self.assertEqual(self.written, [])

    def test_storm(self) -> None:
        """20,000 requests fail of two causes within a minute: fewer than 20 lines, and all are counted."""
        members = [Upstream(name, object()) for name in "ab"]  # type: ignore[arg-type]  # never dialled
        for number in range(20_000):
            tried = [
                AttemptResult(one, ConnectFailed("refused"), AttemptState.DIALLED)
                for one in members[:: -1 if number % 2 else 1]
            ]
            error = "pool rpc: could not connect (refused), 2 times"
            self.observers.notify(
                RequestDone("rpc", "", "rpc", "10.0.0.9", "POST", 502, error, tried, 0, 0, number * 1e-6, 0.0)
            )
            if number % 4 == 0:
                self.observers.notify(
                    RequestDone("rpc", "", "rpc", "10.0.0.9", "POST", 503, "disabled", (), 0, 0, 0.0, 0.0)
                )
            self.clock.advance(60 / 20_000)
        self.clock.pump([10.0] * 2)
        self.assertLess(len(self.written), 20)
        counted = sum(event.get("more", 1) for event in self.written)
        self.assertEqual(counted, 25_000)
        self.assertIn("more of these in 10 s", formatEvent(self.written[-1]))
        self.assertEqual(self.written[0]["pool"], "rpc")


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
