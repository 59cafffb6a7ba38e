"""L{FailoverEndpoint}: a client endpoint that dials the first upstream that can be reached."""

from __future__ import annotations

from twisted.internet import error
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import (
    IDelayedCall,
    IProtocol,
    IProtocolFactory,
    IReactorTime,
    IStreamClientEndpoint,
)
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.dialling import connect_failed, no_answer
from quorumha.pool import Member, UpstreamPool
from quorumha.relay.counted import CountedFactory
from quorumha.upstream import Outcome, Phase, TimedOut, describe

log = Logger()


@implementer(IStreamClientEndpoint)
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
        dialling = _Dialling(self.pool, self._clock, protocolFactory)
        dialling.next()
        return dialling.done


class _Dialling:
    """One walk along the candidates.

    @ivar done: what C{connect} returns.
    """

    def __init__(self, pool: UpstreamPool, clock: IReactorTime, factory: IProtocolFactory) -> None:
        self.done: Deferred[IProtocol] = Deferred(self._cancelled)
        self._pool = pool
        self._clock = clock
        self._factory = factory
        self._candidates = pool.candidates()
        self._failed: list[tuple[Member, Outcome]] = []
        self._attempt: Deferred[IProtocol] | None = None
        self._limit: IDelayedCall | None = None
        self._late = False
        self._over = False

    def next(self) -> None:
        """Dial the next candidate, or fail."""
        member = self._candidates.take(self._clock.seconds())
        if member is None:
            self._over = True
            self.done.errback(self._no_upstream())
            return
        if self._failed:
            self._pool.counters.moved += 1
        counted = CountedFactory(self._factory, member)
        self._late = False
        try:
            attempt = member.upstream.endpoint.connect(counted)
        except Exception:
            attempt = fail()
        self._attempt = attempt
        attempt.addCallbacks(
            self._connected,
            self._not_connected,
            callbackArgs=(member, counted),
            errbackArgs=(member, counted),
        )
        attempt.addErrback(self._bug)
        seconds = self._pool.connect_timeout
        if seconds and self._attempt is attempt:
            self._limit = self._clock.callLater(seconds, self._too_late)

    def _connected(self, connected: IProtocol, member: Member, counted: CountedFactory) -> None:
        self._attempt_ended()
        if self._over:
            counted.give_up()
            return
        self._over = True
        self._pool.succeeded(member)
        self.done.callback(connected if counted.protocol is None else counted.protocol)

    def _not_connected(self, failure: Failure, member: Member, counted: CountedFactory) -> None:
        self._attempt_ended()
        counted.give_up()
        if self._over:
            return
        if counted.refused:
            # It is the caller who does not want it: no upstream is to blame.
            self._over = True
            self.done.errback(failure)
            return
        late = self._late or failure.check(error.TimeoutError, error.TCPTimedOutError)
        outcome: Outcome = TimedOut(Phase.CONNECT) if late else connect_failed(failure)
        self._failed.append((member, outcome))
        self._pool.report(member, outcome, self._clock.seconds())
        self.next()

    def _too_late(self) -> None:
        self._limit = None
        self._late = True
        assert self._attempt is not None
        self._attempt.cancel()

    def _attempt_ended(self) -> None:
        self._attempt = None
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _cancelled(self, _: Deferred[IProtocol]) -> None:
        # The errback of C{done} is Deferred's own, with CancelledError.
        self._over = True
        if self._attempt is not None:
            self._attempt.cancel()

    def _no_upstream(self) -> Failure:
        outcomes = [outcome for _, outcome in self._failed]
        plain = no_answer(self._pool.name, outcomes)
        if not outcomes:
            return Failure(plain)
        causes = "; ".join(f"{member.upstream.name} {describe(outcome)}" for member, outcome in self._failed)
        return Failure(type(plain)(f"pool {self._pool.name}: {causes}"))

    def _bug(self, failure: Failure) -> None:
        log.failure("dialling failed", failure=failure)
        if not self._over:
            self._over = True
            self.done.errback(failure)
