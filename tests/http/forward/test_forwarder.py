"""What a route has."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.upstream.limits import Limits
from tests.http.server.proxied import Proxied


class ForwarderTests(SynchronousTestCase):
    """Defaults that fit a GoQuorum node's five seconds."""

    def test_a_hang_leaves_time_for_another(self) -> None:
        limits = Limits()
        self.assertLess(limits.total, 5)
        self.assertLess(limits.first_byte, limits.total / 2)

    def test_nothing_is_shared_by_accident(self) -> None:
        proxied = Proxied("a")
        first, second = proxied.forwarder(), proxied.forwarder()
        self.assertIsNot(first.budget, second.budget)
