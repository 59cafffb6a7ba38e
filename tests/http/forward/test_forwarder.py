"""What a route has."""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.upstream.limits import Limits
from quorumha.testing.http.plays import respond
from tests.documents import blocks
from tests.http.server.proxied import Proxied, get, post


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


class OwnPolicyTests(SynchronousTestCase):
    """A retry policy as the page on embedding has one: C{WhenBusy}."""

    def setUp(self) -> None:
        (page,) = [block.text for block in blocks("python") if "class WhenBusy" in block.text]
        names: dict[str, Any] = {}
        exec(page, names)
        self.proxied = Proxied("ab")
        self.proxied.serve(self.proxied.forwarder(policy=names["WhenBusy"]()))

    def statuses(self, *requests: bytes) -> list[int]:
        return [self.proxied.ask(request).status for request in requests]

    def test_busy(self) -> None:
        """The next member is asked for reads alone; where it is busy, too, that is the answer."""
        self.proxied.script("a", respond(429), respond(429), respond(429), respond(404))
        self.proxied.script("b", respond(200), respond(429))
        self.assertEqual(self.statuses(get(), get(), post(b"x"), get()), [200, 429, 429, 404])
        self.assertEqual(self.proxied.seen(), {"a": 4, "b": 2})

    def test_away(self) -> None:
        self.proxied.net.kill("a:1")
        self.assertEqual(self.statuses(get(), post(b"x")), [200, 200])
