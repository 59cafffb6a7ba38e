"""What goes on when nobody waits for it."""

from __future__ import annotations

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.goquorum.decide.call import OwnResponse
from quorumha.goquorum.forward.carried_on import carried_on


class CarriedOnTests(SynchronousTestCase):
    """Work that waits once."""

    def setUp(self) -> None:
        """Begin it."""
        self.waits: Deferred[int] = Deferred()
        self.done: list[int] = []
        self.result = carried_on(self.work())

    async def work(self) -> int:
        """What is carried on."""
        self.done.append(await self.waits)
        return self.done[0]

    def test_result(self) -> None:
        """Who waits gets it."""
        self.waits.callback(1)
        self.assertEqual(self.successResultOf(self.result), 1)

    def test_failure(self) -> None:
        """Likewise."""
        self.waits.errback(OwnResponse(-32050, "no"))
        self.failureResultOf(self.result, OwnResponse)

    def test_goes_on_when_cancelled(self) -> None:
        """Only the one who waits leaves."""
        self.result.cancel()
        self.failureResultOf(self.result, CancelledError)
        self.waits.callback(1)
        self.assertEqual(self.done, [1])

    def test_what_fails_then_is_logged_unless_a_client_would_have_been_told(self) -> None:
        """A bug is seen."""
        self.result.cancel()
        self.failureResultOf(self.result, CancelledError)
        self.waits.errback(OwnResponse(-32051, "no"))
        self.assertEqual(self.flushLoggedErrors(), [])
        self.setUp()
        self.result.cancel()
        self.failureResultOf(self.result, CancelledError)
        self.waits.errback(KeyError("bug"))
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)
