"""The one timer of a client's connection."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.server.client_limits import BodyTime, ServerLimits, Wait
from quorumha.http.server.client_timeout import ClientTimeout

LIMITS = ServerLimits(header_timeout=10, idle_timeout=100, client_send_timeout=20, body_timeout=30)


class ClientTimeoutTests(SynchronousTestCase):
    """Only the limit for what is waited for runs."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.passed: list[tuple[float, Wait]] = []
        self.timeout = ClientTimeout(self.clock, self.note, LIMITS)
        self.addCleanup(self.timeout.stop)

    def note(self) -> None:
        self.passed.append((self.clock.seconds(), self.timeout.waits))

    def test_the_same_again_puts_nothing_off(self) -> None:
        self.timeout.wait_for(Wait.SEND)
        self.clock.advance(15)
        self.timeout.wait_for(Wait.SEND)
        self.clock.advance(5)
        self.assertEqual(self.passed, [(20.0, Wait.SEND)])

    def test_progress(self) -> None:
        self.timeout.wait_for(Wait.SEND)
        self.clock.advance(15)
        self.timeout.wait_for(Wait.SEND, renew=Wait.IDLE)
        self.timeout.wait_for(Wait.SEND, renew=Wait.SEND)
        self.clock.advance(19)
        self.assertEqual(self.passed, [])
        self.clock.advance(1)
        self.assertEqual(self.passed, [(35.0, Wait.SEND)])

    def test_nothing_is_waited_for(self) -> None:
        self.timeout.wait_for(Wait.IDLE)
        self.timeout.wait_for(Wait.NOTHING)
        self.clock.advance(1000)
        self.assertEqual(self.passed, [])

    def test_who_sends_no_body_in_parts_holds_no_time_of_one(self) -> None:
        """Clients are many, and idle."""
        self.assertIs(self.timeout.body, ClientTimeout(self.clock, self.note, LIMITS).body)

    def test_a_body_that_drips_however_fast(self) -> None:
        limits = ServerLimits(body_timeout=3)
        self.timeout = ClientTimeout(self.clock, self.note, limits)
        self.timeout.body = BodyTime(limits, self.clock.seconds())
        self.timeout.wait_for(Wait.BODY)
        for _ in range(9_000):
            self.clock.advance(0.001)
            if self.passed:
                break
            self.timeout.body.came(1, self.clock.seconds(), streams=False)
            self.timeout.wait_for(Wait.BODY, renew=Wait.BODY)
        self.assertEqual([wait for _, wait in self.passed], [Wait.BODY])
        self.assertLess(self.clock.seconds(), 4)

    def test_a_body_whose_time_was_over_while_something_else_was_waited_for(self) -> None:
        self.timeout.body = BodyTime(LIMITS, self.clock.seconds())
        self.timeout.wait_for(Wait.SEND)
        self.clock.advance(19)
        self.timeout.wait_for(Wait.SEND, renew=Wait.SEND)
        self.clock.advance(19)
        self.timeout.wait_for(Wait.BODY)
        self.clock.advance(0.1)
        self.assertEqual([wait for _, wait in self.passed], [Wait.BODY])
