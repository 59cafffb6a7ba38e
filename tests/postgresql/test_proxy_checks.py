"""Tests for L{quorumha.postgresql.proxy_checks}."""

from __future__ import annotations

import json

from attrs import evolve
from twisted.internet.defer import succeed
from twisted.trial.unittest import SynchronousTestCase

from quorumha.health.repeated_check import RepeatedCheck
from quorumha.health.shared_checks import SharedChecks
from quorumha.health.verdicts import Verdict
from quorumha.pool.upstream import Upstream
from quorumha.postgresql.one_primary import OnePrimary
from quorumha.postgresql.proxy_checks import ProxyChecks, ProxyPlan
from quorumha.postgresql.writer_decision import SavedWriter
from quorumha.testing.http.plays import CLOSE, Play, no_response, respond
from tests.http.server.proxied import Proxied

WALL = 1_800_000_000.0


def seen(timeline: int, system: str = "7") -> Play:
    """A response that says so."""
    entry = {"group": "g", "system_identifier": system, "timeline": timeline}
    return respond(200, json.dumps([entry]).encode())


class ProxyChecksTests(SynchronousTestCase):
    """Two other proxies, C{a} and C{b}."""

    def setUp(self) -> None:
        self.proxied = Proxied("ab")
        self.net = self.proxied.net
        self.one = OnePrimary(3.0, SavedWriter(1, "7"))
        self.news: list[tuple[str, str]] = []
        self.decided = 0
        self.shared = SharedChecks(self.net.clock)
        self.checks = self.made()
        self.addCleanup(self.ended)

    def made(self) -> ProxyChecks:
        """Checks of one group."""

        def decided() -> None:
            self.decided += 1

        return ProxyChecks(
            self.net.clock, self.shared, self.one, decided, lambda *news: self.news.append(news)
        )

    def ended(self) -> None:
        """Nothing is left of them."""
        self.checks.stop()
        self.net.run()
        self.assertEqual(self.net.clock.getDelayedCalls(), [])
        self.assertEqual([one for one in self.net.connections("a:1") if not one.closed], [])

    def upstream(self, name: str) -> Upstream:
        """Another proxy."""
        (found,) = (one.upstream for one in self.proxied.pool.members if one.name == name)
        return evolve(found, address=f"{name}:1")

    def follow(self, *names: str, timeout: float = 1.0) -> None:
        """Ask these."""
        self.checks.follow(ProxyPlan([self.upstream(name) for name in names], 0.5, timeout))

    def always(self, name: str, play: Play) -> None:
        """It always does so."""
        self.proxied.nodes[name].script.clear()
        self.proxied.script(name, *[play] * 100)

    def test_asks(self) -> None:
        """Each about every interval, at its path, on a kept connection; what it says counts."""
        self.always("a", seen(3))
        self.always("b", seen(2))
        self.follow("a", "b")
        self.net.advance(2.0)
        self.assertEqual(self.proxied.nodes["a"].requests, [], "it has not begun")
        self.checks.start()
        self.net.advance(3.0)
        asked = self.proxied.nodes["a"].requests
        self.assertIn(len(asked), range(5, 9))
        self.assertEqual({one.target for one in asked}, {b"/writerz"})
        self.assertEqual(self.net.accepted("a:1"), 1)
        self.assertEqual((self.one.saved.timeline, self.decided > 9), (3, True))
        self.assertEqual(sorted(self.news), [("a", ""), ("b", "")])

    def test_shown(self) -> None:
        """What each said last, when, and what is wrong with it."""
        self.always("a", seen(3))
        self.always("b", respond(404, b""))
        self.follow("a", "b")
        self.checks.start()
        self.net.advance(0.6)
        first, second = self.checks.shown(WALL)
        self.assertEqual((first.address, first.timeline, first.fault), ("a", 3, ""))
        self.assertTrue(WALL - 0.6 <= first.said_at <= WALL)
        self.assertEqual((second.address, second.said_at, second.timeline), ("b", 0.0, 0))
        self.assertIn("no /writerz", second.fault)
        self.checks.stop()
        self.assertEqual(self.checks.shown(WALL), ())

    def test_silent(self) -> None:
        """Whatever is wrong is said once, when it was so twice; that it is over, too."""
        for play, fault in (
            (no_response(), "no answer within 1 s"),
            (respond(200, b"alive"), "what it answers is not a quorumha's"),
            (respond(200, b"[" + b" " * 300_000 + b"]"), "the answer to its check is too large"),
            (respond(503, b""), "it answers 503"),
        ):
            self.news.clear()
            self.always("a", seen(1))
            self.follow("a")
            self.checks.start()
            self.net.advance(1.0)
            self.assertEqual(self.news, [("a", "")])
            self.always("a", play + CLOSE)
            self.net.advance(5.0)
            self.assertEqual(self.news[1:], [("a", fault)])
            (shown,) = self.checks.shown(WALL)
            self.assertEqual((shown.fault, shown.timeline), (fault, 1))
            self.always("a", seen(1))
            self.net.advance(5.0)
            self.assertEqual(self.news[2:], [("a", "")])
            self.follow()

    def test_once_is_no_news(self) -> None:
        """One question that comes to nothing is in no log."""
        self.follow("a")
        self.checks.start()
        self.proxied.script("a", seen(1), respond(503, b""), *[seen(1)] * 100)
        self.net.advance(3.0)
        self.assertEqual(self.news, [("a", "")])

    def test_dead_from_the_start(self) -> None:
        """It is not waited for."""
        self.net.kill("a:1")
        self.one.members(["m"], self.net.clock.seconds())
        self.follow("a")
        self.checks.start()
        self.net.advance(2.0)
        ((name, fault),) = self.news
        self.assertEqual(name, "a")
        self.assertIn("could not connect", fault)

    def test_a_lack_of_our_own(self) -> None:
        """It says nothing of the other proxy: neither that it is silent, nor that it is not."""
        key = "writerz", "a:1", None, b"a:1", 0.5, 1.0
        check = RepeatedCheck("a", 0.5, self.net.clock, self.shared.ticks, lambda: 0.5)
        lack = Verdict(lack="no descriptor is free")
        _, end = self.shared.begin(key, lambda: check, lambda *_: False, lambda: succeed(lack))
        self.addCleanup(end)
        self.follow("a")
        self.checks.start()
        self.net.advance(3.0)
        self.assertEqual((self.news, self.decided), ([], 0))
        self.assertEqual(self.checks.shown(WALL)[0].fault, "")
        self.assertEqual(self.net.accepted("a:1"), 0)
        self.addCleanup(self.checks.stop)

    def test_follows(self) -> None:
        """A reload adds and removes: who stays is asked as before; who goes is not read."""
        self.always("a", no_response())
        self.always("b", seen(2))
        self.follow("a", "b")
        self.checks.start()
        self.net.advance(0.9)
        stays = self.checks.asked["b"]
        self.follow("b")
        self.net.run()
        self.assertEqual([one for one in self.net.connections("a:1") if not one.closed], [])
        self.assertIs(self.checks.asked["b"], stays)
        self.always("a", seen(9))
        self.net.advance(2.0)
        self.assertEqual(self.one.saved.timeline, 2)
        self.follow("b", "a")
        self.net.advance(1.0)
        self.assertEqual(self.one.saved.timeline, 9)

    def test_another_timeout(self) -> None:
        """All are asked anew."""
        self.always("a", no_response())
        self.follow("a")
        self.checks.start()
        self.follow("a", timeout=0.2)
        self.net.advance(2.0)
        self.assertEqual(self.news, [("a", "no answer within 0.2 s")])

    def test_two_groups(self) -> None:
        """They ask once, and both know."""
        other, one = self.checks, self.one
        self.one = OnePrimary(3.0, SavedWriter(1, "8"))
        self.checks = self.made()
        self.addCleanup(other.stop)
        entries = [{"system_identifier": "7", "timeline": 4}, {"system_identifier": "8", "timeline": 5}]
        self.always("a", respond(200, json.dumps(entries).encode()))
        for checks in (other, self.checks):
            checks.follow(ProxyPlan([self.upstream("a")]))
            checks.start()
        self.net.advance(1.0)
        self.assertEqual((one.saved.timeline, self.one.saved.timeline), (4, 5))
        self.assertEqual(self.net.accepted("a:1"), 1)
        other.stop()
        self.net.run()
        self.net.advance(1.0)
        self.assertEqual(self.checks.shown(WALL)[0].fault, "")
