"""L{UpstreamPool}: a named set of upstreams, what is known of them, whose turn it is.

No I/O: callers dial, and report what came of it; checks say who is out.

The candidates for one connection or request are an iterator, so none is tried
twice by accident: usable primaries by the balancing policy, then usable backups,
then, because a bad guess beats a sure error, the members that are put aside or out,
who failed last last.
Members that the operator disabled are never candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from attrs import evolve
from twisted.logger import Logger

from quorumha.interfaces import IBalancingPolicy
from quorumha.pool.balancing import RoundRobin
from quorumha.pool.candidates import Candidates
from quorumha.pool.counters import Counters
from quorumha.pool.member import Member
from quorumha.pool.passive_health import (
    HEALTHY,
    LONGEST_ASIDE,
    Health,
    after_failure,
    after_response,
    on_trial,
)
from quorumha.pool.retry_budget import RetryBudget
from quorumha.pool.upstream import (
    ConnectFailed,
    LocalFailure,
    Outcome,
    Phase,
    Responded,
    TimedOut,
    Upstream,
    describe,
)

log = Logger()

__all__ = ["Candidates", "Counters", "Member", "UpstreamPool"]


class UpstreamPool:
    """A named set of upstreams.

    @ivar name: what the configuration calls it.
    @ivar members: in the order given.
    @ivar counters: see L{Counters}.
    @ivar budget: for tries at members that are put aside, after others failed.
    @ivar vouched: whether a good check says that traffic would be answered, too; None while there
        are no checks.  If so, checks bring back whatever traffic had put aside; else only what it could not
        connect to.
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
    ) -> None:
        """
        @param balancing: L{RoundRobin} unless given.
        @param connect_timeout: seconds that one attempt to connect may take, TLS
            included; 0 means no limit.
        @param slow_start: seconds in which the share of a member that came back grows to its full size.
        @param random: from 0 up to 1; spreads the times at which members come back.
        @raise ValueError: there is no upstream, or two have one name.
        """
        self.name = name
        self.members = tuple(Member(u, enabled=u.enabled, changed=self._changed) for u in upstreams)
        names = [m.upstream.name for m in self.members]
        if not names:
            raise ValueError(f"pool {name!r} has no upstream")
        if len(set(names)) != len(names):
            raise ValueError(f"pool {name!r} names one upstream twice: {names}")
        self.balancing: IBalancingPolicy = RoundRobin() if balancing is None else balancing
        self.connect_timeout = connect_timeout
        self.counters = Counters()
        self.budget = RetryBudget() if budget is None else budget
        self.vouched: bool | None = None
        self._slow_start = slow_start
        self._random = random
        self._primaries = tuple(m for m in self.members if not m.upstream.backup)
        self._backups = tuple(m for m in self.members if m.upstream.backup)
        self._watching: list[Callable[[Member], None]] = []
        self._watching_down: list[Callable[[Member], None]] = []
        #: The primaries while nothing is wrong with any of them; empty when something is; None: not known.
        self._ready: tuple[Member, ...] | None = None

    def _changed(self, member: Member) -> None:
        """The operator said whether it may be used."""
        self._ready = None
        log.info(
            "{pool}: {upstream} is {what}: {cause}; {next}",
            event="upstream-enabled" if member.enabled else "upstream-disabled",
            what="enabled" if member.enabled else "disabled",
            pool=self.name,
            upstream=member.upstream.name,
            cause="its operator says so",
            next="used while it is well" if member.enabled else "checked, and not used until it is enabled",
        )
        if member.enabled and not (member.health.out or member.health.down_until):
            self._notify(self._watching, member)

    def candidates(self) -> Candidates:
        """The members to try for one connection or request, best first."""
        return Candidates(self)

    def usable(self, now: float) -> bool:
        """Whether any enabled member is neither put aside nor out."""
        return any(m.usable(now) for m in self.members)

    def has_room(self, now: float) -> bool:
        """Whether any of those may have one more request."""
        return any(m.usable(now) and not m.full for m in self.members)

    def full(self, now: float, tried: Sequence[Member] = ()) -> bool:
        """Whether a member that is usable, and not in C{tried}, has as many requests as it may have."""
        return any(m.full and m.usable(now) and m not in tried for m in self.members)

    # Choosing.

    def pick(self, now: float, tried: list[Member], *, usable_only: bool) -> Member | None:
        """The best member that is not in C{tried}, or None.  None is given more than it may have."""
        if not tried:
            ready = self._ready
            if ready is None:
                ready = self._ready = self._find_ready()
            if ready:
                member = ready[0] if len(ready) == 1 else self.balancing.pick(ready)
                member.picked += 1
                return member
        for tier in (self._primaries, self._backups):
            usable = [m for m in tier if m.usable(now) and m not in tried and not m.full]
            if usable:
                return self._picked(usable[0] if len(usable) == 1 else self._balanced(usable, now), now)
        if usable_only or self.full(now, tried):
            # With members that work, and have much to do, no bad guess is needed.
            return None
        left = [m for m in (*self._primaries, *self._backups) if m.enabled and m not in tried and not m.full]
        if not left or (tried and not self.budget.take(now)):
            return None
        # Who failed last is the least likely to do better.
        return self._picked(min(left, key=lambda m: (m.health.out, m.health.first_fail)), now)

    def _find_ready(self) -> tuple[Member, ...]:
        for m in self._primaries:
            if not m.enabled or m.health is not HEALTHY or m.back_at is not None or m.upstream.max_in_flight:
                return ()
        return self._primaries

    def _balanced(self, usable: list[Member], now: float) -> Member:
        """The policy's choice, with those that start slowly left out more often the shorter they are back."""
        willing = [m for m in usable if m.back_at is None or self._has_started(m, m.back_at, now)]
        return self.balancing.pick(willing or usable)

    def _has_started(self, member: Member, back_at: float, now: float) -> bool:
        if now >= back_at + self._slow_start:
            member.back_at = self._ready = None
            return True
        return self._random() * self._slow_start < now - back_at

    def _picked(self, member: Member, now: float) -> Member:
        if member.back_at is not None and now >= member.back_at + self._slow_start:
            member.back_at = self._ready = None
        if member.health.down_until:
            self._ready = None
            member.health = on_trial(member.health, member.upstream.fail_timeout, now)
        member.picked += 1
        return member

    # What becomes known.

    def report(self, member: Member, outcome: Outcome, now: float) -> None:
        """Take note of how an attempt ended.

        Any well-formed answer, a 404 or a 500 too, shows a living member.  A lack of our own says nothing
        of it.
        """
        before = member.health
        if isinstance(outcome, Responded):
            if before is not HEALTHY:
                self.succeeded(member, now)
            return
        if isinstance(outcome, LocalFailure):
            log.warn(
                "{pool}: {upstream} {cause}; that is held against no upstream",
                event="local-failure",
                pool=self.name,
                upstream=member.upstream.name,
                cause=describe(outcome),
                fold=f"local-failure {describe(outcome)}",
            )
            self.left_open(member, now)
            return
        member.failed += 1
        upstream = member.upstream
        self._ready = None
        member.health = after_failure(
            before,
            upstream.max_fails,
            upstream.fail_timeout,
            now,
            LONGEST_ASIDE,
            0.9 + 0.2 * self._random(),
            unreachable=isinstance(outcome, ConnectFailed) or outcome == TimedOut(Phase.CONNECT),
        )
        if member.health.down_until and not (before.down_until or before.out):
            self._tell_aside(member, describe(outcome), now)

    def _tell_aside(self, member: Member, cause: str, now: float) -> None:
        seconds = round(member.health.down_until - now, 1)
        what_next = f"tried with one request in {seconds:g} s"
        if self._vouched_for(member.health):
            what_next = f"used again when its checks are good, or {what_next}"
        log.warn(
            "{pool}: {upstream} is put aside: {cause}; {next}",
            event="upstream-down",
            pool=self.name,
            upstream=member.upstream.name,
            cause=cause,
            next=what_next,
            seconds=seconds,
            **_folded("down", self.name, member),
        )

    def _vouched_for(self, health: Health) -> bool:
        """Whether good checks outweigh what traffic has against a member."""
        return bool(self.vouched) or (self.vouched is not None and health.unreachable)

    def left_open(self, member: Member, now: float) -> None:
        """Take note that nobody will tell how an attempt ended: the client left.

        If it was the trial of a member that was put aside, the next request makes another.
        """
        if member.health.down_until > now:
            self._ready = None
            member.health = evolve(member.health, down_until=now)

    def succeeded(self, member: Member, now: float | None = None, *, deep: bool = True) -> None:
        """Take note that a member answered a request.

        @param deep: it could not have without all that it needs: that outweighs what its checks found.
        @param now: the clock's seconds; without them it does not start slowly.
        """
        health = member.health
        if health is HEALTHY:
            return
        self._ready = None
        if deep or not member.deep:
            member.silent = member.faulty = False
            if now is not None:
                member.responded_at = now
        member.health = after_response(health)
        if health.down_until and not health.out:
            self._back(member, now, "it answers", health)

    def can_be_vouched_for(self, member: Member) -> bool:
        """Whether good checks would change anything."""
        health = member.health
        return health.out or (bool(health.down_until) and self._vouched_for(health))

    def checked(
        self, member: Member, fault: str | None, now: float, what_next: str, *, fell_silent: bool = False
    ) -> None:
        """Take note of what the checks have come to.

        @param fault: why it is not to be used; None: nothing is wrong with it.
        @param what_next: in words, for the log.
        @param fell_silent: it responds no more, whatever was wrong with it before.
        """
        health = member.health
        if fault is not None:
            if not health.out:
                self._ready = None
                member.health, member.down_since = evolve(health, out=True), now
                log.warn(
                    "{pool}: {upstream} is out: {cause}; {next}",
                    event="upstream-out",
                    pool=self.name,
                    upstream=member.upstream.name,
                    cause=fault,
                    next=what_next,
                    **_folded("out", self.name, member),
                )
            elif not fell_silent:
                return
            self._notify(self._watching_down, member)
            return
        if not self.can_be_vouched_for(member):
            return
        self._ready = None
        if health.down_until and not self._vouched_for(health):
            member.health = evolve(health, out=False)
            self._tell_aside(member, "its checks are good, but not what it did with requests", now)
        else:
            member.health = HEALTHY
            self._back(member, now, "its checks are good", health)

    def _back(self, member: Member, now: float | None, cause: str, was: Health) -> None:
        if now is not None:
            if was.out or was.unreachable or not self.vouched:
                # Where checks say who responds, what traffic alone has against a member ends no process.
                member.back_since = now
            if self._slow_start:
                member.back_at = now
                self._ready = None
        slowly = (
            f", a little at first, all of it in {self._slow_start:g} s" if member.back_at is not None else ""
        )
        log.info(
            "{pool}: {upstream} is back: {cause}; {next}",
            event="upstream-up",
            pool=self.name,
            upstream=member.upstream.name,
            cause=cause,
            next=f"has its share of requests{slowly}" if member.enabled else "not used: it is disabled",
            **_folded("up", self.name, member),
        )
        self._notify(self._watching, member)

    def _notify(self, watching: list[Callable[[Member], None]], member: Member) -> None:
        for callback in list(watching):
            try:
                callback(member)
            except Exception:
                log.failure("who watches a pool failed")

    def watch(self, back: Callable[[Member], None]) -> Callable[[], None]:
        """Hear of each member that was put aside, out or disabled, and can be used again.

        @param back: called with the member; what it raises is logged.
        @return: call it to hear no more.
        """
        return _watch(self._watching, back)

    def watch_down(self, down: Callable[[Member], None]) -> Callable[[], None]:
        """Hear of each member that its active checks put down, again if it falls silent while it is down;
        not of what traffic ejected.

        @param down: called with the member; what it raises is logged.
        @return: call it to hear no more.
        """
        return _watch(self._watching_down, down)


def _folded(change: str, pool: str, member: Member) -> dict[str, object]:
    """One that goes to and fro with each request does not fill the log."""
    return {"fold": f"upstream-{change} {pool} {member.upstream.name}", "fold_first": 5}


def _watch(
    watching: list[Callable[[Member], None]], callback: Callable[[Member], None]
) -> Callable[[], None]:
    # Each watching is one of its own, even of the same callable.
    entry = lambda member: callback(member)  # noqa: E731  # told apart by identity
    watching.append(entry)

    def end() -> None:
        if entry in watching:
            watching.remove(entry)

    return end
