"""L{Dialling} and L{Dial}: the one place where members are dialled, by requests, relays and checks."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet import defer, error
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime
from twisted.python.failure import Failure

from quorumha.net.callbacks import Connected, Pending, dial
from quorumha.net.timeout import Limit
from quorumha.pool.dial_errors import connect_failed
from quorumha.pool.member import Member
from quorumha.pool.upstream import ConnectFailed, LocalFailure, Phase, TimedOut, Upstream

#: What a dial that took too long fails with; endpoints differ.
_TOO_LATE = (
    defer.TimeoutError,
    defer.CancelledError,
    error.ConnectingCancelledError,
    error.TimeoutError,
    error.TCPTimedOutError,
)

#: Told the outcome, and what the endpoint failed with.
DialFailed = Callable[[ConnectFailed | LocalFailure | TimedOut, Failure], object]


class Dialling:
    """Dials one member, within its connect limit.  Whoever inherits this says what becomes of it.

    @ivar over: it has connected or failed, or was cancelled.
    """

    over = False
    _late = False
    _limit: Limit | None = None
    _pending: Pending | None = None
    _phase = Phase.CONNECT
    #: One of these is called, once; neither may raise.
    _connected: Connected
    _failed: DialFailed

    def _dial(
        self,
        member: Member,
        factory: IProtocolFactory,
        clock: IReactorTime,
        seconds: float,
        place: Upstream | None = None,
    ) -> None:
        """Begin; it may be over when this returns.

        @param seconds: that it may take, TLS included; 0 means no limit.
        @param place: which of its places; its own unless given.
        """
        endpoint = (place or member.upstream).endpoint
        pending = dial(endpoint, factory, self._has_connected, self._has_failed)
        if pending is not None and not self.over:
            self._pending = pending
            if seconds:
                self._limit = Limit(clock, seconds, self.expire)

    def cancel(self) -> None:
        """Give up: nobody is told anything any more."""
        if not self.over:
            pending = self._end()
            if pending is not None:
                pending.cancel()

    def expire(self) -> None:
        """Give up as the limit does: C{failed} is told that it took too long."""
        self._late = True
        if self._pending is not None:
            self._pending.cancel()

    def _has_connected(self, protocol: IProtocol) -> None:
        if self.over:
            # The endpoint connected although it was told to stop.
            transport = getattr(protocol, "transport", None)
            if transport is not None:
                transport.abortConnection()
            return
        self._end()
        self._connected(protocol)

    def _has_failed(self, failure: Failure) -> None:
        if self.over:
            return
        self._end()
        late = self._late or failure.check(*_TOO_LATE)
        self._failed(TimedOut(self._phase) if late else connect_failed(failure), failure)

    def _end(self) -> Pending | None:
        self.over = True
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
        pending, self._pending = self._pending, None
        return pending


class Dial(Dialling):
    """One dial of one member.  It begins when it is made, and may be over by then."""

    def __init__(
        self,
        member: Member,
        factory: IProtocolFactory,
        connected: Connected,
        failed: DialFailed,
        clock: IReactorTime,
        seconds: float = 0.0,
        phase: Phase = Phase.CONNECT,
        place: Upstream | None = None,
    ) -> None:
        """
        @param connected: called once with the protocol, unless C{failed} is; neither may raise.
        @param seconds: that it may take, TLS included; 0 means no limit.
        @param phase: what that limit is of.
        @param place: which of the member's places (L{Upstream.places}); its own unless given.
        """
        self._connected, self._failed, self._phase = connected, failed, phase
        self._dial(member, factory, clock, seconds, place)
