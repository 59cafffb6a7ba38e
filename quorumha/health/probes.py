"""One question to one member: by connecting, or by an HTTP request (L{quorumha.health.http_probe})."""

from __future__ import annotations

from attrs import Factory, frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IReactorTime, ISSLTransport
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.python.failure import Failure

from quorumha.health.check_limits import CheckLimit, CheckLimits
from quorumha.health.verdicts import GOOD, LATE, Verdict
from quorumha.net.progress import close_now, hang_up
from quorumha.net.timeout import Limit
from quorumha.pool.dial import Dialling
from quorumha.pool.pool import Member, UpstreamPool
from quorumha.pool.upstream import LocalFailure, Outcome, describe


class Probe:
    """How a member is asked; kinds derive from it.

    @ivar overrides: whether a good answer says that traffic would be answered, too.
    """

    overrides: bool = True

    def ask(self, member: Member) -> Deferred[Verdict]:
        """Ask once.  Never fails, but for bugs, and when it is cancelled."""
        raise NotImplementedError

    def note(self, member: Member, verdict: Verdict) -> None:
        """Attach to the member's node what a verdict says of it beside that it may be used or not."""

    def in_pool(self, pool: UpstreamPool, member: Member, verdict: Verdict) -> Verdict:
        """What a verdict comes to beside what is known of the other members; what else it says is noted."""
        self.note(member, verdict)
        return verdict

    def forget(self, member: Member) -> None:
        """It is asked no more."""

    def stop(self) -> None:
        """End what connections it keeps."""


def of_failed_dial(outcome: Outcome) -> Verdict:
    """What a dial that failed says of a member."""
    if isinstance(outcome, LocalFailure):
        return Verdict(lack=describe(outcome))
    return Verdict(describe(outcome))


class _Hello(Protocol):
    """Is connected, and leaves."""

    def __init__(self, hellos: _Hellos) -> None:
        self._hellos = hellos

    def connectionMade(self) -> None:
        # Nodes log resets.  With TLS the other side still has something to say, and to close in its turn.
        if ISSLTransport.providedBy(self.transport):
            self.transport.loseConnection()
            self._hellos.leaving[self] = Limit(self._hellos.clock, self._hellos.seconds, self.close)
        else:
            hang_up(self.transport)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        limit = self._hellos.leaving.pop(self, None)
        if limit is not None:
            limit.cancel()

    def close(self) -> None:
        close_now(self.transport)


class _Hellos(ClientFactory):
    """Builds them.

    @ivar seconds: that each may take to leave.
    @ivar leaving: those that wait for the other side's end.
    """

    noisy = False

    def __init__(self, clock: IReactorTime, seconds: float) -> None:
        self.clock = clock
        self.seconds = seconds
        self.leaving: dict[_Hello, Limit] = {}

    def buildProtocol(self, addr: IAddress | None) -> _Hello:
        return _Hello(self)

    def stop(self) -> None:
        for hello in list(self.leaving):
            hello.close()


class _ProbeDial(Dialling):
    """One dial, within a limit.  Once it is over it holds no result: no circle waits for the collector."""

    def __init__(
        self, result: Deferred[Verdict], clock: IReactorTime, seconds: float, limits: CheckLimits
    ) -> None:
        self._result: Deferred[Verdict] | None = result
        self._limits = limits
        self._clock = clock
        self._seconds = seconds

    def ask(self, member: Member, hellos: _Hellos) -> None:
        """Begin; it may be over when this returns."""
        self._within: CheckLimit = self._limits.begin(self._too_late)
        self._dial(member, hellos, self._clock, 0.0)

    def cancel(self) -> None:
        """Give up: nobody waits for it any more."""
        self._result = None
        self._within.cancel()
        super().cancel()

    def _too_late(self, late: bool) -> None:
        super().cancel()
        silent = Verdict(f"no connection within {self._seconds:g} s", silent=True, reached=False)
        self._say(LATE if late else silent)

    def _connected(self, _: object) -> None:
        self._say(GOOD)

    def _failed(self, outcome: Outcome, _: Failure) -> None:
        self._say(of_failed_dial(outcome))

    def _say(self, verdict: Verdict) -> None:
        self._within.cancel()
        result, self._result = self._result, None
        assert result is not None
        result.callback(verdict)


@frozen(eq=False)
class ConnectProbe(Probe):
    """Good is who takes a connection; with TLS, a handshake.

    A process that hangs may do so still: it cannot override what traffic ejected, unless
    traffic could not connect either.

    @ivar timeout: seconds.
    """

    clock: IReactorTime
    timeout: float
    overrides: bool = False
    _hellos: _Hellos = Factory(lambda self: _Hellos(self.clock, self.timeout), takes_self=True)
    _limits: CheckLimits = Factory(lambda self: CheckLimits(self.clock, self.timeout), takes_self=True)

    def ask(self, member: Member) -> Deferred[Verdict]:
        result: Deferred[Verdict] = Deferred(lambda _: dial.cancel())
        dial = _ProbeDial(result, self.clock, self.timeout, self._limits)
        dial.ask(member, self._hellos)
        return result

    def stop(self) -> None:
        self._hellos.stop()
