"""L{HealthChecks}: probes every member of a pool again and again, and reports the verdicts to the pool."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from functools import partial

from attrs import Factory, define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime

from quorumha.health.checked_member import CheckedMember, CheckPlan
from quorumha.health.probes import Probe
from quorumha.health.repeated_check import RepeatedCheck
from quorumha.health.shared_checks import DeepChecks, SharedChecks
from quorumha.net.timeout import nothing
from quorumha.pool.pool import Member, UpstreamPool


@define(eq=False)
class HealthChecks:
    """Checks every member of a pool.  One probe to a member at a time; members may come and go.

    @param random: from 0 up to 1; spreads the questions.
    @param prepare: done when a member that was not to be used answers again, before it is
        used; that it fails or takes long is logged, and the member is up all the same.
    @param shared: the checks of the process.
    @param probe_key: equal ones are asked once; each is its own unless given.
    @param deep: what the probe finds out counts at all ports of the node; else such a check of another
        port is listened to, too.
    @param wall: gives the seconds since the epoch.
    @ivar _checks: what each member's check was begun with, and what ends it, in order.
    """

    _pool: UpstreamPool
    _probe: Probe
    _clock: IReactorTime
    _plan: CheckPlan
    _random: Callable[[], float]
    _prepare: Callable[[Member], Deferred[None]] = lambda member: succeed(None)
    _shared: SharedChecks = Factory(lambda self: SharedChecks(self._clock), takes_self=True)
    _probe_key: Callable[[Member], Hashable] = Factory(
        lambda self: lambda member: (self, member), takes_self=True
    )
    _deep: bool = field(default=False, kw_only=True)
    _wall: Callable[[], float] = field(default=time.time, kw_only=True)
    _checks: dict[Member, tuple[Hashable, list[Callable[[], None]]]] = field(factory=dict, init=False)
    _stop_watching: Callable[[], None] = field(default=nothing, init=False)

    def start(self) -> None:
        """Begin."""
        self._pool.checks_override = self._probe.overrides
        self._stop_watching = self._pool.watch_members(self._changed)
        for member in self._pool.members:
            self._begin(member)

    def stop(self) -> Deferred[None]:
        """Ask no more.  Fires when nothing is under way."""
        self._stop_watching()
        for member in tuple(self._checks):
            self._end(member)
        self._probe.stop()
        return succeed(None)

    def _changed(self, member: Member) -> None:
        checked = self._checks.get(member)
        if checked is not None and (member.removed or checked[0] != self._of(member)):
            self._end(member)
        if not member.removed and member not in self._checks:
            self._begin(member)

    def _of(self, member: Member) -> Hashable:
        return self._probe_key(member), member.node

    def _begin(self, member: Member) -> None:
        plan, shared, probe = self._plan, self._shared, self._probe
        checked = CheckedMember(
            self._pool,
            member,
            plan,
            self._clock,
            self._prepare,
            probe.in_pool,
            asks_deep=self._deep,
            wall=self._wall,
        )
        member.starting = not member.numbers.checks
        make = partial(RepeatedCheck, member.name, plan.interval, self._clock, shared.ticks, self._random)
        check, end = shared.begin(self._probe_key(member), make, checked.take, lambda: probe.ask(member))
        deep = member.node.fact(DeepChecks)
        if self._deep:
            end_deep = deep.announce(check)
        else:
            end_deep = deep.follow(checked.take_deep, checked.deep_check_ended)
        ends = [end_deep, checked.stop, end, lambda: probe.forget(member)]
        self._checks[member] = self._of(member), ends

    def _end(self, member: Member) -> None:
        _, ends = self._checks.pop(member)
        member.starting = False
        for end in ends:
            end()
