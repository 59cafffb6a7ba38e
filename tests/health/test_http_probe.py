"""One question by HTTP: what it costs, and when it says nothing."""

from __future__ import annotations

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.http_probe import RESPONSE_LIMIT, HttpProbe
from quorumha.health.verdicts import GOOD, LATE, Verdict, expecting
from quorumha.pool.member import Member
from quorumha.testing.http.plays import no_response, respond
from tests.http.server.proxied import Proxied


class HttpProbeCase(SynchronousTestCase):
    """Two scripted members; C{a} is asked."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        self.net = self.proxied.net
        self.member = self.proxied.pool.members[0]
        self.judging = expecting(frozenset({200}))
        self.probe = HttpProbe(
            self.net.clock,
            0.75,
            b"/upcheck",
            lambda status, body: self.judging(status, body),
        )
        self.addCleanup(self.probe.stop)

    def asked(self) -> Deferred[Verdict]:
        asking = self.probe.ask(self.member)
        self.net.run()
        return asking


class NotScheduledInTimeTests(HttpProbeCase):
    """A check during which this process did not run is no verdict."""

    def paused_after(self, before: float) -> Verdict:
        """The verdict of a question to a member that does not respond, with a long pause of this process."""
        self.proxied.script("a", no_response())
        asking = self.probe.ask(self.member)
        self.net.run()
        self.net.advance(before)
        self.net.clock.advance(2)
        self.net.advance(1)
        return self.successResultOf(asking)

    def test_silence_while_it_did_not_run(self) -> None:
        """Whenever in the check that was."""
        for before in (0.0, 0.3, 0.6, 0.74):
            self.setUp()
            self.assertIs(self.paused_after(before), LATE)
            self.assertEqual(self.successResultOf(self.asked()), GOOD)

    def test_an_answer_that_lies_in_the_socket(self) -> None:
        """Is read before the limit is judged."""
        asking = self.probe.ask(self.member)
        self.net.flush()
        self.net.clock.advance(2)
        self.net.run()
        self.assertEqual(self.successResultOf(asking), GOOD)


class CostTests(HttpProbeCase):
    """What is done for each question."""

    def test_no_delayed_call_for_each(self) -> None:
        """One limit for all of them, armed once."""
        for _ in range(5):
            asking = self.probe.ask(self.member)
            self.net.run()
            self.assertEqual(self.successResultOf(asking), GOOD)
            self.assertLessEqual(len(self.net.clock.getDelayedCalls()), 1)

    def test_one_request_head(self) -> None:
        """Made once for each member."""
        self.assertIs(self.probe.request_for(self.member), self.probe.request_for(self.member))


class BodyTests(HttpProbeCase):
    """A question with a body."""

    def test_post(self) -> None:
        """Each is a POST on the connection that is kept."""
        self.probe = HttpProbe(self.net.clock, 0.75, b"/x", self.judging, body=b"[1]")
        for _ in range(3):
            self.assertEqual(self.successResultOf(self.asked()), GOOD)
        node = self.proxied.nodes["a"]
        for message in node.whole_requests:
            self.assertTrue(message.head.startswith(b"POST /x HTTP/1.1\r\n"), message.head)
            self.assertIn(b"content-type: application/json\r\n", message.head)
            self.assertEqual(message.body, b"[1]")
        self.assertEqual((len(node.whole_requests), len(node.live)), (3, 1))

    def test_stale(self) -> None:
        """What it asks can be asked twice: a connection that has ended meanwhile is no fault."""
        self.probe = HttpProbe(self.net.clock, 0.75, b"/x", self.judging, body=b"[1]")
        self.successResultOf(self.asked())
        self.proxied.nodes["a"].close_kept()
        self.assertEqual(self.successResultOf(self.asked()), GOOD)


class LocatedTests(HttpProbeCase):
    """What a verdict is made by where it came from."""

    def test_of_a_name(self) -> None:
        """It may lead elsewhere the next time; an address does not."""
        faults = list[str | None]()
        for named in (True, False):
            upstream = evolve(self.member.upstream, named=named)
            where = lambda verdict, address: evolve(verdict, fault=f"at {address}")  # noqa: E731  # short
            probe = HttpProbe(self.net.clock, 0.75, b"/", self.judging, located=where)
            self.addCleanup(probe.stop)
            self.proxied.script("a", respond(200))
            asking = probe.ask(Member(upstream))
            self.net.run()
            faults.append(self.successResultOf(asking).fault)
        self.assertEqual(faults, ["at a", None])


class UnusualTests(HttpProbeCase):
    """What does not happen with nodes that are well."""

    def test_too_large(self) -> None:
        self.proxied.script("a", respond(200, b"x" * (RESPONSE_LIMIT + 1)))
        asking = self.probe.ask(self.member)
        self.net.run()
        self.assertIn("too large", str(self.successResultOf(asking).fault))
        self.assertEqual(self.proxied.nodes["a"].live, [])

    def test_408_on_an_idle_connection(self) -> None:
        """It is no answer to what crossed it; on a fresh connection it is."""
        late = respond(408, b"", [(b"Connection", b"close")])
        for plays, expected in (([late], None), ([late, late], "its check is answered with 408")):
            self.assertEqual(self.successResultOf(self.asked()), GOOD)
            self.proxied.script("a", *plays)
            self.assertEqual(self.successResultOf(self.asked()).fault, expected)

    def test_a_bug_of_the_judging(self) -> None:
        """Ends the question, and says nothing of the member."""
        self.judging = lambda status, body: 1 / 0  # type: ignore[assignment,return-value]
        asking = self.probe.ask(self.member)
        self.net.run()
        self.failureResultOf(asking, ZeroDivisionError)

    def test_cancelled(self) -> None:
        """At any time: nothing is left of it."""
        for hang in (False, True):
            self.setUp()
            if hang:
                self.proxied.script("a", no_response())
            else:
                self.net.black_hole("a:1")
            asking = self.probe.ask(self.member)
            self.net.run()
            asking.addErrback(lambda failure: None)
            asking.cancel()
            self.net.run()
            self.assertEqual((self.proxied.nodes["a"].live, self.net.clock.getDelayedCalls()), ([], []))
