"""Requests that are sent once, on kept connections."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.retry_policy import RetryPolicy
from quorumha.testing.http.plays import RESET, no_response, respond
from tests.http.server.proxied import Proxied, post

ONCE = RetryPolicy(statuses=frozenset(), non_idempotent=False)


class KeptOnceTests(SynchronousTestCase):
    """Two members."""

    def proxied(self, *, kept_once: bool) -> Proxied:
        """The route sends POST once."""
        proxied = Proxied()
        proxied.serve(proxied.forwarder(policy=ONCE, kept_once=kept_once))
        return proxied

    def connections(self, *, kept_once: bool) -> int:
        """How many three requests take."""
        proxied = self.proxied(kept_once=kept_once)
        for _ in range(3):
            self.assertEqual(proxied.ask(post(b"{}")).status, 200)
        return len(proxied.nodes["a"].connections)

    def test_no_dial_for_each(self) -> None:
        """Only where the route says so."""
        self.assertEqual(self.connections(kept_once=False), 3)
        self.assertEqual(self.connections(kept_once=True), 1)

    def test_one_that_breaks_is_not_sent_again(self) -> None:
        """Neither to the same member nor to the next: nobody knows what became of it."""
        proxied = self.proxied(kept_once=True)
        proxied.script("a", respond(200), no_response(RESET))
        self.assertEqual(proxied.ask(post(b"{}")).status, 200)
        self.assertEqual(proxied.ask(post(b"{}")).status, 502)
        self.assertEqual(proxied.seen(), {"a": 2, "b": 0})

    def test_one_that_has_ended_before_is_not_used(self) -> None:
        """That was seen: the next member takes the request."""
        proxied = self.proxied(kept_once=True)
        self.assertEqual(proxied.ask(post(b"{}")).status, 200)
        proxied.net.kill("a:1")
        proxied.net.run()
        self.assertEqual(proxied.ask(post(b"{}")).status, 200)
        self.assertEqual(proxied.seen(), {"a": 1, "b": 1})
