"""L{CheckedMember}: one member, and what its checks have come to."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred, succeed
from twisted.internet.defer import TimeoutError as TookTooLong
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.events import Lack, MemberChanged, MemberChecked
from quorumha.health.verdicts import Verdict
from quorumha.net.timeout import end_within
from quorumha.pool.pool import Member, UpstreamPool

log = Logger()

#: Times C{rise} good answers in a row that are asked, at most, of a member that traffic ejects again
#: and again soon after its checks were good: they do not see what is wrong with it.
MOST = 8
#: Seconds after a response to a request in which a check that has none proves no silence.
OUTWEIGHED = 2.0
#: Seconds that what has to be done before a member is up may take.
PREPARING = 2.0


@frozen
class CheckPlan:
    """How often, and how many.

    @ivar interval: seconds from an answer to the next question, give or take a tenth.
    @ivar rise: after so many good answers in a row a member is up.
    @ivar fall: after so many bad ones it is down.
    """

    interval: float = 0.4
    rise: int = 2
    fall: int = 2


@define
class _Row:
    """Answers to one question, in a row, of each sort; C{faulty}: the last one was bad."""

    good: int = 0
    bad: int = 0
    silent: int = 0
    faulty: bool = False


#: Of a deep check that there is not.
_NOTHING = _Row()


@define(eq=False)
class CheckedMember:
    """Turns the verdicts on one member into its being up or down.

    It has a check of its own, and perhaps the deep check of another port of the same node beside it:
    that one says what concerns the node at all its ports, which its own check may not see.

    @ivar _in_pool: what a verdict of its own check comes to in this pool; called before anything follows.
    @ivar _asks_deep: its own check needs all that it needs, as its database.
    @ivar _wall: gives the seconds since the epoch.
    @ivar _ejected_at: when traffic ejected it, as far as was seen here.
    @ivar _recovered_at: when the checks ended that; None once traffic ejected it again.
    @ivar _times: C{rise} is multiplied by it, where traffic ejected it.
    """

    _pool: UpstreamPool
    _member: Member
    _plan: CheckPlan
    _clock: IReactorTime
    _prepare: Callable[[Member], Deferred[None]] = lambda member: succeed(None)
    _in_pool: Callable[[UpstreamPool, Member, Verdict], Verdict] = lambda pool, member, verdict: verdict
    _asks_deep: bool = field(default=False, kw_only=True)
    _wall: Callable[[], float] = field(default=time.time, kw_only=True)
    _own: _Row = field(factory=_Row, init=False)
    _begun: float = field(default=0.0, init=False)
    _deep: _Row | None = field(default=None, init=False)
    _ejected_at: float = field(default=-1.0, init=False)
    _recovered_at: float | None = field(default=None, init=False)
    _times: int = field(default=1, init=False)
    _preparing: Deferred[None] | None = field(default=None, init=False)
    _stopped: bool = field(default=False, init=False)
    _was_checked: bool = field(default=False, init=False)

    def stop(self) -> None:
        """Let nothing follow any more."""
        self._stopped = True
        preparing, self._preparing = self._preparing, None
        if preparing is not None:
            preparing.cancel()

    def take(self, verdict: Verdict, begun: float) -> bool:
        """A L{Take<quorumha.health.repeated_check.Take>} of its own check."""
        if self._stopped:
            return False
        pool, member = self._pool, self._member
        if verdict.lack is None:
            verdict = self._in_pool(pool, member, verdict)
        if not self._was_checked:
            self._was_checked = True
            member.starting = False
            said = verdict.lack or verdict.fault or ""
            pool.observers.notify(MemberChecked(pool.name, member.name, said))
        if verdict.lack is not None:
            pool.observers.notify(Lack(pool.name, member.name, verdict.lack))
            return False
        self._count(verdict, begun)
        row, health = self._own, member.health
        self._note(row, verdict)
        if verdict.fault is not None:
            return self._after_bad(row, verdict.fault)
        row.bad = 0
        if health.ejected_until:
            if self._ejected_at != health.first_fail:
                self._take_ejection(health.first_fail)
            if self._failed_since(begun):
                # What was good came before.
                row.good = 0
                return False
        row.good += 1
        self._begun = begun
        self._after_good()
        return False

    def take_deep(self, verdict: Verdict, begun: float) -> bool:
        """As L{take}, of what the deep check of another port of the same node says."""
        if self._stopped or verdict.lack is not None:
            return False
        row = self._deep
        if row is None:
            row = self._deep = _Row()
        dead = verdict.of_node or (verdict.silent and verdict.reached)
        self._note(row, verdict if dead else Verdict())
        if dead:
            return self._after_bad(row, f"{verdict.fault} (as its other port says)")
        row.bad = 0
        # That the other port cannot be reached says nothing of this one.
        row.good = row.good + 1 if verdict.fault is None else self._plan.rise
        self._after_good()
        return False

    def deep_check_ended(self) -> None:
        """There is no deep check of another port any more."""
        self._deep = None

    def _count(self, verdict: Verdict, begun: float) -> None:
        numbers, fault = self._member.numbers, verdict.fault
        numbers.checks["good" if fault is None else "bad"] += 1
        numbers.check_seconds = self._clock.seconds() - begun
        numbers.checked_at, numbers.check_said = self._wall(), fault or ""

    def _note(self, row: _Row, verdict: Verdict) -> None:
        row.silent = row.silent + 1 if verdict.silent else 0
        row.faulty = verdict.fault is not None
        own, deep, member = self._own, self._deep or _NOTHING, self._member
        if self._clock.seconds() - member.responded_at < OUTWEIGHED:
            # Traffic knows better.
            return
        member.silent = bool(own.silent or deep.silent)
        member.faulty = own.faulty or deep.faulty
        member.deep = (self._asks_deep and own.faulty) or deep.faulty

    def _take_ejection(self, now: float) -> None:
        """Take note that traffic did."""
        self._ejected_at, self._own.good = now, 0
        if self._recovered_at is not None:
            soon = now - self._recovered_at < self._member.upstream.fail_timeout
            self._times = min(2 * self._times, MOST) if soon else 1
            self._recovered_at = None

    def _failed_since(self, begun: float) -> bool:
        """Whether traffic ejected it after that."""
        health = self._member.health
        return bool(health.ejected_until) and health.first_fail >= begun

    def _after_bad(self, row: _Row, fault: str) -> bool:
        row.good = 0
        row.bad += 1
        if row.bad >= self._plan.fall:
            # Who was asked though it was down, as nobody else was there, may hang with what it was sent.
            self._notify_pool(fault, fell_silent=row.silent == self._plan.fall)
        return row.bad < self._plan.fall

    def _good_enough(self) -> bool:
        plan, deep = self._plan, self._deep
        needed = plan.rise * (self._times if self._member.health.ejected_until else 1)
        return self._own.good >= needed and (deep is None or deep.good >= plan.rise)

    def _after_good(self) -> None:
        # Nearly always it is up.
        if not self._pool.may_recover(self._member) or self._preparing is not None or self._stopped:
            return
        if not self._good_enough() or self._failed_since(self._begun):
            return
        preparing = self._preparing = maybeDeferred(self._prepare, self._member)
        unprepared = MemberChanged(self._pool.name, self._member.name, "unprepared")
        end_within(preparing, PREPARING, self._clock, partial(self._pool.observers.notify, unprepared))
        preparing.addErrback(self._preparing_failed)
        preparing.addCallback(self._prepared)

    def _preparing_failed(self, failure: Failure) -> None:
        if not failure.check(TookTooLong, CancelledError):
            log.failure(
                "what had to be done before {upstream} is up failed",
                failure,
                upstream=self._member.name,
            )

    def _prepared(self, _: object) -> None:
        self._preparing = None
        # Its checks went on meanwhile.
        if not self._stopped and self._good_enough() and not self._failed_since(self._begun):
            self._recovered_at = self._clock.seconds()
            self._notify_pool(None)

    def _notify_pool(self, fault: str | None, *, fell_silent: bool = False) -> None:
        plan = self._plan
        self._pool.checked(
            self._member,
            fault,
            self._clock.seconds(),
            f"used again after {plan.rise} good checks, one every {plan.interval:g} s",
            fell_silent=fell_silent,
        )
