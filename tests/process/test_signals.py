"""Tests for L{quorumha.process.signals}; real processes in tests/integration/test_signals.py."""

from __future__ import annotations

import signal
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.logger import LogEvent, formatEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

from quorumha.process.early_hangup import EarlyHangup
from quorumha.process.signals import AT_ONCE, SignalService
from tests.process.signalled import FakeProcess, FakeReactor


class SignalsTests(SynchronousTestCase):
    """Each signal, in a process that is none."""

    def setUp(self) -> None:
        self.process = FakeProcess()
        self.reactor = FakeReactor()
        self.last: list[str] = []
        self.events: list[LogEvent] = []
        observer = self.events.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def running(self, **more: Any) -> SignalService:
        service = SignalService(
            self.reactor, [lambda: self.last.append("sockets")], process=self.process, **more
        )
        service.startService()
        for begin in self.reactor.begin:
            begin()
        return service

    def said(self) -> list[str]:
        return [formatEvent(event) for event in self.events]

    def test_not_before_it_runs(self) -> None:
        """Twisted and twistd set theirs first."""
        before = dict(self.process.treatments)
        service = SignalService(self.reactor, process=self.process)
        service.startService()
        self.assertEqual(self.process.treatments, before)

    def test_told_and_ignored(self) -> None:
        """SIGHUP, SIGUSR1 and SIGUSR2 do not end the process; each says what it is good for."""
        self.running()
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
            self.process.get(number)
        self.assertEqual(self.said(), [], "a handler does no more than it must")
        self.reactor.turn()
        self.assertEqual(
            self.said(),
            [
                "SIGHUP is ignored",
                "SIGUSR1: there is no log file of ours to be opened anew",
                "SIGUSR2 is ignored",
            ],
        )
        self.assertEqual((self.process.stops, self.process.ended), ([], []))

    def test_reload(self) -> None:
        """SIGHUP, where there is something to be taken again."""
        asked: list[bool] = []
        self.running(reload=lambda: asked.append(True))
        self.process.get(signal.SIGHUP)
        self.assertEqual(asked, [])
        self.reactor.turn()
        self.assertEqual((asked, self.said()), ([True], []))

    def test_a_reload_before_it_runs(self) -> None:
        """It is done once it does; and what came early is not done twice."""
        for count in (0, 1, 3):
            self.process, asked = FakeProcess(), list[bool]()
            early = EarlyHangup(self.process).hold()
            for _ in range(count):
                self.process.get(signal.SIGHUP)
            self.running(reload=partial(asked.append, True), early=early)
            self.reactor.turn()
            self.assertEqual(len(asked), min(count, 1))
            self.process.get(signal.SIGHUP)
            self.reactor.turn()
            self.assertEqual(len(asked), min(count, 1) + 1)

    def test_what_others_set_stays(self) -> None:
        """nohup's SIGHUP, the debugger's SIGUSR2, twistd's SIGUSR1 and a shell's SIGINT."""
        set_before = {
            signal.SIGHUP: signal.SIG_IGN,
            signal.SIGUSR1: lambda *_: None,
            signal.SIGUSR2: lambda *_: None,
            signal.SIGINT: signal.SIG_IGN,
        }
        self.process.treatments.update(set_before)
        self.running()
        self.assertEqual({n: self.process.treatments[n] for n in set_before}, set_before)

    def test_log_opened_anew(self) -> None:
        """SIGUSR1, where the log is ours; twistd's own treatment gives way."""
        self.process.treatments[signal.SIGUSR1] = lambda *_: self.fail("twistd's")
        opened: list[bool] = []

        def reopen() -> bool:
            opened.append(True)
            return True

        self.running(reopen=reopen)
        self.process.get(signal.SIGUSR1)
        self.assertEqual(opened, [])
        self.reactor.turn()
        self.assertEqual((opened, self.said()), ([True], ["SIGUSR1: the log was opened anew"]))

    def test_first_stops(self) -> None:
        """The first SIGTERM or SIGINT is Twisted's."""
        for number in (signal.SIGTERM, signal.SIGINT):
            self.process = FakeProcess()
            self.running()
            self.process.get(number)
            self.reactor.turn()
            self.assertEqual((self.process.stops, self.process.ended, self.last), ([number], [], []))

    def test_first_stops_without_twisteds(self) -> None:
        """Also where the reactor was started without its own treatment."""
        self.process.treatments[signal.SIGTERM] = signal.SIG_DFL
        self.running()
        self.process.get(signal.SIGTERM)
        self.reactor.turn()
        self.assertEqual(self.reactor.stops, 1)

    def test_second_ends(self) -> None:
        """The second ends the process at once, by that signal, its sockets removed; it is told."""
        for first in (signal.SIGTERM, signal.SIGINT):
            for second in (signal.SIGTERM, signal.SIGINT):
                self.process, self.last[:] = FakeProcess(), []
                self.running()
                self.process.get(first)
                self.reactor.turn()
                self.process.get(second)
                self.assertEqual(self.process.late, [(second, AT_ONCE)], "also when the reactor is stuck")
                self.reactor.turn()
                self.assertEqual((self.process.stops, self.process.ended), ([first], [second]))
                self.assertEqual(self.last, ["sockets"])
                self.assertEqual(self.said()[-1], f"a second {second.name}: ends at once")

    def test_both_in_one_turn(self) -> None:
        """Two that come before the reactor's next turn, and a third."""
        self.running()
        for _ in range(2):
            self.process.get(signal.SIGTERM)
        self.assertEqual(
            self.process.treatments[signal.SIGTERM], signal.SIG_DFL, "the kernel takes the third"
        )
        self.reactor.turn()
        self.assertEqual(self.process.ended, [signal.SIGTERM])

    def test_stops_already(self) -> None:
        """While the service stops for another reason, the first one ends."""
        service = self.running()
        service.stopService()
        self.process.get(signal.SIGINT)
        self.reactor.turn()
        self.assertEqual((self.process.stops, self.process.ended), ([], [signal.SIGINT]))

    def test_ends_whatever_fails(self) -> None:
        """What is to be done last may fail."""
        service = SignalService(
            self.reactor, [lambda: 1 / 0, lambda: self.last.append("next")], process=self.process
        )
        service.startService()
        self.reactor.begin[-1]()
        for _ in range(2):
            self.process.get(signal.SIGTERM)
        self.reactor.turn()
        self.assertEqual((self.last, self.process.ended), (["next"], [signal.SIGTERM]))
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)

    def test_before_the_stop(self) -> None:
        """SIGTERM stops when the service says so, SIGINT at once; a second one ends it meanwhile, too."""
        stops: list[Callable[[], object]] = []
        self.running(before_stop=stops.append)
        self.process.get(signal.SIGTERM)
        self.reactor.turn()
        self.assertEqual((self.process.stops, len(stops)), ([], 1))
        stops[0]()
        self.assertEqual(self.process.stops, [signal.SIGTERM])
        self.process.get(signal.SIGTERM)
        self.reactor.turn()
        self.assertEqual(self.process.ended, [signal.SIGTERM])
        self.process = FakeProcess()
        self.running(before_stop=stops.append)
        self.process.get(signal.SIGINT)
        self.reactor.turn()
        self.assertEqual((self.process.stops, len(stops)), ([signal.SIGINT], 1))
