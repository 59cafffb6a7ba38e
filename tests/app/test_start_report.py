"""What is served, and by whom, is told once each member was checked once."""

from __future__ import annotations

from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.app.start_report import LATEST, StartReport
from quorumha.events import MemberChecked, Started
from quorumha.pool.pool import UpstreamPool
from quorumha.testing import FactRecorder
from tests.pool.test_pool import upstream

LISTENING = {"rpc": IPv4Address("TCP", "127.0.0.1", 8545)}


class StartReportTests(SynchronousTestCase):
    """See the module."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.facts = FactRecorder()
        self.observers = self.facts.observers
        self.pools = {name: UpstreamPool(name, [upstream("a"), upstream("b")]) for name in ("rpc", "other")}

    def begin(self) -> StartReport:
        return StartReport(self.observers, self.clock, "/etc/q.toml", self.pools, ["rpc"])

    def check(self, name: str, cause: str = "") -> None:
        self.observers.notify(MemberChecked("rpc", name, cause))

    def told(self) -> list[Started]:
        return self.facts.of(Started)

    def test_told(self) -> None:
        """Once, when the last of the first checks is over."""
        self.pools["other"].members[1].enabled = False
        self.begin().serves(LISTENING)
        self.check("b", "could not connect (refused)")
        self.clock.advance(1)
        self.assertEqual(self.told(), [])
        self.check("a")
        (started,) = self.told()
        self.assertEqual((started.file, dict(started.listeners)), ("/etc/q.toml", {"rpc": "127.0.0.1:8545"}))
        self.assertEqual(
            started.members,
            {
                "rpc": {"a": "up", "b": "could not connect (refused)"},
                "other": {"a": "not checked", "b": "disabled"},
            },
        )
        self.check("a")
        self.clock.advance(LATEST)
        self.assertEqual((len(self.told()), self.clock.getDelayedCalls()), (1, []))

    def test_checked_before_it_serves(self) -> None:
        report = self.begin()
        self.check("a")
        self.check("b")
        self.assertEqual(self.told(), [])
        report.serves(LISTENING)
        self.assertEqual(len(self.told()), 1)

    def test_not_for_ever(self) -> None:
        """A check that hangs is not waited for."""
        self.begin().serves(LISTENING)
        self.check("a")
        self.clock.pump([LATEST, 0])
        (started,) = self.told()
        self.assertEqual(started.members["rpc"], {"a": "up", "b": "not checked"})

    def test_stopped(self) -> None:
        """Before: nothing is told, and nothing is left."""
        report = self.begin()
        report.serves(LISTENING)
        report.stop()
        report.stop()
        self.check("a")
        self.check("b")
        self.assertEqual((self.told(), self.clock.getDelayedCalls()), ([], []))
