"""One question to one member."""

from __future__ import annotations

import contextlib
import gc

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import wrapClientTLS, wrapServerTLS
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.internet.protocol import Factory
from twisted.logger import capturedLogs  # type: ignore[attr-defined]  # public, not re-exported
from twisted.trial.unittest import SynchronousTestCase

from quorumha.endpoints.certificates import Certificates
from quorumha.endpoints.handshake import HandshakeClientEndpoint, HandshakeFactory
from quorumha.endpoints.tls import client_creator
from quorumha.health.http_probe import HttpProbe
from quorumha.health.probes import ConnectProbe, Probe
from quorumha.health.verdicts import GOOD, Verdict, expecting
from quorumha.pool.pool import UpstreamPool
from quorumha.pool.upstream import Upstream
from quorumha.testing import NeverQuiet, Recorder
from quorumha.testing.http.plays import CLOSE, RESET, drip, no_response, raw, respond
from tests.endpoints.papers import Papers
from tests.http.server.proxied import Proxied


class ProbeCase(SynchronousTestCase):
    """Two scripted members; C{a} is asked."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        self.net = self.proxied.net

    def ask(self, probe: Probe) -> Deferred[Verdict]:
        asking = probe.ask(self.proxied.pool.members[0])
        self.net.run()
        return asking

    def fault(self, probe: Probe, seconds: float = 0) -> str | None:
        asking = self.ask(probe)
        self.net.advance(seconds)
        return self.successResultOf(asking).fault


class Greeter(Recorder):
    """A node that speaks first."""

    def connectionMade(self) -> None:
        super().connectionMade()
        self.write(b"welcome")


class ConnectTests(ProbeCase):
    """By connecting."""

    def setUp(self) -> None:
        super().setUp()
        self.probe = ConnectProbe(self.net.clock, 0.75)

    def test_well(self) -> None:
        """It is connected to, nothing is said, and the connection ends."""
        self.assertEqual(self.successResultOf(self.ask(self.probe)), GOOD)
        self.net.run()
        (seen,) = self.proxied.nodes["a"].connections
        self.assertEqual((seen.raw, self.proxied.nodes["a"].live), (b"", []))
        self.assertFalse(self.probe.overrides)

    def ended_at(self, endpoint: IStreamClientEndpoint) -> str | None:
        """How a node sees the end of its check."""
        pool = UpstreamPool("greeted", [Upstream("node", endpoint)])
        asking = self.probe.ask(pool.members[0])
        self.net.advance(0)
        self.assertEqual(self.successResultOf(asking), GOOD)
        return self.node.how_it_ended

    def greet(self) -> Recorder:
        self.node = Greeter()
        return self.node

    def listen(self) -> Recorder:
        self.node = Recorder()
        return self.node

    def test_no_reset(self) -> None:
        """PostgreSQL writes a line for each reset, and none for a connection that ends without a byte."""
        self.net.listen("node:1", Factory.forProtocol(self.greet))
        self.assertEqual(self.ended_at(self.net.client_endpoint("node:1")), "ConnectionDone")

    def test_no_reset_with_tls(self) -> None:
        """It ends with TLS's own word, and nobody is waited for."""
        papers = Papers(self.mktemp())
        options = Certificates().server(papers.server())
        tls = wrapServerTLS(options, self.net.server_endpoint("node:443"), self.net.clock)
        tls.listen(HandshakeFactory(Factory.forProtocol(self.listen), self.net.clock, lambda: 10))
        plain = self.net.client_endpoint("node:443")
        endpoint = HandshakeClientEndpoint(
            wrapClientTLS(client_creator(papers.client()), plain, self.net.clock)
        )
        self.assertEqual(self.ended_at(endpoint), "ConnectionDone")
        self.assertEqual(self.net.connections("node:443"), [])
        self.assertEqual(self.probe._hellos.leaving, {})
        for stop in (False, True):
            # A node that hangs before it ends in its turn.
            pool = UpstreamPool("hung", [Upstream("node", endpoint)])
            asking = self.probe.ask(pool.members[0])
            while not asking.called:
                with contextlib.suppress(NeverQuiet):
                    self.net.run(1)
            self.net.hang("node:443")
            if stop:
                self.probe.stop()
            self.net.advance(0.75)
            self.net.run()
            self.assertEqual(self.probe._hellos.leaving, {})
            self.net.revive("node:443")
            self.net.run()
            self.assertEqual(self.net.connections("node:443"), [])

    def test_refused(self) -> None:
        self.net.kill("a:1")
        self.assertEqual(self.fault(self.probe), "could not connect (refused)")

    def test_nothing_waits_for_the_garbage_collector(self) -> None:
        """However it ends: every member is asked every few seconds, for months."""

        def ask_all_ways() -> None:
            self.assertIs(self.successResultOf(self.ask(self.probe)), GOOD)
            self.net.run()
            self.net.kill("a:1")
            self.assertIsNotNone(self.fault(self.probe))
            self.net.revive("a:1")
            self.net.black_hole("a:1")
            self.assertIsNotNone(self.fault(self.probe, 1))
            asking = self.ask(self.probe)
            asking.cancel()
            self.failureResultOf(asking, CancelledError)
            self.net.revive("a:1")

        ask_all_ways()
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        ask_all_ways()
        left = [type(one).__name__ for one in self.garbage()]
        self.assertEqual([name for name in left if name in ("_ProbeDial", "CheckLimit", "Deferred")], [])

    def garbage(self) -> list[object]:
        """What the collector finds."""
        gc.set_debug(gc.DEBUG_SAVEALL)
        self.addCleanup(gc.garbage.clear)
        self.addCleanup(gc.set_debug, 0)
        gc.collect()
        return list(gc.garbage)

    def test_silence(self) -> None:
        """Silence is bad."""
        self.net.black_hole("a:1")
        asking = self.ask(self.probe)
        self.net.advance(0.7)
        self.assertNoResult(asking)
        self.net.advance(0.1)
        verdict = self.successResultOf(asking)
        self.assertEqual((verdict.fault, verdict.silent), ("no connection within 0.75 s", True))

    def test_cancelled(self) -> None:
        self.net.black_hole("a:1")
        asking = self.ask(self.probe)
        asking.cancel()
        self.failureResultOf(asking, CancelledError)
        self.assertEqual(self.net.clock.getDelayedCalls(), [])


