"""L{WriterEndpoint}: a client endpoint that dials the one writer, and waits while there is none."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define, evolve, field
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from quorumha.endpoints.named import INamedEndpoint
from quorumha.errors import Stopping, Unavailable
from quorumha.net.callbacks import Connected, Failed, ICallbackEndpoint, Pending, deferred_dial
from quorumha.net.timeout import Limit
from quorumha.pool.dial import Dial
from quorumha.pool.member import Member
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import LocalFailure, Outcome, Upstream, describe
from quorumha.postgresql.writer_group import WriterGroup
from quorumha.postgresql.writer_sessions import Change
from quorumha.relay.lease import LeaseFactory

#: Seconds until who waits tries again where nothing says that it would do any good: a dial failed, or the
#: writer has all sessions that it may have.
LOOK = 0.25


def at_address(upstream: Upstream, address: str) -> Upstream:
    """Where a member is dialled that said there what it is: its name may lead elsewhere by now, too."""
    endpoint = upstream.endpoint
    if address and INamedEndpoint.providedBy(endpoint):
        return evolve(upstream, endpoint=endpoint.at(address))
    return upstream


@implementer(ICallbackEndpoint)
@define(eq=False)
class WriterEndpoint:
    """Dials the writer and no other member.

    @ivar pool: whose member it is; C{group}: who knows which one.
    @ivar hold: seconds that a session waits at most; 0: no limit.
    @ivar most: sessions that may wait at once; 0: no limit.
    @ivar waiting: those that do, in the order of their coming.
    """

    pool: UpstreamPool
    group: WriterGroup
    _clock: IReactorTime
    hold: float
    most: int
    waiting: dict[_Opening, None] = field(factory=dict, init=False)
    _dialling: set[_Opening] = field(factory=set, init=False)
    _look: Limit | None = field(default=None, init=False)
    _closed: bool = field(default=False, init=False)
    #: What became of the last dial of the writer; empty: it was taken, or there was none.
    _failed: str = field(default="", init=False)

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        """Connect to the writer.  Cancel the Deferred to wait no more.

        @return: fires with the connected protocol, or fails with
            L{Unavailable<quorumha.errors.Unavailable>}, whose text says why there is no writer.
        """
        return deferred_dial(self, protocolFactory)

    def dial(self, factory: IProtocolFactory, connected: Connected, failed: Failed) -> Pending | None:
        """Connect without a Deferred; the failures are those of L{connect}."""
        opening = _Opening(self, self._clock, factory, connected, failed)
        self._try(opening)
        return None if opening.over else opening

    def open_all(self) -> None:
        """There may be a writer: dial for all who wait, as far as it takes them."""
        for opening in list(self.waiting):
            if self._member() is None:
                break
            if opening in self.waiting:
                self._try(opening)

    def apply(self, change: Change) -> None:
        """Who is being dialled and is written to no more, or not now, is given up; its session waits."""
        for opening in list(self._dialling):
            if change.paused or not change.keeps(opening.member):
                opening.stop_dialling()
                self.wait(opening)

    def close(self) -> None:
        """The process stops: nobody waits any more."""
        self._closed = True
        for opening in list(self.waiting):
            opening.end_with(Stopping("the proxy stops"))

    def _member(self) -> Member | None:
        member = self.group.member_for(self.pool)
        return None if member is None or member.full else member

    @property
    def why(self) -> str:
        """Why a session waits, in words."""
        member = self.group.member_for(self.pool)
        if member is None:
            return self.group.why
        if member.full:
            return f"{member.name}, which is written to, has as many sessions as it may (max_in_flight)"
        return f"{member.name}, which is written to, {self._failed or 'does not respond'}"

    def _try(self, opening: _Opening) -> None:
        self.waiting.pop(opening, None)
        member = self._member()
        if member is None:
            self.wait(opening)
            return
        self._dialling.add(opening)
        opening.dial(member)

    def wait(self, opening: _Opening) -> None:
        """It waits for a writer, or for another try."""
        self._dialling.discard(opening)
        if self._closed:
            opening.end_with(Stopping("the proxy stops"))
            return
        if self.most and len(self.waiting) >= self.most:
            many = f"{self.most} sessions wait already (waiting_sessions)"
            opening.end_with(Unavailable(f"no writable database ({self.why}; {many})"))
            return
        self.waiting[opening] = None
        if self.hold:
            opening.wait_for(self.hold, lambda: Unavailable(f"no writable database ({self.why})"))
        self._look_later()

    def dialled(self, opening: _Opening, outcome: Outcome | None) -> bool:
        """A dial is over; whether its connection is taken.

        @param outcome: why there is none; None: there is one.
        """
        member = opening.member
        self._dialling.discard(opening)
        if outcome is None:
            self._failed = ""
            member.numbers.responded += 1
            # What connected late may be a writer no more.
            return self.group.member_for(self.pool) is member
        member.count_attempt(outcome)
        # Its checks say who is used: what one dial came to ejects nobody.
        if isinstance(outcome, LocalFailure):
            self.pool.report(member, outcome, self._clock.seconds())
        else:
            member.failed += 1
        self._failed = describe(outcome)
        return False

    def forget(self, opening: _Opening) -> None:
        """It is over."""
        self._dialling.discard(opening)
        self.waiting.pop(opening, None)
        if not self.waiting and self._look is not None:
            self._look.cancel()
            self._look = None

    def _look_later(self) -> None:
        if self._look is None:
            self._look = Limit(self._clock, LOOK, self._look_again)

    def _look_again(self) -> None:
        self._look = None
        self.open_all()
        if self.waiting:
            self._look_later()


@define(eq=False)
class _Opening:
    """One session that is to be connected to the writer.

    @ivar member: who was dialled for it last.
    @ivar over: the caller knows the outcome, or gave up.
    """

    _endpoint: WriterEndpoint
    _clock: IReactorTime
    _factory: IProtocolFactory
    _on_connected: Connected
    _on_failed: Failed
    member: Member = field(init=False)
    over: bool = field(default=False, init=False)
    _dial: Dial | None = field(default=None, init=False)
    _lease: LeaseFactory | None = field(default=None, init=False)
    _limit: Limit | None = field(default=None, init=False)

    def wait_for(self, seconds: float, late: Callable[[], Exception]) -> None:
        """It ends so many seconds after it began to wait for the first time."""
        if self._limit is None:
            self._limit = Limit(self._clock, seconds, lambda: self._end_late(late))

    def _end_late(self, late: Callable[[], Exception]) -> None:
        self.stop_dialling()
        self.end_with(late())

    def dial(self, member: Member) -> None:
        """Dial this member."""
        self.member = member
        lease = self._lease = LeaseFactory(self._factory, member)
        seconds = self._endpoint.pool.connect_timeout
        place = at_address(member.upstream, self._endpoint.group.address)
        dial = Dial(member, lease, self._connected, self._failed, self._clock, seconds, place=place)
        if not dial.over:
            self._dial = dial

    def cancel(self) -> None:
        """Wait no more; the caller is told C{CancelledError}."""
        self.stop_dialling()
        self.end_with(CancelledError())

    def stop_dialling(self) -> None:
        """Whatever comes of the dial is dropped."""
        dial, self._dial = self._dial, None
        lease, self._lease = self._lease, None
        if dial is not None:
            dial.cancel()
        if lease is not None:
            lease.member.count_attempt(None)
            lease.give_up()

    def _connected(self, protocol: IProtocol) -> None:
        lease, self._lease, self._dial = self._lease, None, None
        assert lease is not None
        if not self._endpoint.dialled(self, None):
            lease.give_up()
            self._endpoint.wait(self)
            return
        self._finish()
        self._on_connected(protocol if lease.protocol is None else lease.protocol)

    def _failed(self, outcome: Outcome, failure: Failure) -> None:
        lease, self._lease, self._dial = self._lease, None, None
        assert lease is not None
        lease.give_up()
        if lease.refused:
            # It is the caller who does not want it.
            lease.member.count_attempt(None)
            self._end_with(failure)
            return
        self._endpoint.dialled(self, outcome)
        self._endpoint.wait(self)

    def _finish(self) -> None:
        self.over = True
        self._endpoint.forget(self)
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def end_with(self, error: Exception) -> None:
        """There is no connection."""
        self._end_with(Failure(error))

    def _end_with(self, failure: Failure) -> None:
        if not self.over:
            self._finish()
            self._on_failed(failure)
