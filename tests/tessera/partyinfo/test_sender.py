"""One member gets the posts that it has not got."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.trial.unittest import SynchronousTestCase

from quorumha.http.forward.mirror import mirror_to
from quorumha.http.wire.headers import Client
from quorumha.tessera.partyinfo.ledger import LIFETIME, Entry, Ledger
from quorumha.tessera.partyinfo.sender import AT_ONCE, FAILURES, PAUSE, Sender
from quorumha.testing.http.plays import Wait, no_response, respond
from tests.http.server.proxied import Proxied
from tests.tessera.facts import request
from tests.tessera.ways import Tesseras


class CourierCase(SynchronousTestCase):
    def sender(self, proxied: Proxied | None = None, timeout: float = 2) -> Sender:
        self.proxied = proxied = proxied or Proxied("ab")
        self.net = proxied.net
        self.ledger = Ledger()
        self.counters = proxied.pool.counters
        mirror = mirror_to(proxied.forwarder(), proxied.pool, timeout, self.net.clock, self.counters)
        member = proxied.pool.members[1]
        self.one = Sender(member, mirror, self.ledger)
        return self.one

    def add(self, party: bytes = b"p", body: bytes = b"body") -> Entry:
        head = request(b"/partyinfo", b"POST")
        entry = self.ledger.add(party, head, Client(), body, self.net.clock.seconds())
        assert entry is not None
        return entry

    def bring(self, max_age: float | None = None, anew: bool = False) -> Deferred[None]:
        bringing = self.one.bring(max_age, anew)
        self.net.run()
        return bringing

    def bodies(self) -> list[bytes]:
        return [r.body for r in self.proxied.nodes["b"].requests]


class BringTests(CourierCase):
    """L{Sender.bring}."""

    def test_all_that_is_missing(self) -> None:
        """And to that member alone."""
        self.sender()
        self.assertIsNone(self.successResultOf(self.bring()))
        for number in range(3 * AT_ONCE):
            self.add(b"%d" % number, b"%d" % number)
        self.successResultOf(self.bring())
        self.assertEqual(self.bodies(), [b"%d" % number for number in range(3 * AT_ONCE)])
        self.assertEqual(self.proxied.seen()["a"], 0)
        self.assertEqual(self.ledger.missing("b", 0), [])
        self.assertLessEqual(self.net.accepted("b:1"), AT_ONCE)
        self.assertEqual(self.counters.mirrored, 3 * AT_ONCE)

    def test_newer_one_of_the_same_party_waits(self) -> None:
        """The older one is on its way: it must not come second."""
        self.sender()
        self.proxied.script("b", no_response())
        self.add(body=b"old")
        self.bring()
        self.add(body=b"new")
        bringing = self.bring()
        self.assertTrue(self.one.carries(b"p"))
        self.assertEqual(self.bodies(), [b"old"])
        self.net.advance(2.1)
        self.successResultOf(bringing)
        self.assertEqual(self.bodies(), [b"old", b"new"])
        self.assertEqual(self.one.busy, 0)

    def test_not_taken(self) -> None:
        """Any answer but a 2xx is none: again after a while, or at once where there is new hope."""
        self.sender()
        self.proxied.script("b", respond(500), respond(500))
        entry = self.add()
        self.successResultOf(self.bring())
        self.successResultOf(self.bring())
        self.assertEqual(len(self.bodies()), 1)
        self.successResultOf(self.bring(anew=True))
        self.assertEqual((len(self.bodies()), self.ledger.missing("b", 0)), (2, [entry]))
        self.net.advance(PAUSE)
        self.successResultOf(self.bring())
        self.assertEqual((len(self.bodies()), self.ledger.missing("b", 0)), (3, []))

    def test_held(self) -> None:
        """What it was sent already is not sent again for a while."""
        self.sender()
        self.one.hold(self.add())
        self.successResultOf(self.bring())
        self.assertEqual(self.bodies(), [])
        self.net.advance(PAUSE)
        self.successResultOf(self.bring())
        self.assertEqual(self.bodies(), [b"body"])

    def test_after_a_silence_the_newest_comes_once_more(self) -> None:
        """What the member was sent meanwhile it may have worked on afterwards, in any order."""
        self.sender()
        self.proxied.script("b", no_response())
        self.add(body=b"old")
        self.bring()
        new = self.add(body=b"new")
        self.add(b"q", b"other")
        self.net.advance(2.1)
        self.assertEqual(self.ledger.missing("b", 2.1), [])
        self.one.resolve_doubts()
        self.assertEqual(self.ledger.missing("b", 2.1), [new])
        self.net.advance(PAUSE)
        self.successResultOf(self.bring())
        self.one.resolve_doubts()
        self.assertEqual(self.bodies(), [b"old", b"new", b"other", b"new"])
        self.assertEqual(self.ledger.missing("b", 8), [])

    def test_doubt_stays_while_the_newest_is_on_its_way(self) -> None:
        """An older post may be worked on before it or after it."""
        self.sender()
        self.proxied.script("b", no_response(), no_response(Wait(1.0)) + respond())
        self.add(body=b"old")
        self.bring()
        self.net.advance(1)
        new = self.add(body=b"new")
        self.net.advance(1.5)
        self.one.resolve_doubts()
        self.net.advance(1)
        self.assertEqual(self.ledger.missing("b", 3.5), [])
        self.one.resolve_doubts()
        self.assertEqual(self.ledger.missing("b", 3.5), [new])

    def test_brought_since(self) -> None:
        """On its way now, or until a moment ago, whatever became of it."""
        for script in (no_response(), no_response(Wait(1.9)) + respond()):
            self.sender()
            self.proxied.script("b", script)
            self.assertFalse(self.one.brought_since(b"p", 0))
            self.add()
            self.bring()
            self.net.advance(1)
            self.assertTrue(self.one.brought_since(b"p", 1))
            self.net.advance(2)
            self.assertEqual(self.one.busy, 0)
            self.assertTrue(self.one.brought_since(b"p", 1))
            self.assertFalse(self.one.brought_since(b"p", 2.5))
            self.bring(anew=True)
            self.assertTrue(self.one.brought_since(b"p", 1), "a new occasion forgets nothing of it")

    def test_doubt_resolved_since(self) -> None:
        """What it was sent before may still come, after a post that was on its way meanwhile."""
        self.sender()
        self.one.hold(self.add())
        self.net.advance(3)
        self.assertFalse(self.one.brought_since(b"p", 2))
        self.one.resolve_doubts()
        self.net.advance(1)
        self.assertTrue(self.one.brought_since(b"p", 2))
        self.assertFalse(self.one.brought_since(b"p", 3.5))

    def test_doubt_is_kept_while_its_party_posts(self) -> None:
        """However many others come and go meanwhile."""
        self.sender()
        self.one.hold(self.add(b"held"))
        self.ledger.took("b", self.add(b"held"))
        self.successResultOf(self.bring(anew=True))
        for number in range(3 * AT_ONCE):
            self.add(b"%d" % number)
        self.successResultOf(self.bring())
        self.net.advance(LIFETIME)
        newest = self.add(b"held")
        self.ledger.took("b", newest)
        self.assertEqual(len(self.ledger), 1)
        self.successResultOf(self.bring())
        self.assertEqual(self.ledger.missing("b", LIFETIME), [])
        self.one.resolve_doubts()
        self.assertEqual(self.ledger.missing("b", LIFETIME), [newest])

    def test_member_that_is_away(self) -> None:
        """A few tries at each occasion, however much is missing."""
        self.sender()
        self.net.kill("b:1")
        for number in range(100):
            self.add(b"%d" % number)
        for occasion in (1, 2):
            self.successResultOf(self.bring(anew=True))
            self.assertLess(self.counters.mirror_failed, occasion * (FAILURES + AT_ONCE))

    def test_recent_ones(self) -> None:
        self.sender()
        self.add(b"old")
        self.net.advance(100)
        self.add(b"young", b"young")
        self.successResultOf(self.bring(60.0))
        self.assertEqual(self.bodies(), [b"young"])
        self.successResultOf(self.bring(None))
        self.assertEqual(self.bodies(), [b"young", b"body"])

    def test_waiting_may_be_given_up(self) -> None:
        """What is on its way goes on."""
        self.sender()
        self.proxied.script("b", no_response())
        self.add()
        bringing, other = self.bring(), self.bring()
        bringing.cancel()
        self.failureResultOf(bringing, CancelledError)
        self.assertEqual(self.one.busy, 1)
        self.net.advance(2.1)
        self.successResultOf(other)

    def test_stop(self) -> None:
        self.sender(timeout=0)
        self.proxied.script("b", no_response(), no_response())
        self.add()
        bringing = self.bring()
        asking = Deferred.fromCoroutine(self.one.table())
        self.net.run()
        self.one.stop()
        self.successResultOf(bringing)
        self.failureResultOf(asking, CancelledError)
        self.net.run()
        self.assertEqual((self.net.connections("b:1"), self.net.clock.getDelayedCalls()), ([], []))
        self.add(b"other")
        self.successResultOf(self.bring())
        self.assertEqual(len(self.bodies()), 2)


class TableTests(CourierCase):
    """L{Sender.table}."""

    def table(self, seconds: float = 0) -> Any:
        asking = Deferred.fromCoroutine(self.one.table())
        self.net.advance(seconds)
        return self.successResultOf(asking)

    def test_of_a_tessera(self) -> None:
        tesseras = Tesseras("ab")
        self.sender(tesseras)
        table = self.table()
        self.assertEqual((table.own, dict(table.keys)), ("http://pair:9001", {}))
        (asked,) = tesseras.tesseras["b"].p2p.requests
        self.assertEqual((asked.method, asked.target, asked.body), (b"GET", b"/partyinfo", b""))

    def test_none(self) -> None:
        """An error, nonsense, silence, too much, nobody."""
        self.sender()
        self.proxied.script(
            "b", respond(500), respond(200, b"{}"), respond(200, b"x" * 300_000), no_response()
        )
        self.assertEqual([self.table() for _ in range(3)], [None] * 3)
        self.assertIsNone(self.table(2.1))
        self.net.kill("b:1")
        self.assertIsNone(self.table())
