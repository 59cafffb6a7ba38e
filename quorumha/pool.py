"""L{UpstreamPool}: a named set of upstreams, what is known of them, whose turn it is.

No I/O: callers dial, and report what came of it.

The candidates for one connection or request are an iterator, so none is tried
twice by accident: usable primaries by the balancing policy, then usable backups,
then, because a bad guess beats a sure error, the members that are put aside.
Members that the operator disabled are never candidates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import define, evolve
from twisted.logger import Logger

from quorumha.interfaces import IBalancingPolicy
from quorumha.policy.balancing import RoundRobin
from quorumha.policy.health import HEALTHY, Health, after_failure, on_trial
from quorumha.upstream import Outcome, Responded, Upstream, describe

log = Logger()


@define(eq=False)
class Member:
    """One upstream in a pool: the frozen value and what changes about it.

    @ivar enabled: the operator's word, apart from health.
    @ivar in_flight: connections or requests it has now.
    @ivar picked: times it was chosen.
    @ivar failed: failures reported.
    @ivar database_dead: a deep check said that it cannot reach its database.
    """

    upstream: Upstream
    health: Health = HEALTHY
    enabled: bool = True
    in_flight: int = 0
    picked: int = 0
    failed: int = 0
    database_dead: bool = False


@define(eq=False)
class Counters:
    """Plain numbers of one pool, read when somebody asks.

    @ivar requests: requests or relayed connections taken.
    @ivar answered: of these, those that got an upstream's answer (HTTP) or
        an upstream's connection (TCP).
    @ivar failed: of these, those that the proxy had to answer itself, or cut.
    @ivar moved: times another upstream was asked after one did not do.
    @ivar mirrored: copies sent whole and answered.
    @ivar mirror_failed: copies that came to nothing.
    @ivar mirror_dropped: copies not sent because a bound was reached.
    """

    requests: int = 0
    answered: int = 0
    failed: int = 0
    moved: int = 0
    mirrored: int = 0
    mirror_failed: int = 0
    mirror_dropped: int = 0


class UpstreamPool:
    """A named set of upstreams.

    @ivar name: what the configuration calls it.
    @ivar members: in the order given.
    @ivar counters: see L{Counters}.
    """

    def __init__(
        self,
        name: str,
        upstreams: Iterable[Upstream],
        balancing: IBalancingPolicy | None = None,
        connect_timeout: float = 1.0,
    ) -> None:
        """
        @param balancing: L{RoundRobin} unless given.
        @param connect_timeout: seconds that one attempt to connect may take, TLS
            included; 0 means no limit.
        @raise ValueError: there is no upstream, or two have one name.
        """
        self.name = name
        self.members = tuple(Member(u) for u in upstreams)
        names = [m.upstream.name for m in self.members]
        if not names:
            raise ValueError(f"pool {name!r} has no upstream")
        if len(set(names)) != len(names):
            raise ValueError(f"pool {name!r} names one upstream twice: {names}")
        self.balancing: IBalancingPolicy = RoundRobin() if balancing is None else balancing
        self.connect_timeout = connect_timeout
        self.counters = Counters()
        self._primaries = tuple(m for m in self.members if not m.upstream.backup)
        self._backups = tuple(m for m in self.members if m.upstream.backup)
        self._watching: list[Callable[[Member], None]] = []

    def candidates(self) -> Candidates:
        """The members to try for one connection or request, best first."""
        return Candidates(self)

    def usable(self, now: float) -> bool:
        """Whether any enabled member is not put aside."""
        return any(m.enabled and m.health.usable(now) for m in self.members)

    def watch(self, back: Callable[[Member], None]) -> Callable[[], None]:
        """Hear of each member that was put aside and can be used again.

        @param back: called with the member; what it raises is logged.
        @return: call it to hear no more.
        """
        # Each watching is one of its own, even of the same callable.
        entry = lambda member: back(member)  # noqa: E731  # told apart by identity
        self._watching.append(entry)

        def end() -> None:
            if entry in self._watching:
                self._watching.remove(entry)

        return end

    def _tell_back(self, member: Member) -> None:
        for back in list(self._watching):
            try:
                back(member)
            except Exception:
                log.failure("who watches a pool failed")

    def pick(self, now: float, tried: list[Member], *, usable_only: bool) -> Member | None:
        """The best member that is not in C{tried}, or None."""
        for tier in (self._primaries, self._backups):
            usable = [m for m in tier if m.enabled and now >= m.health.down_until and m not in tried]
            if usable:
                return self._picked(usable[0] if len(usable) == 1 else self.balancing.pick(usable), now)
        if usable_only:
            return None
        for member in (*self._primaries, *self._backups):
            if member.enabled and member not in tried:
                return self._picked(member, now)
        return None

    def _picked(self, member: Member, now: float) -> Member:
        if member.health.down_until:
            member.health = on_trial(member.health, member.upstream.fail_timeout, now)
        member.picked += 1
        return member

    def report(self, member: Member, outcome: Outcome, now: float) -> None:
        """Take note of how an attempt ended.

        Any well-formed answer, a 404 or a 500 too, shows a living member.
        """
        before = member.health
        if isinstance(outcome, Responded):
            if before is not HEALTHY:
                self.succeeded(member)
            return
        member.failed += 1
        upstream = member.upstream
        member.health = after_failure(before, upstream.max_fails, upstream.fail_timeout, now)
        if member.health.down_until and not before.down_until:
            log.warn(
                "{pool}: {upstream} {cause}; put aside for {seconds} s",
                event="upstream-down",
                pool=self.name,
                upstream=upstream.name,
                cause=describe(outcome),
                seconds=upstream.fail_timeout,
            )

    def left_open(self, member: Member, now: float) -> None:
        """Take note that nobody will tell how an attempt ended: the client left.

        If it was the trial of a member that was put aside, the next request makes another.
        """
        if member.health.down_until > now:
            member.health = evolve(member.health, down_until=now)

    def succeeded(self, member: Member) -> None:
        """Take note that a member did what it should."""
        was_down = bool(member.health.down_until)
        member.health = HEALTHY
        if was_down:
            log.info(
                "{pool}: {upstream} is back",
                event="upstream-up",
                pool=self.name,
                upstream=member.upstream.name,
            )
            self._tell_back(member)


class Candidates:
    """The members still to be tried for one connection or request."""

    __slots__ = ("_pool", "tried")

    def __init__(self, pool: UpstreamPool) -> None:
        self._pool = pool
        self.tried: list[Member] = []

    def take(self, now: float, *, usable_only: bool = False) -> Member | None:
        """The next one, each at most once.

        @param now: the clock's seconds.
        @param usable_only: leave out members that are put aside, as when an
            answer is already in hand.
        """
        member = self._pool.pick(now, self.tried, usable_only=usable_only)
        if member is not None:
            self.tried.append(member)
        return member
