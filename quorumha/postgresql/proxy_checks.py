"""L{ProxyChecks}: asks other proxies before the same databases, again and again, what they have seen.

On a kept connection to each, by one short question each interval.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from random import random

from attrs import define, frozen
from twisted.internet.interfaces import IReactorTime

from quorumha.health.http_probe import HttpProbe
from quorumha.health.repeated_check import RepeatedCheck
from quorumha.health.shared_checks import SharedChecks
from quorumha.health.verdicts import Verdict
from quorumha.net.timeout import nothing
from quorumha.pool.member import Member
from quorumha.pool.one_writer import OtherProxy
from quorumha.pool.upstream import Upstream
from quorumha.postgresql.one_primary import OnePrimary
from quorumha.postgresql.seen_verdict import SeenVerdict, seen_verdict

#: So many questions in a row that come to nothing are worth a word in the log.
WORTH_A_WORD = 2


@frozen
class ProxyPlan:
    """Whom to ask, and how often.

    @ivar proxies: their names are their addresses as the configuration has them.
    @ivar interval: seconds from a response to the next question.
    @ivar timeout: seconds that one may take.
    """

    proxies: Sequence[Upstream] = ()
    interval: float = 0.5
    timeout: float = 1.0


@define(eq=False)
class AskedProxy:
    """One of them, and what its checks have come to.

    @ivar asked_at: when it was asked for its last good word, by the clock; None: there is none.
    @ivar fault: why its last check was bad; empty: it was not.
    @ivar silent: the log has it that it says nothing.
    @ivar end: ends its checks.
    """

    place: Member
    asked_at: float | None = None
    fault: str = ""
    silent: bool = False
    end: Callable[[], None] = nothing
    _bad: int = 0

    def good(self, asked_at: float) -> bool:
        """It said something; whether that is news."""
        news, self.silent = self.silent or self.asked_at is None, False
        self.asked_at, self.fault, self._bad = asked_at, "", 0
        return news

    def bad(self, fault: str) -> bool:
        """It said nothing; whether that is news."""
        self.fault, self._bad = fault, self._bad + 1
        news = self._bad >= WORTH_A_WORD and not self.silent
        self.silent = self.silent or news
        return news


class ProxyChecks:
    """The checks of the other proxies of one group; what they say goes to who decides.

    @ivar asked: who is asked while it is started, by name.
    """

    def __init__(
        self,
        clock: IReactorTime,
        checks: SharedChecks,
        one: OnePrimary,
        decided: Callable[[], object],
        changed: Callable[[str, str], object],
    ) -> None:
        """
        @param checks: those of the process.
        @param one: who decides; C{decided}: called when it has.
        @param changed: called with the name of a proxy, and why it says nothing; empty: it does.
        """
        self._clock, self._checks = clock, checks
        self._one, self._decided, self._changed = one, decided, changed
        self._plan = ProxyPlan()
        self._probe: HttpProbe | None = None
        self.asked: dict[str, AskedProxy] = {}

    def follow(self, plan: ProxyPlan) -> None:
        """Ask these from now on, while it is started.  Who is asked the same goes on as before."""
        before, self._plan = self._plan, plan
        self._one.ask_proxies([one.name for one in plan.proxies], self._clock.seconds())
        if self._probe is None:
            return
        if (before.interval, before.timeout) != (plan.interval, plan.timeout):
            self.stop()
        self.start()

    def start(self) -> None:
        """Ask those whom it does not ask yet, and nobody else."""
        if self._probe is None:
            self._probe = HttpProbe(self._clock, self._plan.timeout, b"/writerz", seen_verdict)
        wanted = {one.name: one for one in self._plan.proxies}
        for name, asked in list(self.asked.items()):
            if wanted.get(name) != asked.place.upstream:
                self._end(name, self._probe)
        for name, upstream in wanted.items():
            if name not in self.asked:
                self.asked[name] = self._begun(upstream, self._probe)

    def stop(self) -> None:
        """Ask nobody."""
        probe, self._probe = self._probe, None
        if probe is not None:
            for name in list(self.asked):
                self._end(name, probe)
            probe.stop()

    def shown(self, wall: float) -> tuple[OtherProxy, ...]:
        """What is known of each.

        @param wall: seconds since the epoch.
        """
        system, now = self._one.saved.system, self._clock.seconds()
        return tuple(
            OtherProxy(
                name,
                self._one.proxies.timeline_of(name, system),
                0.0 if one.asked_at is None else wall - (now - one.asked_at),
                one.fault,
            )
            for name, one in self.asked.items()
        )

    def _begun(self, upstream: Upstream, probe: HttpProbe) -> AskedProxy:
        interval, place = self._plan.interval, Member(upstream)
        asked = AskedProxy(place)
        key = "writerz", upstream.address, upstream.tls, upstream.authority, interval, probe.timeout
        make = partial(RepeatedCheck, upstream.name, interval, self._clock, self._checks.ticks, random)
        _, asked.end = self._checks.begin(key, make, partial(self._take, asked), lambda: probe.ask(place))
        return asked

    def _end(self, name: str, probe: HttpProbe) -> None:
        asked = self.asked.pop(name)
        asked.end()
        probe.forget(asked.place)

    def _take(self, asked: AskedProxy, verdict: Verdict, begun: float) -> bool:
        """A L{Take<quorumha.health.repeated_check.Take>}; it is never urgent."""
        if verdict.lack is not None:
            # What is lacking here says nothing of it.
            return False
        name, now = asked.place.name, self._clock.seconds()
        if isinstance(verdict, SeenVerdict) and verdict.timelines is not None:
            news = asked.good(begun)
            self._one.proxy_observed(name, verdict.timelines, begun, now)
        else:
            news = asked.bad(verdict.fault or "it says nothing")
            self._one.unreachable(name, now)
        self._decided()
        if news:
            self._changed(name, asked.fault)
        return False
