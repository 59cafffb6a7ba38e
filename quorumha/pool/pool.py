"""L{UpstreamPool}: a named set of upstreams that come and go, and what becomes known of them.

No I/O: callers dial, and report what came of it; checks say who is down.  Whose turn it is:
L{quorumha.pool.rotation}; who is there: L{quorumha.pool.membership}.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import define, evolve, field

from quorumha.events import Lack, Observers
from quorumha.pool.balancing import IBalancingPolicy, RoundRobin
from quorumha.pool.candidates import Candidates
from quorumha.pool.member import Member
from quorumha.pool.one_writer import OneWriter
from quorumha.pool.passive_health import HEALTHY, LONGEST_EJECTION, Health, after_failure, after_response
from quorumha.pool.retry_budget import RetryBudget
from quorumha.pool.rotation import Rotation
from quorumha.pool.upstream import (
    Broken,
    ConnectFailed,
    LocalFailure,
    Outcome,
    Phase,
    Responded,
    TimedOut,
    Upstream,
    WentDown,
    describe,
)

__all__ = ["Candidates", "Counters", "Member", "UpstreamPool"]

#: Why another member is asked.
FAILOVER_REASONS = ("connect", "timeout", "broken", "status")
_REASON: dict[type[Outcome], str] = {
    ConnectFailed: "connect",
    # It could not be asked, whoever is to blame.
    LocalFailure: "connect",
    TimedOut: "timeout",
    Broken: "broken",
    WentDown: "broken",
    Responded: "status",
}


@define(eq=False)
class Counters:
    """Plain numbers of one pool, read when somebody asks.

    @ivar requests: requests or relayed connections taken.
    @ivar answered: of these, those that got an upstream's response (HTTP) or connection (TCP).
    @ivar failed: of these, those that the proxy had to answer itself, or cut.
    @ivar failovers: times another member was asked after one failed; C{failovers_by}: by what became of
        that: C{"connect"}, C{"timeout"}, C{"broken"}, or C{"status"} where it responded.
    @ivar mirrored: copies sent whole and answered.
    @ivar mirror_failed: copies that came to nothing.
    @ivar mirror_dropped: copies not sent because a bound was reached.
    """

    requests: int = 0
    answered: int = 0
    failed: int = 0
    failovers: int = 0
    failovers_by: dict[str, int] = field(factory=lambda: dict.fromkeys(FAILOVER_REASONS, 0))
    mirrored: int = 0
    mirror_failed: int = 0
    mirror_dropped: int = 0

    def failed_over(self, after: Outcome) -> None:
        """Another member is asked, after one came to this."""
        self.failovers += 1
        self.failovers_by[_REASON[type(after)]] += 1


class UpstreamPool(Rotation):
    """A named set of upstreams: members, what is known of each, and whose turn it is.

    @ivar connect_timeout: seconds that one attempt to connect may take, TLS included; 0 means no limit.
    @ivar checks_override: whether a good check says that traffic would be answered, too; None while there
        are no checks.  If so, active checks override passive ejection; else only of those that could not be
        connected to.
    @ivar writer: knows which member alone may be written to; None: it does not matter.
    """

    def __init__(
        self,
        name: str,
        upstreams: Iterable[Upstream],
        balancing: IBalancingPolicy | None = None,
        connect_timeout: float = 1.0,
        slow_start: float = 0.0,
        random: Callable[[], float] = lambda: 0.5,
        budget: RetryBudget | None = None,
        observers: Observers | None = None,
    ) -> None:
        """
        @param random: from 0 up to 1; spreads the times after which ejected members are tried again.
        @raise ValueError: there is no upstream, or two have one name.
        """
        super().__init__(name, Observers() if observers is None else observers)
        self.balancing = balancing or RoundRobin()
        self.slow_start = slow_start
        self.budget = budget or RetryBudget()
        self._random = random
        self.connect_timeout = connect_timeout
        self.counters = Counters()
        self.checks_override: bool | None = None
        self.writer: OneWriter | None = None
        self.arrange(upstreams)
        self.watch(self._back_from_backup)

    @property
    def watched(self) -> bool:
        """Whether anybody but the pool itself is to be called with members that go up or down."""
        return self._up.count > 1 or self._down.count > 0

    def candidates(self) -> Candidates:
        """The members to try for one connection or request, best first."""
        return Candidates(self)

    def report(self, member: Member, outcome: Outcome, now: float) -> None:
        """Take note of how an attempt ended.

        Any well-formed response, a 404 or a 500 too, shows a living member.  A lack of our own says nothing
        of it, nor does what became of a copy.
        """
        before = member.health
        if isinstance(outcome, Responded):
            if before is not HEALTHY:
                self.succeeded(member, now)
            return
        if isinstance(outcome, LocalFailure):
            self.observers.notify(Lack(self.name, member.upstream.name, describe(outcome)))
            self.left_open(member, now)
            return
        member.failed += 1
        if not member.traffic or member.removed:
            return
        upstream = member.upstream
        self._ready = None
        member.health = after_failure(
            before,
            upstream.max_fails,
            upstream.fail_timeout,
            now,
            LONGEST_EJECTION,
            0.9 + 0.2 * self._random(),
            unreachable=isinstance(outcome, ConnectFailed) or outcome == TimedOut(Phase.CONNECT),
        )
        if member.health.ejected_until and not (before.ejected_until or before.down):
            self._notify_ejected(member, describe(outcome), now)

    def left_open(self, member: Member, now: float) -> None:
        """The client left: if this was the one request that tries a half-open member, the next one does."""
        if member.health.tried and member.health.ejected_until > now:
            self._ready = None
            member.health = evolve(member.health, ejected_until=now)

    def succeeded(self, member: Member, now: float | None = None, *, deep: bool = True) -> None:
        """Take note that a member responded to a request.

        @param now: without it the member does not start slowly.
        @param deep: it could not have without all that it needs: that outweighs what its checks found.
        """
        health = member.health
        if health is HEALTHY or member.removed:
            return
        self._ready = None
        if deep or not member.deep:
            member.silent = member.faulty = False
            if now is not None:
                member.responded_at = now
        member.health = after_response(health)
        if health.ejected_until and not health.down:
            self._recovered(member, now, "it responds", health)

    def _overrides(self, health: Health) -> bool:
        """Whether good checks override what traffic has against a member."""
        return bool(self.checks_override) or (self.checks_override is not None and health.unreachable)

    def may_recover(self, member: Member) -> bool:
        """Whether good checks would change anything."""
        health = member.health
        return health.down or (bool(health.ejected_until) and self._overrides(health))

    def checked(
        self, member: Member, fault: str | None, now: float, what_next: str, *, fell_silent: bool = False
    ) -> None:
        """Take note of what the checks have come to.

        @param fault: why it is not to be used; None: nothing is wrong with it.
        @param what_next: in words, for the log.
        @param fell_silent: it responds no more, whatever was wrong with it before.
        """
        health = member.health
        if member.removed:
            return
        if fault is not None:
            if not health.down:
                self._ready = None
                member.health, member.down_since = evolve(health, down=True), now
                self._notify(member, "down", fault, what_next)
            elif not fell_silent:
                return
            self._down.notify(member)
            return
        if self.may_recover(member):
            self._not_down(member, now, "its checks are good")

    def _not_down(self, member: Member, now: float, cause: str) -> None:
        health, self._ready = member.health, None
        if health.ejected_until and not self._overrides(health):
            member.health = evolve(health, down=False)
            self._notify_ejected(member, f"{cause}, but not what it did with requests", now)
        else:
            member.health = HEALTHY
            self._recovered(member, now, cause, health)

    def unchecked(self, now: float) -> None:
        """There are no checks any more: what they had against members is forgotten."""
        self.checks_override = None
        for member in self.members:
            member.silent = member.faulty = member.deep = False
            if member.health.down:
                self._not_down(member, now, "nothing checks it any more")

    def _recovered(self, member: Member, now: float | None, cause: str, was: Health) -> None:
        if now is not None:
            if was.down or was.unreachable or not self.checks_override:
                # Where checks say who responds, what traffic alone has against a member ends no process.
                member.up_since = now
            if self.slow_start:
                member.slow_since = now
                self._ready = None
        following = "has its share of requests" if member.enabled else "not used: it is disabled"
        if member.enabled and self.writer is not None:
            following = "gets sessions while it is the one that is written to"
        elif member.enabled and member.slow_since is not None:
            following += f", a little at first, all of it in {self.slow_start:g} s"
        self._notify(member, "up", cause, following)
        self._up.notify(member)

    def _notify_ejected(self, member: Member, cause: str, now: float) -> None:
        seconds = round(member.health.ejected_until - now, 1)
        following = f"tried with one request in {seconds:g} s"
        if self._overrides(member.health):
            following = f"used again when its checks are good, or {following}"
        self._notify(member, "ejected", cause, following, seconds)

    def _back_from_backup(self, member: Member) -> None:
        if self._backup_in_use and member.eligible and not member.upstream.backup:
            self._backup_in_use = False
            self._notify(member, "back from backup", "it is up", "")
