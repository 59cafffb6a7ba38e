"""L{FailoverEndpoint}: a client endpoint that dials the first upstream that can be reached."""

from __future__ import annotations

from attrs import Factory, define
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.net.callbacks import Connected, Failed, ICallbackEndpoint, Pending, deferred_dial
from quorumha.pool.dial import Dialling
from quorumha.pool.dial_errors import kind_of_error, no_response
from quorumha.pool.pool import Candidates, Member, UpstreamPool
from quorumha.pool.upstream import Outcome, describe
from quorumha.relay.lease import LeaseFactory

log = Logger()

#: More upstreams than these are counted, and not named, in an error's message.
NAMED = 8


@implementer(ICallbackEndpoint)
class FailoverEndpoint:
    """Dials the members of a pool in turn until one takes the connection.

    Any Twisted client can dial through it; it need know nothing of pools.

    @ivar pool: the upstreams, and what is known of them.
    """

    def __init__(self, pool: UpstreamPool, clock: IReactorTime) -> None:
        self.pool = pool
        self._clock = clock

    def __repr__(self) -> str:
        return f"<FailoverEndpoint {self.pool.name}>"

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect to one of the upstreams.  Cancel the Deferred to stop dialling.

        C{protocolFactory} builds one protocol for each upstream that gets as far as a connection.

        @return: fires with the connected protocol, or fails with L{quorumha.errors.UpstreamError},
            its subclass C{UpstreamTimeout} when a time limit passed on the way, or C{NoUpstream} when
            no member may be used.  The message names the pool and each upstream's cause.  When
            C{protocolFactory} builds nothing, it fails as the upstream's own endpoint does.
        """
        return deferred_dial(self, protocolFactory)

    def dial(self, factory: IProtocolFactory, connected: Connected, failed: Failed) -> Pending | None:
        """Connect without a Deferred; the failures are those of L{connect}."""
        walk = _Walk(self.pool, self.pool.candidates(), self._clock, factory, connected, failed)
        walk.go_on()
        return None if walk.over else walk


@define(eq=False, slots=False)
class _Walk(Dialling):
    """One walk along the candidates: it dials them one after the other.

    @ivar over: the caller knows the outcome, or gave up.
    """

    _pool: UpstreamPool
    _candidates: Candidates
    _clock: IReactorTime
    _factory: IProtocolFactory
    _on_connected: Connected
    _on_failed: Failed
    _outcomes: list[tuple[Member, Outcome]] = Factory(list)
    _lease: LeaseFactory | None = None
    _walking = False

    def go_on(self) -> None:
        """Dial candidates until a dial takes its time, or all is over.

        Where dials fail at once it is a loop: members may be many.
        """
        if self._walking:
            return
        self._walking = True
        try:
            while not self.over and self._pending is None:
                self._dial_next()
        except Exception:
            log.failure("dialling failed")
            self._end_with(Failure())
        finally:
            self._walking = False

    def _dial_next(self) -> None:
        member = self._candidates.take(self._clock.seconds())
        if member is None:
            self._end_with(self._no_upstream())
            return
        if self._outcomes:
            self._pool.counters.failed_over(self._outcomes[-1][1])
        lease = self._lease = LeaseFactory(self._factory, member)
        self._dial(member, lease, self._clock, self._pool.connect_timeout)

    def cancel(self) -> None:
        """Dial no more; the caller is told C{CancelledError}."""
        if not self.over:
            super().cancel()
            if self._lease is not None:
                self._lease.member.count_attempt(None)
                self._lease.give_up()
            self._on_failed(Failure(CancelledError()))

    def _connected(self, connected: IProtocol) -> None:
        lease, self._lease = self._lease, None
        assert lease is not None
        lease.member.numbers.responded += 1
        self._pool.succeeded(lease.member, self._clock.seconds())
        self._on_connected(connected if lease.protocol is None else lease.protocol)

    def _failed(self, outcome: Outcome, failure: Failure) -> None:
        lease, self._lease = self._lease, None
        assert lease is not None
        lease.give_up()
        # That dial is over; whether all is follows.
        self.over = self._late = False
        lease.member.count_attempt(None if lease.refused else outcome)
        if lease.refused:
            # It is the caller who does not want it: no upstream is to blame.
            self._end_with(failure)
            return
        self._outcomes.append((lease.member, outcome))
        self._pool.report(lease.member, outcome, self._clock.seconds())
        self.go_on()

    def _end_with(self, failure: Failure) -> None:
        if not self.over:
            self.over = True
            self._on_failed(failure)

    def _no_upstream(self) -> Failure:
        outcomes = [outcome for _, outcome in self._outcomes]
        full = self._candidates.full(self._clock.seconds())
        if full or not 0 < len(outcomes) <= NAMED:
            return Failure(no_response(self._pool.name, outcomes, full=full))
        causes = "; ".join(f"{member.upstream.name} {describe(how)}" for member, how in self._outcomes)
        return Failure(kind_of_error(outcomes)(f"pool {self._pool.name}: {causes}"))
