"""What a request that nobody answered says of a member when its client leaves."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.upstream.attempt import GAVE_UP_AFTER
from quorumha.http.upstream.limits import Limits
from quorumha.testing.http.plays import no_response
from tests.http.server.proxied import Proxied, get


class GivingUpTests(SynchronousTestCase):
    """The first member says nothing; with C{max_fails = 1} one failure puts it aside."""

    def failures(self, waits: float, limits: Limits) -> int:
        """How many are counted against it when its client leaves after so many seconds."""
        proxied = Proxied()
        proxied.script("a", no_response())
        proxied.serve(proxied.forwarder(limits=limits))
        client = proxied.client(get())
        proxied.net.advance(waits)
        client.transport.abortConnection()
        proxied.net.run()
        return proxied.pool.members[0].failed

    def test_client_gives_up(self) -> None:
        """It counts against the member that kept it waiting."""
        self.assertEqual(self.failures(GAVE_UP_AFTER, Limits(first_byte=60.0)), 1)

    def test_client_changes_its_mind(self) -> None:
        """Who leaves sooner says nothing against anybody."""
        self.assertEqual(self.failures(GAVE_UP_AFTER - 0.1, Limits(first_byte=60.0)), 0)

    def test_half_of_a_short_limit_is_enough(self) -> None:
        self.assertEqual(self.failures(0.5, Limits(first_byte=1.0)), 1)
        self.assertEqual(self.failures(0.4, Limits(first_byte=1.0)), 0)

    def test_what_may_take_for_ever_is_no_hang(self) -> None:
        self.assertEqual(self.failures(3600.0, Limits(0.0, 0.0, 0.0, 0.0)), 0)
