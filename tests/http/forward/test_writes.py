"""A write in rounds: how long it waits for a member."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.forwarder import PoolForwarder
from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.http.forward.round_policy import Again
from quorumha.http.forward.waiting_forwarder import WaitingForwarder
from quorumha.http.forward.waiting_room import WaitingRoom
from quorumha.http.server.resource import ProxyResource
from quorumha.testing.http.plays import RESET, Wait, no_response, respond
from tests.http.forward.test_rounds import ScriptedPolicy
from tests.http.server.proxied import Proxied, fast_limits, post


class WaitingTests(SynchronousTestCase):
    """Its client waits for ever; it does not."""

    def serve(self, total: float = 0.0) -> Proxied:
        self.round_policy = ScriptedPolicy()
        self.proxied = proxied = Proxied("ab")
        policy = RetryPolicy(statuses=frozenset({404, 500}))
        limits = fast_limits(total=total, first_byte=0)
        self.forwarder = PoolForwarder(
            proxied.pool, proxied.connections, proxied.net.clock, limits=limits, policy=policy
        )
        line = WaitingForwarder(self.forwarder, self.round_policy, WaitingRoom("l"), self.forwarder, wait=5.0)
        proxied.serve(ProxyResource(line))
        return proxied

    def dead(self) -> None:
        for name in "ab":
            self.proxied.net.kill(f"{name}:1")

    def test_no_member(self) -> None:
        """After so long the client is told 503, and why."""
        proxied = self.serve()
        self.dead()
        client = proxied.client(post(b"{}"))
        proxied.net.advance(4.9)
        self.assertEqual(client.received, b"")
        proxied.net.advance(0.2)
        (got,) = proxied.responses(client)
        self.assertEqual(got.status, 503)
        self.assertIn(b"pool nodes: no member could take it for 5 s: could not connect (refused)", got.body)
        self.assertEqual(self.forwarder.budget.used, 0)

    def test_black_holes(self) -> None:
        """What dials take counts, too."""
        proxied = self.serve()
        for name in "ab":
            proxied.net.black_hole(f"{name}:1")
        client = proxied.client(post(b"{}"))
        proxied.net.advance(9)
        self.assertEqual(proxied.responses(client)[0].status, 503)

    def test_one_is_back(self) -> None:
        """It is sent as long as that takes."""
        proxied = self.serve()
        self.dead()
        client = proxied.client(post(b"{}"))
        proxied.net.advance(4)
        proxied.net.revive("a:1")
        proxied.net.advance(0.6)
        self.assertEqual(proxied.responses(client)[0].status, 200)

    def test_while_a_member_works_on_it(self) -> None:
        """That is no waiting; when it has died, the waiting begins anew."""
        proxied = self.serve()
        proxied.net.kill("b:1")
        proxied.script("a", no_response(Wait(20), RESET))
        client = proxied.client(post(b"{}"))
        proxied.net.advance(19.9)
        proxied.net.kill("a:1")
        proxied.net.advance(4.2)
        self.assertEqual(client.received, b"")
        proxied.net.revive("b:1")
        proxied.net.advance(1)
        self.assertEqual(proxied.responses(client)[0].status, 200)

    def test_members_that_break_off_at_once(self) -> None:
        """They did not work on it: it is not sent again and again for as long as they do that."""
        proxied = self.serve()
        for name in "ab":
            proxied.script(name, *[no_response(RESET)] * 100)
        client = proxied.client(post(b"{}"))
        proxied.net.advance(4)
        self.assertEqual(client.received, b"")
        proxied.net.advance(1.5)
        self.assertEqual(proxied.responses(client)[0].status, 503)
        self.assertLess(sum(proxied.seen().values()), 30)

    def test_an_error_that_is_waited_out(self) -> None:
        """The judge's last word goes down, as at the end of any time."""
        proxied = self.serve()
        for name in "ab":
            proxied.script(name, *[respond(500, b"no database")] * 100)
        client = proxied.client(post(b"{}"))
        proxied.net.advance(5.5)
        self.assertEqual(proxied.responses(client)[0].body, b"no database")

    def test_time_left(self) -> None:
        """All of it before it has waited; judges go by that."""
        proxied = self.serve()
        self.round_policy.script = [Again(0.5)]
        for name in "ab":
            proxied.script(name, respond(500))
        proxied.client(post(b"{}"))
        proxied.net.advance(1)
        self.assertEqual(self.round_policy.facts[0].left, 5.0)

    def test_a_client_that_says_how_long(self) -> None:
        """Its time alone counts."""
        proxied = self.serve(total=20)
        self.dead()
        client = proxied.client(post(b"{}"))
        proxied.net.advance(19)
        self.assertEqual(client.received, b"")
        proxied.net.advance(2)
        self.assertEqual(proxied.responses(client)[0].status, 502)
