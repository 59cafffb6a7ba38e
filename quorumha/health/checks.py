"""L{HealthChecks}: asks every member of a pool, again and again, and tells the pool what it comes to."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from attrs import define, frozen
from twisted.internet.defer import CancelledError, Deferred, DeferredList, succeed
from twisted.internet.defer import TimeoutError as TookTooLong
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.health.probes import Probe
from quorumha.health.verdicts import NO_VERDICT, Verdict
from quorumha.pool import Member, UpstreamPool

log = Logger()

#: Seconds from one question to the next after a bad answer, while the member is not out yet; at once where
#: the answer took longer.
QUICKLY = 0.1
#: Times C{rise} good answers in a row that are asked, at most, of a member that traffic puts aside again
#: and again soon after its checks were good: they do not see what is wrong with it.
MOST = 8
#: Seconds that what has to be done before a member comes back may take.
PREPARING = 2.0


@frozen
class CheckPlan:
    """How often, and how many.

    @ivar interval: seconds from an answer to the next question, give or take a tenth.
    @ivar rise: so many good answers in a row bring a member back.
    @ivar fall: so many bad ones put it out.
    """

    interval: float = 0.4
    rise: int = 2
    fall: int = 2


@define(eq=False)
class _Watched:
    """One member, and what its last checks came to.

    @ivar good: good answers in a row.
    @ivar bad: bad ones.
    @ivar aside_since: when traffic put it aside, as far as was seen here.
    @ivar vouched_at: when the checks brought it back; None once traffic put it aside again.
    @ivar times: C{rise} is multiplied by it, where traffic put it aside.
    """

    member: Member
    good: int = 0
    bad: int = 0
    aside_since: float = -1.0
    vouched_at: float | None = None
    times: int = 1
    bug_seen: bool = False

    def put_aside(self, now: float, while_: float) -> None:
        """Take note that traffic did.

        @param while_: seconds after coming back within which that is soon.
        """
        self.aside_since, self.good = now, 0
        if self.vouched_at is not None:
            self.times = min(2 * self.times, MOST) if now - self.vouched_at < while_ else 1
            self.vouched_at = None


class HealthChecks:
    """See the module.  One question to a member at a time."""

    def __init__(
        self,
        pool: UpstreamPool,
        probe: Probe,
        clock: IReactorTime,
        plan: CheckPlan,
        random: Callable[[], float],
        prepare: Callable[[Member], Deferred[None]] | None = None,
    ) -> None:
        """
        @param random: from 0 up to 1; spreads the questions.
        @param prepare: done when a member that was not to be used answers again, before it is
            used; that it fails or takes long is logged, and the member comes back all the same.
        """
        self._pool = pool
        self._probe = probe
        self._clock = clock
        self._plan = plan
        self._random = random
        self._prepare = prepare
        self._running: list[Deferred[None]] = []
        self._stopped = False

    def start(self) -> None:
        """Begin."""
        self._pool.vouched = self._probe.vouches
        for member in self._pool.members:
            running = Deferred.fromCoroutine(self._watch(_Watched(member)))
            running.addErrback(self._ended)
            self._running.append(running)

    def _ended(self, failure: Failure) -> None:
        if not failure.check(CancelledError):
            log.failure("checking failed", failure)

    def stop(self) -> Deferred[None]:
        """Ask no more.

        @return: fires when nothing is under way any more.
        """
        self._stopped = True
        running, self._running = self._running, []
        for one in running:
            one.cancel()
        self._probe.stop()
        if not running:
            return succeed(None)
        return DeferredList(running).addCallback(lambda _: None)

    async def _watch(self, watched: _Watched) -> None:
        await self._pause(self._plan.interval * self._random())
        while not self._stopped:
            begun = self._clock.seconds()
            try:
                await self._take(watched, await self._probe.ask(watched.member), begun)
            except CancelledError:
                raise
            except Exception:
                # A bug says nothing of the member.  Once is enough for the log.
                if not watched.bug_seen:
                    log.failure("checking {upstream} failed", upstream=watched.member.upstream.name)
                watched.bug_seen = True
            wait = self._plan.interval * (0.9 + 0.2 * self._random())
            if 0 < watched.bad < self._plan.fall:
                wait = min(wait, max(0.0, QUICKLY - (self._clock.seconds() - begun)))
            await self._pause(wait)

    async def _take(self, watched: _Watched, verdict: Verdict, begun: float) -> None:
        """Make something of one answer."""
        if verdict is NO_VERDICT:
            return
        member, plan = watched.member, self._plan
        if member.database_dead and not verdict.database_dead:
            member.database_since = self._clock.seconds()
        member.database_dead = verdict.database_dead
        member.silent = verdict.silent
        if verdict.fault is not None:
            watched.good = 0
            watched.bad += 1
            if watched.bad >= plan.fall:
                self._tell(member, verdict.fault)
            return
        watched.bad = 0
        health = member.health
        if health.down_until and watched.aside_since != health.first_fail:
            watched.put_aside(health.first_fail, member.upstream.fail_timeout)
        if _failed_since(member, begun):
            # What was good came before.
            watched.good = 0
            return
        watched.good += 1
        needed = plan.rise * (watched.times if health.down_until else 1)
        if watched.good < needed or not self._pool.can_be_vouched_for(member):
            return
        await self._get_ready(member)
        if not self._stopped and not _failed_since(member, begun):
            watched.vouched_at = self._clock.seconds()
            self._tell(member, None)

    async def _get_ready(self, member: Member) -> None:
        if self._prepare is None:
            return
        try:
            await self._prepare(member).addTimeout(PREPARING, self._clock, _took_too_long)
        except CancelledError:
            raise
        except TookTooLong:
            log.warn(
                "{pool}: {upstream} comes back before all was done that had to be done first",
                event="upstream-unprepared",
                pool=self._pool.name,
                upstream=member.upstream.name,
            )
        except Exception:
            log.failure(
                "what had to be done before {upstream} comes back failed", upstream=member.upstream.name
            )

    def _tell(self, member: Member, fault: str | None) -> None:
        plan = self._plan
        self._pool.checked(
            member,
            fault,
            self._clock.seconds(),
            f"used again after {plan.rise} good checks, one every {plan.interval:g} s",
        )

    def _pause(self, seconds: float) -> Deferred[None]:
        if self._stopped:
            return succeed(None)
        waiting: Deferred[None] = Deferred(lambda _: call.cancel())
        call = self._clock.callLater(seconds, lambda: waiting.callback(None))
        return waiting


def _failed_since(member: Member, begun: float) -> bool:
    """Whether traffic put it aside after that."""
    return bool(member.health.down_until) and member.health.first_fail >= begun


def _took_too_long(_: object, seconds: float) -> NoReturn:
    """Also where what was cancelled ends well all the same.

    @raise TookTooLong: always.
    """
    raise TookTooLong(seconds)