class HttpTests(ProbeCase):
    """By a request."""

    def setUp(self) -> None:
        super().setUp()
        self.make_probe()

    def make_probe(self) -> None:
        self.probe = HttpProbe(self.net.clock, 0.75, b"/upcheck", expecting(frozenset({200})))

    def tearDown(self) -> None:
        self.probe.stop()
        self.net.run()
        self.assertEqual(self.proxied.nodes["a"].live, [])
        counters = self.proxied.pool.counters
        self.assertEqual((counters.requests, counters.answered, counters.failed), (0, 0, 0))
        self.assertEqual(self.proxied.seen()["b"], 0)
        self.assertFalse(any(m.failed for m in self.proxied.pool.members), "traffic's own")

    def test_well(self) -> None:
        """Its own request, on one connection that is kept."""
        for _ in range(3):
            self.assertEqual(self.successResultOf(self.ask(self.probe)), GOOD)
        node = self.proxied.nodes["a"]
        self.assertEqual((len(node.connections), len(node.requests)), (1, 3))
        self.assertEqual((node.requests[0].target, node.requests[0].get(b"host")), (b"/upcheck", b"a:1"))
        self.assertTrue(self.probe.overrides)

    def test_faults(self) -> None:
        """Whatever is wrong is told in words."""
        part = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx")
        for play, seconds, expected in [
            (respond(503), 0, "its check is answered with 503"),
            (no_response(RESET), 0, "broke off (connection lost)"),
            (raw(b"\x16\x03\x01"), 0, "broke off (malformed head)"),
            (no_response(), 1, "no answer within 0.75 s"),
            (
                drip(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n" + b"x" * 90, 0.3, 20),
                3,
                "no whole answer within 0.75 s",
            ),
            (part + CLOSE, 0, "an answer broke off"),
        ]:
            self.probe.stop()
            self.net.run()
            self.make_probe()
            self.proxied.script("a", play)
            told = self.fault(self.probe, seconds)
            assert told is not None
            self.assertIn(expected, told)

    def test_refused(self) -> None:
        self.net.kill("a:1")
        told = self.fault(self.probe)
        assert told is not None
        self.assertIn("could not connect (refused)", told)

    def test_silent(self) -> None:
        """Who gives no response in time, or no whole one; not who refuses, breaks off or says an error."""
        for play, silent in ((no_response(), True), (no_response(RESET), False), (respond(500), False)):
            self.proxied.script("a", play)
            asking = self.ask(self.probe)
            self.net.advance(1)
            self.assertEqual(self.successResultOf(asking).silent, silent)
        self.net.kill("a:1")
        self.assertFalse(self.successResultOf(self.ask(self.probe)).silent)

    def test_bad_answers_are_the_checks_business(self) -> None:
        """Nothing of them is told twice: what follows from them is said of the pool, not of the asking."""
        self.net.kill("a:1")
        with capturedLogs() as events:
            for _ in range(5):
                self.fault(self.probe)
        self.assertEqual([e for e in events if "event" in e], [])

    def test_connection_is_made_anew(self) -> None:
        """Now and then: by then the name may lead elsewhere."""
        for _ in range(24):
            self.assertEqual(self.successResultOf(self.ask(self.probe)), GOOD)
            self.net.advance(0.5)
        node = self.proxied.nodes["a"]
        self.assertEqual((len(node.connections), len(node.requests), len(node.live)), (3, 24, 1))

    def test_stale_connection(self) -> None:
        """A kept connection that the member closed meanwhile is no fault."""
        self.assertEqual(self.successResultOf(self.ask(self.probe)), GOOD)
        self.proxied.script("a", no_response(RESET))
        self.assertEqual(self.successResultOf(self.ask(self.probe)), GOOD)
