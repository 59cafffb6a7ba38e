"""The demo as a service; tests/integration/test_demo.py runs it whole."""

from __future__ import annotations

import io

from twisted.application.service import Application
from twisted.internet.testing import MemoryReactorClock
from twisted.logger import ILogObserver
from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo import DemoService
from tests.demo.test_display import Terminal


class DemoServiceTests(SynchronousTestCase):
    def test_on_a_terminal_the_log_goes_under_the_table(self) -> None:
        for out, expected in ((Terminal(), True), (io.StringIO(), False)):
            application = Application("demo")
            DemoService(MemoryReactorClock(), 1, out).setServiceParent(application)
            self.assertEqual(application.getComponent(ILogObserver) is not None, expected)

    def test_nothing_starts_before_the_reactor(self) -> None:
        reactor, out = MemoryReactorClock(), io.StringIO()
        service = DemoService(reactor, 1, out)
        service.startService()
        self.assertEqual((reactor.tcpServers, out.getvalue()), ([], ""))
        self.successResultOf(service.stopService())

    def test_ended_early_it_still_says_so_once(self) -> None:
        out = io.StringIO()
        service = DemoService(MemoryReactorClock(), 1, out)
        service.finish()
        service.finish()
        self.successResultOf(service.finished)
        self.assertEqual(out.getvalue().splitlines()[-1], "answered 0, failed 0, failovers 0")
        self.assertEqual(service.tally.exit_status, 1)
