"""L{RepeatedCheck}: one question to one endpoint, put again and again, for all who want to know."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.health.ticks import Ticks
from quorumha.health.verdicts import LATE, Verdict

log = Logger()

#: Seconds from one question to the next after a bad answer, while the member is not down yet; at once where
#: the answer took longer.
FIRST_PAUSE = 0.1
#: Parts of the interval after which the next question is put: not before, and not after.
SOONEST, LATEST = 0.9, 1.1
#: Parts of the interval within which an answer came at once: the next question is due when it was anyway.
AT_ONCE = 0.1
#: So many questions in a row may say nothing because this process did not run in time; it is silence then.
LATE_IN_A_ROW = 2


#: Given a verdict, and when its question was put, by the clock; returns whether the next one is urgent.
Take = Callable[[Verdict, float], bool]
#: Puts a question once.
Ask = Callable[[], Deferred[Verdict]]


@define(eq=False)
class RepeatedCheck:
    """Sends one probe again and again, one at a time, while anybody takes its verdicts.

    @ivar _name: of who is asked, for the log.
    @ivar _interval: seconds from an answer to the next question, give or take a tenth; or from question to
        question, where that was answered at once.
    @ivar _random: from 0 up to 1; spreads the questions.
    @ivar _takes: those who want to know, and how each would put the question; None: it only listens.
    """

    _name: str
    _interval: float
    _clock: IReactorTime
    _ticks: Ticks
    _random: Callable[[], float]
    _takes: dict[Take, Ask | None] = field(factory=dict, init=False)
    _asking: Deferred[Verdict] | None = field(default=None, init=False)
    _asks: Ask | None = field(default=None, init=False)
    _withdraw: Callable[[], None] | None = field(default=None, init=False)
    _late: int = field(default=0, init=False)
    _bug_seen: bool = field(default=False, init=False)

    def begin(self, take: Take, ask: Ask | None = None) -> None:
        """Call C{take}, too, with every verdict from now on; the C{ask} of who came first is used."""
        self._takes[take] = ask
        if ask is not None and self._asks is None:
            self._asks = ask
            self._wait(0.0, self._interval)

    def end(self, take: Take) -> bool:
        """Call C{take} no more, and give up its question; whether nobody else wants to know."""
        ask = self._takes.pop(take)
        if ask is not None and ask is self._asks:
            self._asks = next((other for other in self._takes.values() if other is not None), None)
            self._wait_no_more()
            asking, self._asking = self._asking, None
            if asking is not None:
                asking.cancel()
            if self._asks is not None:
                self._wait(0.0, self._interval)
        return not self._takes

    def _wait_no_more(self) -> None:
        withdraw, self._withdraw = self._withdraw, None
        if withdraw is not None:
            withdraw()

    def _wait_interval(self, at_most: float = inf) -> None:
        self._wait(min(at_most, SOONEST * self._interval), min(at_most, LATEST * self._interval))

    def _wait(self, earliest: float, latest: float) -> None:
        if self._withdraw is not None:
            self._wait_no_more()
        self._withdraw = self._ticks.call(earliest, latest, self._go, self._random)

    def _go(self) -> None:
        self._withdraw = None
        if self._asking is not None:
            return
        assert self._asks is not None
        # Before it is put: so whoever limits it can look at the clock in that moment, too.
        self._wait(SOONEST * self._interval, LATEST * self._interval)
        asking = self._asking = maybeDeferred(self._asks)
        asking.addCallback(self._answered, self._clock.seconds())
        asking.addErrback(self._failed)

    def _answered(self, verdict: Verdict, begun: float) -> None:
        self._asking = None
        if verdict is LATE:
            self._late += 1
            if self._late <= LATE_IN_A_ROW:
                self._wait(0.0, 0.0)
                return
            verdict = Verdict(LATE.fault, silent=True)
        self._late = 0
        urgent, due = False, self._withdraw
        for take in tuple(self._takes):
            urgent = (take in self._takes and take(verdict, begun)) or urgent
        if self._asks is None or self._withdraw is not due:
            return
        took = self._clock.seconds() - begun
        if urgent:
            self._wait_interval(max(0.0, FIRST_PAUSE - took))
        elif due is None or took > AT_ONCE * self._interval:
            self._wait_interval()

    def _failed(self, failure: Failure) -> None:
        if failure.check(CancelledError):
            return
        self._asking = None
        # A bug says nothing of the member.  Once is enough for the log.
        if not self._bug_seen:
            log.failure("checking {upstream} failed", failure, upstream=self._name)
        self._bug_seen = True
        if self._asks is not None:
            self._wait_interval()
