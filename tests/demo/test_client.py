"""The demo's client: kept connections, and what it does when one ends."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.defer import TimeoutError as AskTimeout
from twisted.trial.unittest import SynchronousTestCase

from quorumha.demo.client import Broken, KeptClient
from quorumha.testing import MemoryTopology, Message, Play, ScriptedUpstream
from quorumha.testing.http.plays import CLOSE, answer, cut_body, no_response, raw

GET = b"GET / HTTP/1.1\r\nHost: c\r\n\r\n"


class KeptClientTests(SynchronousTestCase):
    def setUp(self) -> None:
        self.net = MemoryTopology()

    def play(self, *script: Play, repeats: bool = False) -> None:
        self.upstream = ScriptedUpstream(self.net.clock, *script)
        self.net.listen("a:1", self.upstream)
        self.client = KeptClient(self.net.clock, self.net.client_endpoint("a:1"), 10.0, repeats)

    def ask(self) -> Deferred[Message]:
        asking = Deferred.fromCoroutine(self.client.ask(GET))
        self.net.run()
        return asking

    def test_keeps_its_connection(self) -> None:
        self.play()
        for _ in range(3):
            self.assertEqual(self.successResultOf(self.ask()).body, b"ok")
        self.assertEqual(len(self.upstream.connections), 1)
        self.client.close()
        self.net.run()
        self.assertEqual(self.upstream.live, [])

    def test_connects_anew_when_told_to_close(self) -> None:
        self.play(answer(headers=[(b"Connection", b"close")]), answer() + CLOSE)
        for _ in range(3):
            self.successResultOf(self.ask())
        self.assertEqual(len(self.upstream.connections), 3)

    def test_repeats_once_only_on_a_kept_connection_without_a_byte(self) -> None:
        self.play(answer(), no_response(CLOSE), answer(), repeats=True)
        self.successResultOf(self.ask())
        self.successResultOf(self.ask())
        self.assertEqual((self.client.again, len(self.upstream.requests)), (1, 3))
        self.upstream.script.extend([no_response(CLOSE), no_response(CLOSE)])
        self.failureResultOf(self.ask(), Broken)
        self.upstream.script.extend([answer(), cut_body(1, 9)])
        self.successResultOf(self.ask())
        self.failureResultOf(self.ask(), Broken)

    def test_does_not_repeat_unless_asked(self) -> None:
        self.play(answer(), no_response(CLOSE))
        self.successResultOf(self.ask())
        self.failureResultOf(self.ask(), Broken)

    def test_what_is_not_http(self) -> None:
        self.play(raw(b"hello\r\n\r\n"))
        self.failureResultOf(self.ask(), Broken)

    def test_waits_so_long(self) -> None:
        self.play(no_response())
        asking = self.ask()
        self.net.advance(9.9)
        self.assertNoResult(asking)
        self.net.advance(0.2)
        self.failureResultOf(asking, AskTimeout)
        self.successResultOf(self.ask())
