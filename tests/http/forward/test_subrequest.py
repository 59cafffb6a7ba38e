"""Questions of the proxy's own."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from quorumha.errors import UpstreamError
from quorumha.http.forward.subrequest import RESPONSE_LIMIT, subrequest
from quorumha.http.wire.headers import Client
from quorumha.http.wire.messages import RequestHead
from quorumha.testing.http.plays import cut_body, no_response, respond
from tests.http.server.proxied import Proxied

HEAD = RequestHead(b"GET", b"/q", 1, b"c", [], [], 0, True)
CLIENT = Client(b"unknown", b"http")


class InquiryTests(SynchronousTestCase):
    """L{subrequest}."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        # Nothing of it counts as a client's request.
        self.addCleanup(self.assert_not_counted)

    def assert_not_counted(self) -> None:
        counters = self.proxied.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (0, 0, 0))

    def test_answer(self) -> None:
        """Any whole answer, from whoever can."""
        self.proxied.net.kill("a:1")
        self.proxied.script("b", respond(500, b"no"))
        asking = subrequest(self.proxied.forwarder(), HEAD, CLIENT)
        self.proxied.net.run()
        got = self.successResultOf(asking)
        self.assertEqual((got.head.status, got.body), (500, b"no"))

    def test_nobody(self) -> None:
        """No answer is an error."""
        self.proxied.net.kill("a:1")
        self.proxied.net.kill("b:1")
        asking = subrequest(self.proxied.forwarder(), HEAD, CLIENT)
        self.proxied.net.run()
        self.failureResultOf(asking, UpstreamError)

    def test_cut(self) -> None:
        """A broken answer is none."""
        self.proxied.script("a", cut_body(3, 9))
        asking = subrequest(self.proxied.forwarder(), HEAD, CLIENT)
        self.proxied.net.run()
        self.failureResultOf(asking, UpstreamError)

    def test_too_large(self) -> None:
        """An answer without end is not kept."""
        self.proxied.script("a", respond(200, b"x" * (2 * RESPONSE_LIMIT)))
        asking = subrequest(self.proxied.forwarder(), HEAD, CLIENT)
        self.proxied.net.run()
        self.failureResultOf(asking, UpstreamError)
        self.assertEqual(self.proxied.nodes["a"].live, [])

    def test_deadline_and_cancel(self) -> None:
        """The deadline is the clock's; who cancels leaves nothing behind."""
        for name in "ab":
            self.proxied.script(name, no_response(), no_response())
        asking = subrequest(
            self.proxied.forwarder(), HEAD, CLIENT, deadline=self.proxied.net.clock.seconds() + 0.5
        )
        self.proxied.net.advance(0.6)
        self.failureResultOf(asking, UpstreamError)
        asking = subrequest(self.proxied.forwarder(), HEAD, CLIENT)
        self.proxied.net.run()
        asking.cancel()
        self.failureResultOf(asking)
        self.proxied.net.run()
        self.assertEqual([m.in_flight for m in self.proxied.pool.members], [0, 0])
