"""The end of all connections of a factory."""

from __future__ import annotations

from math import inf

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.net.drain import DrainingFactory


@define(eq=False)
class Connection:
    """Notes what it is told."""

    factory: DrainingFactory[Connection]
    idle_since: float = inf
    quiet_since: float = inf
    told: list[str] = field(factory=list)

    def finish_soon(self, recent: float) -> None:
        self.told.append(f"finish {recent}")

    def end_idle(self) -> None:
        self.end("idle")

    def cut(self) -> None:
        self.end("cut")

    def end(self, how: str) -> None:
        self.told.append(how)
        self.factory.ended(self)


class DrainTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.factory: DrainingFactory[Connection] = DrainingFactory(self.clock)

    def connect(self) -> Connection:
        connection = Connection(self.factory)
        self.factory.connections.add(connection)
        return connection

    def over(self, drained: Deferred[None]) -> None:
        self.successResultOf(drained)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_nobody(self) -> None:
        self.over(self.factory.drain(5))
        self.assertTrue(self.factory.draining)

    def test_waits_for_all(self) -> None:
        one, two = self.connect(), self.connect()
        drained = [self.factory.drain(5, recent=0.2), self.factory.drain(6)]
        self.assertEqual(one.told, ["finish 0.2", "finish 0.0"])
        one.end("done")
        self.assertNoResult(drained[0])
        two.end("done")
        self.over(drained[0])
        self.successResultOf(drained[1])

    def test_limit(self) -> None:
        one = self.connect()
        drained = self.factory.drain(5)
        self.clock.advance(4.9)
        self.assertEqual(one.told, ["finish 0.0"])
        self.clock.advance(0.1)
        self.assertEqual(one.told[1:], ["cut"])
        self.over(drained)

    def test_told_twice_to_end_quiet_ones(self) -> None:
        """A listener that leaves is finished once more when the process stops: one look at a time."""
        one = self.connect()
        drained = [self.factory.drain(idle=0.5), self.factory.drain(idle=0.5)]
        self.clock.advance(0.1)
        self.clock.advance(0)
        one.end("done")
        for each in drained:
            self.over(each)

    def test_quiet_ones_end(self) -> None:
        """Once they have been so for long enough."""
        one, two = self.connect(), self.connect()
        one.quiet_since = 0.3
        drained = self.factory.drain(9, idle=0.5)
        for _ in range(10):
            self.clock.advance(0.1)
        self.assertEqual((one.told[1:], two.told[1:]), (["idle"], []))
        two.quiet_since = 0.0
        for _ in range(3):
            self.clock.advance(0.1)
        self.clock.advance(0)
        self.over(drained)

    def test_idle_ones(self) -> None:
        """Are told of, and closed only while they are still idle."""
        one, busy = self.connect(), self.connect()
        one.idle_since = 1.0
        (found,) = self.factory.idle()
        self.assertEqual(found.since, 1.0)
        one.idle_since = 2.0
        self.assertFalse(found.close())
        (found,) = self.factory.idle()
        self.assertTrue(found.close())
        self.assertEqual((one.told, busy.told), (["idle"], []))
