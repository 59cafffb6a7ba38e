"""One question to one member: by connecting, or by an HTTP request (L{quorumha.health.http_probe})."""

from __future__ import annotations

from typing import Protocol as TypingProtocol

from attrs import field, frozen
from twisted.internet.defer import CancelledError, Deferred, maybeDeferred
from twisted.internet.error import ConnectingCancelledError
from twisted.internet.interfaces import IReactorTime, ITCPTransport
from twisted.internet.protocol import Factory, Protocol
from twisted.python.failure import Failure

from quorumha.health.http_probe import HttpProbe, of_failed_dial
from quorumha.health.limits import CheckLimits
from quorumha.health.verdicts import LATE, WELL, Verdict
from quorumha.pool import Member

__all__ = ["ConnectProbe", "HttpProbe", "Probe"]


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
    _limits: CheckLimits = field(init=False)

    @_limits.default
    def _own_limits(self) -> CheckLimits:
        return CheckLimits(self.clock, self.timeout)

    def ask(self, member: Member) -> Deferred[Verdict]:
        """See L{Probe}."""
        passed: list[Verdict] = []

        def too_late(late: bool) -> None:
            silent = Verdict(f"no connection within {self.timeout:g} s", silent=True, reached=False)
            passed.append(LATE if late else silent)
            asking.cancel()

        def failed(failure: Failure) -> Verdict:
            if passed:
                return passed[0]
            if failure.check(CancelledError, ConnectingCancelledError):
                self._limits.give_up(limit)
                raise CancelledError
            self._limits.cancel(limit)
            return of_failed_dial(member, failure)

        def connected(_: object) -> Verdict:
            self._limits.cancel(limit)
            return WELL

        limit = self._limits.start(too_late)
        asking = maybeDeferred(member.upstream.endpoint.connect, _Hellos())
        return asking.addCallbacks(connected, failed)

    def stop(self) -> None:
        """See L{Probe}."""
        self._limits.stop()
