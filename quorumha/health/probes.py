"""One question to one member: by connecting, or by an HTTP request (L{quorumha.health.http_probe})."""

from __future__ import annotations

from attrs import Factory, frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IReactorTime, ISSLTransport
from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.python.failure import Failure

from quorumha.health.check_limits import CheckLimit
from quorumha.health.verdicts import GOOD, LATE, Verdict
from quorumha.net.progress import close_now, hang_up
from quorumha.net.timeout import Limit
from quorumha.pool.dial import Dial
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

    def ask(self, member: Member) -> Deferred[Verdict]:
        def too_late(late: bool) -> None:
            dial.cancel()
            silent = Verdict(f"no connection within {self.timeout:g} s", silent=True, reached=False)
            result.callback(LATE if late else silent)

        def failed(outcome: Outcome, _: Failure) -> None:
            limit.cancel()
            result.callback(of_failed_dial(outcome))

        def connected(_: object) -> None:
            limit.cancel()
            result.callback(GOOD)

        def give_up(_: Deferred[Verdict]) -> None:
            limit.cancel()
            dial.cancel()

        result: Deferred[Verdict] = Deferred(give_up)
        limit = CheckLimit(self.clock, self.timeout, too_late)
        dial = Dial(member, self._hellos, connected, failed, self.clock)
        return result

    def stop(self) -> None:
        self._hellos.stop()
