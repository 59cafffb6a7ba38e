"""L{PrivateStateWatch}: whether all members have the same private state.  Nobody is put down for it."""

from __future__ import annotations

from attrs import define, field, frozen
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from quorumha.goquorum.decide.heights import signs_of
from quorumha.goquorum.decide.shown_signs import PRIVATE_STATE, batch_of
from quorumha.goquorum.decide.state_roots import Divergence, RootVerdict, root_verdict
from quorumha.health.http_probe import HttpProbe
from quorumha.health.verdicts import Verdict
from quorumha.pool.pool import Member, UpstreamPool

log = Logger()

#: A member's name, and what it says.
_Root = tuple[str, str | None]
#: Seconds that a member may take to say the root of its private state.
TIMEOUT = 5.0


@frozen(eq=False)
class _RootProbe(HttpProbe):
    """Asks for the root at one height."""

    height: int = field(default=0, kw_only=True)

    def request_for(self, member: Member) -> bytes:
        return self.request_with(batch_of((PRIVATE_STATE, [hex(self.height)])), member)


@define(eq=False)
class PrivateStateWatch:
    """Asks now and then all members for the root of their private state at the lowest height of them.

    @ivar interval: seconds from one time to the next; 0: never.
    """

    _clock: IReactorTime
    interval: float
    _due_at: float = field(default=-1.0, init=False)
    _asking: Deferred[list[tuple[bool, _Root]]] | None = field(default=None, init=False)
    _divergence: Divergence = field(factory=Divergence, init=False)

    def look(self, pool: UpstreamPool, now: float) -> None:
        """It may be time."""
        if self._due_at < 0.0:
            # Nothing is known of the other members when the first one has answered.
            self._due_at = now + self.interval
        if not self.interval or now < self._due_at or self._asking is not None:
            return
        self._due_at = now + self.interval
        asked = [
            one
            for one in pool.members
            if one.usable(now) and signs_of(one).height >= 0 and PRIVATE_STATE not in signs_of(one).missing
        ]
        if len(asked) > 1:
            self._ask(pool, asked)

    def _ask(self, pool: UpstreamPool, members: list[Member]) -> None:
        height = min(signs_of(one).height for one in members)
        probe = _RootProbe(self._clock, TIMEOUT, b"/", root_verdict, height=height)
        asking = [probe.ask(one).addCallback(self._of, one) for one in members]
        gathered = self._asking = DeferredList(asking, consumeErrors=True)
        gathered.addCallback(self._answered, pool, height)
        gathered.addBoth(self._done, probe)
        gathered.addErrback(lambda failure: log.failure("comparing private state failed", failure))

    @staticmethod
    def _of(verdict: Verdict, member: Member) -> _Root:
        return member.name, verdict.root if isinstance(verdict, RootVerdict) else None

    def _answered(self, results: list[tuple[bool, _Root]], pool: UpstreamPool, height: int) -> None:
        if self._asking is None:
            return
        roots = {found[0]: found[1] for good, found in results if good and found[1] is not None}
        fact = self._divergence.take(pool.name, height, roots, self._clock.seconds())
        if fact is not None:
            pool.observers.notify(fact)

    def _done(self, result: object, probe: HttpProbe) -> object:
        self._asking = None
        probe.stop()
        return result

    def stop(self) -> None:
        """Ask no more."""
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.cancel()
