"""One dial of one member."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.error import ConnectionRefusedError, TCPTimedOutError
from twisted.internet.interfaces import IProtocol, IProtocolFactory, IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from quorumha.pool.dial import Dial
from quorumha.pool.member import Member
from quorumha.pool.upstream import ConnectFailed, LocalFailure, Outcome, Phase, TimedOut, Upstream
from quorumha.testing import MemoryTopology, Recorder


@implementer(IStreamClientEndpoint)
class Failing:
    """Fails before C{connect} returns."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
        return fail(self.error)


class DialTests(SynchronousTestCase):
    """L{Dial}."""

    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.net.listen("a:1", Factory.forProtocol(Recorder))
        self.connected: list[IProtocol] = []
        self.outcomes: list[Outcome] = []
        self.failures: list[type[BaseException] | None] = []

    def failed(self, outcome: Outcome, failure: Failure) -> None:
        self.outcomes.append(outcome)
        self.failures.append(failure.type)

    def dial(
        self,
        endpoint: IStreamClientEndpoint | None = None,
        seconds: float = 0.0,
        phase: Phase = Phase.CONNECT,
    ) -> Dial:
        member = Member(Upstream("a", endpoint or self.net.client_endpoint("a:1")))
        factory = Factory.forProtocol(Recorder)
        return Dial(member, factory, self.connected.append, self.failed, self.net.clock, seconds, phase)

    def told(self) -> tuple[int, list[Outcome]]:
        return len(self.connected), self.outcomes

    def test_connected(self) -> None:
        """The protocol comes, and no delayed call is left behind."""
        dial = self.dial(seconds=1)
        self.assertFalse(dial.over)
        self.net.run()
        self.assertTrue(dial.over)
        self.assertEqual(self.told(), (1, []))
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_refused(self) -> None:
        self.net.kill("a:1")
        self.dial(seconds=1)
        self.net.run()
        self.assertEqual(self.told(), (0, [ConnectFailed("refused")]))
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_at_once(self) -> None:
        """One that fails while it is made is over when it is there."""
        for error, outcome in (
            (ConnectionRefusedError(), ConnectFailed("refused")),
            (TCPTimedOutError(), TimedOut(Phase.CONNECT)),
            (OSError(24, "Too many open files"), LocalFailure("no file descriptors left")),
        ):
            self.outcomes.clear()
            self.assertTrue(self.dial(Failing(error), 1).over)
            self.assertEqual(self.told(), (0, [outcome]))
        self.assertEqual(self.failures, [ConnectionRefusedError, TCPTimedOutError, OSError])
        self.assertEqual(self.net.clock.getDelayedCalls(), [])

    def test_limit(self) -> None:
        """It is told as what the limit is of."""
        self.net.black_hole("a:1")
        for phase in (Phase.CONNECT, Phase.TOTAL):
            self.outcomes.clear()
            self.dial(seconds=1, phase=phase)
            self.net.advance(0.9)
            self.assertEqual(self.told(), (0, []))
            self.net.advance(0.2)
            self.assertEqual(self.told(), (0, [TimedOut(phase)]))

    def test_expired(self) -> None:
        """As if the limit had passed; without one, too."""
        self.net.black_hole("a:1")
        self.dial().expire()
        self.assertEqual(self.told(), (0, [TimedOut(Phase.CONNECT)]))

    def test_cancelled(self) -> None:
        """Nobody is told anything, whatever the endpoint does then; what it makes is dropped."""
        self.dial(seconds=1).cancel()
        self.net.run()
        stubborn: Deferred[IProtocol] = Deferred(lambda waiting: waiting.errback(CancelledError()))

        @implementer(IStreamClientEndpoint)
        class Waiting:
            def connect(self, protocolFactory: IProtocolFactory) -> Deferred[IProtocol]:
                return stubborn

        dial = self.dial(Waiting(), seconds=1)
        dial.cancel()
        dial.cancel()
        self.net.run()
        self.assertEqual(self.told(), (0, []))
        self.assertEqual(self.net.connections("a:1"), [])
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
