"""L{FailoverEndpoint}: a client endpoint that dials the first upstream that can be reached."""

from __future__ import annotations

from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import (
    IProtocol,
    IProtocolFactory,
    IReactorTime,
)
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.net.callbacks import Connected, Failed, ICallbackEndpoint, Pending, dial
from quorumha.net.timeout import Limit
from quorumha.pool.dial_errors import connect_failed, kind_of_error, no_response
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import Outcome, Phase, TimedOut, describe
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
        pending: Pending | None = None

        def cancelled(_: Deferred[IProtocol]) -> None:
            if pending is not None:
                pending.cancel()

        connecting: Deferred[IProtocol] = Deferred(cancelled)
        pending = self.dial(protocolFactory, connecting.callback, connecting.errback)
        return connecting

    def dial(self, factory: IProtocolFactory, connected: Connected, failed: Failed) -> Pending | None:
        """Connect without a Deferred; the failures are those of L{connect}."""
        dialling = _Dialling(self.pool, self._clock, factory, connected, failed)
        dialling.next()
        return None if dialling.over else dialling


class _Dialling:
    """One walk along the candidates.

    @ivar over: the caller knows the outcome, or gave up.
    """

    __slots__ = (
        "_attempt",
        "_candidates",
        "_clock",
        "_counted",
        "_factory",
        "_late",
        "_limit",
        "_on",
        "_outcomes",
        "_pool",
        "_tell_connected",
        "_tell_failed",
        "over",
    )

    def __init__(
        self,
        pool: UpstreamPool,
        clock: IReactorTime,
        factory: IProtocolFactory,
        connected: Connected,
        failed: Failed,
    ) -> None:
        self.over = False
        self._pool = pool
        self._clock = clock
        self._factory = factory
        self._tell_connected = connected
        self._tell_failed = failed
        self._candidates = pool.candidates()
        self._outcomes: list[tuple[Member, Outcome]] = []
        self._counted: LeaseFactory | None = None
        self._attempt: Pending | None = None
        self._limit: Limit | None = None
        self._late = False
        #: The next one is dialled once the call that dials has returned; None: there is no such call.
        self._on: bool | None = None

    def next(self) -> None:
        """Dial the next candidate, or fail.  Where dials fail at once it is a loop: members may be many."""
        walking, self._on = self._on is not None, True
        if walking:
            return
        while self._on:
            self._on = False
            self._dial_next()
        self._on = None

    def _dial_next(self) -> None:
        try:
            member = self._candidates.take(self._clock.seconds())
            if member is None:
                self.over = True
                self._tell_failed(self._no_upstream())
                return
            if self._outcomes:
                self._pool.counters.moved += 1
            counted = self._counted = LeaseFactory(self._factory, member)
            attempt = dial(member.upstream.endpoint, counted, self._connected, self._not_connected)
        except Exception:
            self._bug(Failure())
            return
        # None: it has ended already, and another may be under way.
        if attempt is not None:
            self._attempt = attempt
            seconds = self._pool.connect_timeout
            if seconds:
                self._limit = Limit(self._clock, seconds, self._too_late)

    def cancel(self) -> None:
        """Dial no more; C{failed} is called with C{CancelledError}."""
        if self.over:
            return
        self.over = True
        if self._attempt is not None:
            self._attempt.cancel()
        self._tell_failed(Failure(CancelledError()))

    def _connected(self, connected: IProtocol) -> None:
        counted = self._attempt_ended()
        if self.over:
            counted.give_up()
            return
        self.over = True
        self._pool.succeeded(counted.member, self._clock.seconds())
        self._tell_connected(connected if counted.protocol is None else counted.protocol)

    def _not_connected(self, failure: Failure) -> None:
        counted = self._attempt_ended()
        counted.give_up()
        if self.over:
            return
        if counted.refused:
            # It is the caller who does not want it: no upstream is to blame.
            self.over = True
            self._tell_failed(failure)
            return
        late = self._late or failure.check(error.TimeoutError, error.TCPTimedOutError)
        outcome: Outcome = TimedOut(Phase.CONNECT) if late else connect_failed(failure)
        self._late = False
        self._outcomes.append((counted.member, outcome))
        self._pool.report(counted.member, outcome, self._clock.seconds())
        self.next()

    def _too_late(self) -> None:
        self._limit = None
        self._late = True
        assert self._attempt is not None
        self._attempt.cancel()

    def _attempt_ended(self) -> LeaseFactory:
        counted, self._counted = self._counted, None
        assert counted is not None
        self._attempt = None
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        return counted

    def _no_upstream(self) -> Failure:
        outcomes = [outcome for _, outcome in self._outcomes]
        full = self._candidates.full(self._clock.seconds())
        if full or not 0 < len(outcomes) <= NAMED:
            return Failure(no_response(self._pool.name, outcomes, full=full))
        causes = "; ".join(f"{member.upstream.name} {describe(how)}" for member, how in self._outcomes)
        return Failure(kind_of_error(outcomes)(f"pool {self._pool.name}: {causes}"))

    def _bug(self, failure: Failure) -> None:
        log.failure("dialling failed", failure=failure)
        if not self.over:
            self.over = True
            self._tell_failed(failure)
