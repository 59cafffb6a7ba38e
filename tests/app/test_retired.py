"""What serves nobody new."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.retired import LOOK, Retired
from quorumha.net.drain import DrainingFactory
from quorumha.net.listener_part import Part


class Noting(Part[DrainingFactory[Any]]):
    """Notes what it is told."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(DrainingFactory(clock))
        self.told: list[str] = []

    def close(self) -> None:
        self.told.append("close")

    def stop(self) -> Deferred[None]:
        self.told.append("stop")
        return succeed(None)


class RetiredTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.retired = Retired(self.clock)
        self.under_way = True
        self.part = Noting(self.clock)

    def retire(self) -> None:
        self.retired.add(self.part, lambda: self.under_way)

    def look(self) -> None:
        self.clock.pump([LOOK, 0])

    def test_until_it_is_not_needed(self) -> None:
        self.retire()
        self.look()
        self.assertEqual((self.part.told, len(self.retired)), ([], 1))
        self.under_way = False
        self.look()
        self.assertEqual((self.part.told, len(self.retired)), (["stop"], 0))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_stop(self) -> None:
        """Nobody waits any more; then all ends, whatever is under way."""
        self.retire()
        self.retired.close()
        self.successResultOf(self.retired.stop())
        self.assertEqual(self.part.told, ["close", "stop"])
        self.assertEqual(self.clock.getDelayedCalls(), [])
