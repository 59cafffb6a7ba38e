"""L{HealthChecks}: asks every member of a pool, again and again, and tells the pool what it comes to."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping

from attrs import frozen
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime

from quorumha.health.checked import PREPARING, CheckedMember, CheckPlan
from quorumha.health.probes import Probe
from quorumha.health.repeated import FIRST_PAUSE, RepeatedCheck, SharedChecks
from quorumha.health.verdicts import Verdict
from quorumha.pool.pool import Member, UpstreamPool

__all__ = ["FIRST_PAUSE", "PREPARING", "CheckPlan", "HealthChecks"]


@frozen(eq=False)
class _Deep:
    """Takes what the deep check of another port of the same node says."""

    checked: CheckedMember

    def take(self, verdict: Verdict, begun: float) -> bool:
        return self.checked.take_deep(verdict, begun)


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
        shared: SharedChecks | None = None,
        questions: Mapping[str, Hashable] | None = None,
        deep: Mapping[str, Hashable] | None = None,
        *,
        asks_deep: bool = False,
    ) -> None:
        """
        @param random: from 0 up to 1; spreads the questions.
        @param prepare: done when a member that was not to be used answers again, before it is
            used; that it fails or takes long is logged, and the member comes back all the same.
        @param shared: the checks of the process, where equal questions are put once.
        @param questions: by the names of members, what tells equal questions; each is its own unless given.
        @param deep: by the names of members, the question that another port of the same node is asked, and
            that says whether the database answers.
        @param asks_deep: the probe's question does so itself.
        """
        self._pool = pool
        self._probe = probe
        self._shared = SharedChecks(clock) if shared is None else shared
        self._deep = deep or {}
        self._checked = [
            CheckedMember(pool, member, plan, clock, prepare, asks_deep=asks_deep) for member in pool.members
        ]
        self._asked: list[RepeatedCheck] = []
        for member in pool.members:
            key = (questions or {}).get(member.upstream.name, (self, member))
            self._asked.append(
                self._shared.get(
                    key,
                    lambda member=member: RepeatedCheck(  # type: ignore[misc]  # one for each turn
                        lambda: probe.ask(member),
                        member.upstream.name,
                        plan.interval,
                        clock,
                        self._shared.ticks,
                        random,
                    ),
                )
            )
        self._taking: list[tuple[RepeatedCheck, CheckedMember | _Deep]] = []

    def start(self) -> None:
        """Begin."""
        self._pool.vouched = self._probe.vouches
        for member, checked, asked in zip(self._pool.members, self._checked, self._asked, strict=True):
            self._take(asked, checked)
            deep = self._shared.find(self._deep.get(member.upstream.name))
            if deep is not None:
                self._take(deep, _Deep(checked))

    def _take(self, check: RepeatedCheck, taker: CheckedMember | _Deep) -> None:
        check.begin(taker)
        self._taking.append((check, taker))

    def stop(self) -> Deferred[None]:
        """Ask no more.

        @return: fires when nothing is under way any more.
        """
        taking, self._taking = self._taking, []
        for checked in self._checked:
            checked.stop()
        for check, taker in taking:
            check.end(taker)
        self._probe.stop()
        return succeed(None)
