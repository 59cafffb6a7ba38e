"""Steady clients, counted."""

from __future__ import annotations

from itertools import repeat

from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo.load_clients import PAUSE, Load
from quorumha.demo.tally import Tally
from quorumha.demo.traffic import Ask, status
from quorumha.testing import MemoryTopology, ScriptedUpstream
from quorumha.testing.http.plays import RESET, no_response, respond

ASK = Ask("/upcheck", b"GET /upcheck HTTP/1.1\r\nHost: c\r\n\r\n", status(200))


class LoadTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology()
        self.tally = Tally()
        self.load = Load(self.net.clock, self.tally)
        self.upstream = ScriptedUpstream(self.net.clock)
        self.net.listen("a:1", self.upstream)

    def begin(self) -> None:
        self.load.add(self.net.client_endpoint("a:1"), repeat(ASK))

    def test_asks_steadily_until_stopped(self) -> None:
        self.begin()
        self.net.advance(PAUSE * 10.5)
        self.assertEqual((self.tally.answered, self.tally.failed), (11, 0))
        stopping = self.load.stop()
        self.net.advance(PAUSE)
        self.successResultOf(stopping)
        self.net.advance(1)
        self.assertEqual(len(self.upstream.requests), 11)
        self.assertEqual(self.upstream.live, [])

    def test_failures_have_reasons_and_the_load_goes_on(self) -> None:
        self.upstream.script.extend([respond(502), no_response(RESET)])
        self.begin()
        self.net.advance(PAUSE * 3.5)
        self.assertEqual((self.tally.answered, self.tally.failed), (2, 2))
        self.assertEqual(self.tally.reasons[0], "/upcheck: 502")
        self.assertIn("CallFailed", self.tally.reasons[1])

    def test_refused(self) -> None:
        self.net.kill("a:1")
        self.begin()
        self.net.advance(PAUSE * 1.5)
        self.assertEqual(self.tally.failed, 2)

    def test_the_last_answer_is_waited_for(self) -> None:
        self.upstream.script.append(no_response())
        self.begin()
        self.net.run()
        stopping = self.load.stop()
        self.net.advance(5)
        self.assertNoResult(stopping)
        self.net.advance(6)
        self.successResultOf(stopping)
        self.assertEqual(self.tally.failed, 1)
