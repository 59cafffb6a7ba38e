"""What the process does on a signal: only SIGTERM and SIGINT end it, the first orderly, the second at once.

====================  ============================================================================
SIGTERM, SIGINT       the first: as Twisted does, an orderly stop; SIGTERM after what the service wants to
                      do before it.  The second: a line in the log, the
                      socket files go, and the process ends by that signal
SIGHUP                the configuration's file is taken again; under nohup(1) it stays ignored
SIGUSR1               the log is opened anew, where it goes to a file
SIGUSR2               a line in the log
====================  ============================================================================

The handlers are set when the reactor runs, after those of Twisted and C{twistd}.
"""

from __future__ import annotations

import _thread
import os
import signal
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service
from twisted.logger import Logger

if TYPE_CHECKING:
    from quorumha.process.early_hangup import EarlyHangup

log = Logger()

#: Seconds that an end at once may take: the process is ended whatever it does by then.
AT_ONCE = 1.0

#: What stands for a signal's treatment: a function, or SIG_DFL, SIG_IGN; None is one that Python did not set.
SignalAction = Any

#: What the log says of signals that change nothing.
_IGNORED: dict[int, str] = {
    signal.SIGHUP: "SIGHUP is ignored",
    signal.SIGUSR2: "SIGUSR2 is ignored",
}


class Process:
    """The two things that a test does not want to be done to its own process."""

    def treat(self, number: int, action: SignalAction) -> SignalAction:
        """Set what is done on a signal, and return what was done before."""
        return signal.signal(number, action)

    def release(self, number: int) -> None:
        """Hold a signal back no more; one that came meanwhile comes now."""
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})

    def action(self, number: int) -> SignalAction:
        return signal.getsignal(number)

    def end_by(self, number: int) -> None:
        """End by a signal; does not return."""
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        # The first process of a container is not ended by a signal that it does not treat.
        os._exit(128 + number)

    def end_later(self, number: int, seconds: float) -> None:
        """End with the status of a signal after C{seconds}, whatever the reactor's thread does."""

        def wait() -> None:
            threading.Event().wait(seconds)
            os._exit(128 + number)

        # Not threading's: the thread that is interrupted may hold one of its locks.
        _thread.start_new_thread(wait, ())


class SignalService(Service):
    """Treats the signals from the moment that the reactor runs."""

    def __init__(
        self,
        reactor: Any,
        last: Iterable[Callable[[], object]] = (),
        reopen: Callable[[], bool] | None = None,
        process: Process | None = None,
        reload: Callable[[], object] | None = None,
        before_stop: Callable[[Callable[[], object]], object] = lambda stop: stop(),
        early: EarlyHangup | None = None,
    ) -> None:
        """
        @param last: called, in order, before the process ends at once; none may wait for long.
        @param reopen: opens the log's file anew; whether there is one.  Without it SIGUSR1 stays
            C{twistd}'s where that set it, which lets the file rotate.
        @param reload: takes the configuration's file again, on SIGHUP.
        @param early: has taken note of a SIGHUP until now.
        @param before_stop: called at the first SIGTERM with what stops, which it calls at once or later.
        """
        self._reactor = reactor
        self._last = tuple(last)
        self._reopen = reopen
        self._before_stop = before_stop
        self._process = Process() if process is None else process
        self._reload = reload
        self._early = early
        self._twisteds: dict[int, SignalAction] = {}
        self._stopping = False
        self._ending = False

    def startService(self) -> None:
        super().startService()  # type: ignore[no-untyped-call]  # Twisted leaves it bare
        self._reactor.callWhenRunning(self._install)

    def stopService(self) -> None:
        super().stopService()  # type: ignore[no-untyped-call]  # as above
        # The signals stay ours: the stop may take a while.
        self._stopping = True

    def _install(self) -> None:
        process = self._process
        for number in (signal.SIGTERM, signal.SIGINT):
            # A shell has what it starts in the background ignore SIGINT.
            if process.action(number) != signal.SIG_IGN:
                self._twisteds[number] = process.treat(number, self._stop)
        early = self._early if self._early is not None and self._early.holds else None
        for ignored in _IGNORED:
            ours = ignored == signal.SIGHUP and early is not None
            if ours or process.action(ignored) == signal.SIG_DFL:
                process.treat(ignored, self._ignore)
        if early is not None and early.came:
            self._ignore(signal.SIGHUP, None)
        if self._reopen is not None or process.action(signal.SIGUSR1) == signal.SIG_DFL:
            process.treat(signal.SIGUSR1, self._open_anew)

    # The handlers run between any two steps of the reactor's thread, so they leave the rest to the reactor.

    def _ignore(self, number: int, frame: object) -> None:
        if number == signal.SIGHUP and self._reload is not None:
            self._reactor.callFromThread(self._reload)
            return
        self._reactor.callFromThread(log.info, _IGNORED[number], event="signal")

    def _open_anew(self, number: int, frame: object) -> None:
        self._reactor.callFromThread(self._opened_anew)

    def _opened_anew(self) -> None:
        opened = self._reopen is not None and self._reopen()
        done = "the log was opened anew" if opened else "there is no log file of ours to be opened anew"
        log.info("SIGUSR1: {done}", event="signal", done=done)

    def _stop(self, number: int, frame: object) -> None:
        if not self._stopping:
            self._stopping = True
            # SIGINT is of somebody who sits there, and waits.
            begin = self._begin_stop if number == signal.SIGTERM else self._stop_orderly
            self._reactor.callFromThread(begin, number)
        elif not self._ending:
            self._ending = True
            # Whatever comes now, or if this thread is stuck, the process ends.
            for one in self._twisteds:
                self._process.treat(one, signal.SIG_DFL)
            self._process.end_later(number, AT_ONCE)
            self._reactor.callFromThread(self._end, number)

    def _begin_stop(self, number: int) -> None:
        self._before_stop(lambda: self._stop_orderly(number))

    def _stop_orderly(self, number: int) -> None:
        twisteds = self._twisteds[number]
        if callable(twisteds):
            twisteds(number, None)
        else:
            # The reactor was started without its own.
            self._reactor.stop()

    def _end(self, number: int) -> None:
        log.warn("a second {signal}: ends at once", event="signal", signal=signal.Signals(number).name)
        for one in self._last:
            try:
                one()
            except Exception:
                log.failure("while ending at once")
        self._process.end_by(number)
