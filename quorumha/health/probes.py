"""One question to one member: by connecting, or by an HTTP request."""

from __future__ import annotations

from typing import Protocol as TypingProtocol

from attrs import evolve, field, frozen
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.defer import TimeoutError as TookTooLong
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.interfaces import IReactorTime, ITCPTransport
from twisted.internet.protocol import Factory, Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure

from quorumha.dialling import connect_failed
from quorumha.errors import NoResources, UpstreamError, UpstreamTimeout
from quorumha.health.verdicts import NO_VERDICT, WELL, Judging, Verdict
from quorumha.http.forwarder import Forwarder, Limits
from quorumha.http.headers import Client
from quorumha.http.inquiry import inquire
from quorumha.http.judging import Answer
from quorumha.http.keepalive import Connections
from quorumha.http.messages import RequestHead
from quorumha.http.only import Only
from quorumha.policy.retry import NextUpstream
from quorumha.pool import Member, UpstreamPool
from quorumha.timing import end_within
from quorumha.upstream import LocalFailure, describe

log = Logger()

#: Seconds that a connection for checks is used.
RENEWED = 5.0


class Probe(TypingProtocol):
    """How a member is asked."""

    @property
    def vouches(self) -> bool:
        """Whether a good answer says that traffic would be answered, too."""

    def ask(self, member: Member) -> Deferred[Verdict]:
        """Ask once.  Never fails, but for bugs, and when it is cancelled."""

    def stop(self) -> None:
        """End what connections it keeps."""


class _Hello(Protocol):
    """Is connected, and leaves."""

    def connectionMade(self) -> None:
        transport = self.transport
        if ITCPTransport.providedBy(transport):
            transport.abortConnection()
        else:
            transport.loseConnection()  # type: ignore[union-attr]  # it is connected


class _Hellos(Factory):
    noisy = False
    protocol = _Hello


@frozen(eq=False)
class ConnectProbe:
    """Well is who takes a connection; with TLS, a handshake.

    A process that hangs may do so still: it cannot bring back what traffic put aside, unless
    traffic could not connect either.

    @ivar timeout: seconds.
    """

    clock: IReactorTime
    timeout: float
    vouches: bool = False

    def ask(self, member: Member) -> Deferred[Verdict]:
        """See L{Probe}."""
        asking = maybeDeferred(member.upstream.endpoint.connect, _Hellos())
        late: list[bool] = []

        def failed(failure: Failure) -> Verdict:
            if late:
                return Verdict(f"no connection within {self.timeout:g} s", silent=True)
            if failure.check(CancelledError, ConnectingCancelledError):
                raise CancelledError
            outcome = connect_failed(failure)
            if isinstance(outcome, LocalFailure):
                log.warn(
                    "{upstream} {cause}; that is held against no upstream",
                    event="local-failure",
                    upstream=member.upstream.name,
                    cause=describe(outcome),
                )
                return NO_VERDICT
            return Verdict(describe(outcome))

        end_within(asking, self.timeout, self.clock, lambda: late.append(True))
        return asking.addCallbacks(lambda _: WELL, failed)

    def stop(self) -> None:
        """See L{Probe}."""


@frozen(eq=False)
class HttpProbe:
    """Well is who answers a GET as it should.

    It has a connection of its own for each member, kept from one question to the next, and made
    anew after L{RENEWED} seconds: a name may lead to another machine by then, and a member that takes
    no connections any more is not well.

    @ivar pool: whose members are asked.
    @ivar timeout: seconds, from connecting to the last byte.
    """

    pool: UpstreamPool
    clock: IReactorTime
    timeout: float
    path: bytes
    judging: Judging
    vouches: bool = True
    _forwarder: Forwarder = field(init=False)
    _renewed: dict[Member, float] = field(init=False, factory=dict)

    @_forwarder.default
    def _make_forwarder(self) -> Forwarder:
        # Its members are never put aside: what the answers come to, the pool is told by others.
        upstreams = [evolve(m.upstream, max_fails=0) for m in self.pool.members]
        pool = UpstreamPool(f"{self.pool.name} (check)", upstreams, connect_timeout=self.timeout)
        once = NextUpstream(error=False, timeout=False, statuses=frozenset(), tries=1)
        limits = Limits(self.timeout, self.timeout, self.timeout, self.timeout)
        return Forwarder(pool, Connections(self.clock, 1, 0.0), self.clock, once, limits)

    def ask(self, member: Member) -> Deferred[Verdict]:
        """See L{Probe}."""
        own = self._forwarder.pool.members[self.pool.members.index(member)]
        self._renew(own)
        head = RequestHead(b"GET", self.path, 1, member.upstream.authority, [], [], 0, True)
        only = Only(self._forwarder.pool, own)
        asking = inquire(self._forwarder, head, Client(b"unknown", b"http"), only)
        # The limits of the engine end with the head; an answer that never ends is no answer, either.
        end_within(asking, self.timeout * 1.5, self.clock)
        return asking.addCallbacks(self._answered, self._failed)

    def _renew(self, own: Member) -> None:
        now = self.clock.seconds()
        if now - self._renewed.get(own, now) < RENEWED:
            self._renewed.setdefault(own, now)
            return
        self._renewed[own] = now
        kept = self._forwarder.connections.kept(own)
        if kept is not None:
            kept.leave()

    def _answered(self, answer: Answer) -> Verdict:
        return self.judging(answer.head.status, answer.body)

    def _failed(self, failure: Failure) -> Verdict:
        if failure.check(TookTooLong):
            return Verdict(f"no whole answer within {self.timeout:g} s", silent=True)
        if failure.check(UpstreamTimeout):
            return Verdict(f"no answer within {self.timeout:g} s", silent=True)
        if failure.check(NoResources):
            return NO_VERDICT
        failure.trap(UpstreamError)
        # The pool's name in front of it is that of the checks' own.
        told = str(failure.value)
        return Verdict(told.partition(": ")[2] or told)

    def stop(self) -> None:
        """See L{Probe}."""
        self._forwarder.connections.stop()
